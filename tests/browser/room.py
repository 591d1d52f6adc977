"""The demo as a person sees it: a server process, a page, and what one can do with the hands."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import FrameLocator, Locator, Page, expect

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Asia/Shanghai")
_REMINDER = re.compile(r"Reminder \d+ of \d+")
_READY = re.compile(r"is ready: (http://\S+)/room")


@contextmanager
def demo(folder: Path, *, lang: str, port: int = 0) -> Iterator[str]:
    """``qunshou demo`` in a process of its own; its address."""
    command = [
        sys.executable,
        "-m",
        "bot",
        "demo",
        "--port",
        str(port),
        "--lang",
        lang,
        "--db",
        str(folder / "demo.db"),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if found := _READY.search(line):
                break
        else:
            raise AssertionError(f"the demo did not start:\n{''.join(said)}")
        try:
            yield found[1]
        finally:
            process.terminate()
            process.stdout.read()
            assert process.wait(timeout=20) == 0


class Room:
    """The page. Every method is something a person does or sees."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self.messages = page.locator("#messages > li")
        self.phone = page.locator("#screen > li")

    def enter(self, query: str = "") -> Room:
        self.page.goto(f"{self.url}/room{query}")
        expect(self.page.locator("#whose")).not_to_be_empty()
        return self

    def be(self, person: str) -> Room:
        self.page.locator(f"#people label:has(input[value={person}])").click()
        expect(self.page.locator(f"#people input[value={person}]")).to_be_checked()
        return self

    def say(self, text: str) -> Room:
        before = self.messages.count()
        self.page.fill("#text", text)
        self.page.press("#text", "Enter")
        expect(self.messages).not_to_have_count(before)
        return self

    def press(self, label: str) -> Room:
        """The newest button with that label in the group."""
        self.page.locator(f"#messages button:has-text({label!r})").last.click()
        return self

    def heard(self, text: str) -> None:
        """The group's newest messages have ``text``."""
        expect(self.messages.filter(has_text=text).last).to_be_visible()

    def card(self, text: str | re.Pattern[str]) -> None:
        """The card says ``text`` now."""
        expect(self.messages.filter(has_text="💰").last).to_contain_text(text)

    def on_phone(self, kind: str, text: str) -> None:
        """A message of that kind, with ``text``, is the newest of its kind on the phone of who one is."""
        expect(self.page.locator(f"#screen > li[data-kind={kind}]").last).to_contain_text(text)

    def count_on_phone(self, kind: str) -> int:
        return self.page.locator(f"#screen > li[data-kind={kind}]").count()

    def wait(self, minutes: int) -> Room:
        """Move the clock by one of its buttons."""
        button = self.page.locator(f"#clock button[data-minutes='{minutes}']")
        button.click()
        expect(button).to_be_enabled()
        expect(self.page.locator("#clock")).not_to_have_attribute("aria-busy", "true")
        return self

    def status(self, word: str = "/status") -> Locator:
        """Ask how things stand; the answer in the group."""
        self.say(word)
        answer = self.messages.filter(has_text="📊").last
        expect(answer).to_be_visible()
        return answer

    def reminded(self, number: int, *people: str) -> None:
        """The newest reminder in the group is that one, to these people."""
        reminder = self.messages.filter(has_text="🔔").last
        expect(reminder).to_contain_text(re.compile(rf"\b{number}\b"))
        for person in people:
            expect(reminder).to_contain_text(person)

    def _reminders(self, person: str) -> Locator:
        self.be(person)
        return self.page.locator("#screen > li[data-kind=private]").filter(has_text=_REMINDER)

    def reminders(self, person: str) -> list[str]:
        """Of every reminder on that phone: ``Reminder 3 of 12``."""
        return [found[0] for text in self._reminders(person).all_inner_texts() if (found := _REMINDER.search(text))]

    def reminder_times(self, person: str) -> list[str]:
        times = self._reminders(person).locator("time").evaluate_all("all => all.map((one) => one.dateTime)")
        return [datetime.fromisoformat(at).astimezone(ZONE).strftime("%H:%M") for at in times]

    def press_on_phone(self, label: str) -> Room:
        self.page.locator(f"#screen button:has-text({label!r})").last.click()
        return self

    # -- the cashier ----------------------------------------------------------------------------------------

    def cashier(self, pay: str) -> FrameLocator:
        self.press(pay)
        expect(self.page.locator("#cashier")).to_be_visible()
        return self.page.frame_locator("#frame")

    def pay(self, pay: str, bank: str, paid: str) -> None:
        """From the card to the bank and back."""
        self.cashier(pay)
        self.finish(bank, paid)

    def finish(self, bank: str, paid: str) -> None:
        """On the cashier page that is open: through the bank, and close it."""
        frame = self.page.frame_locator("#frame")
        frame.locator(f"button.main:has-text({bank!r})").click()
        frame.locator("button[value=success]").click()
        expect(frame.get_by_text(paid)).to_be_visible()
        self.page.click("#close")
        expect(self.page.locator("#cashier")).to_be_hidden()

    def stall(self, pay: str, bank: str) -> None:
        """Start to pay, and walk away."""
        frame = self.cashier(pay)
        frame.locator(f"button.main:has-text({bank!r})").click()
        expect(frame.locator("button[value=success]")).to_be_visible()
        self.page.click("#close")
