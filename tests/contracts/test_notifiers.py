"""What every notifier keeps to, and what each does on its own wire."""

from __future__ import annotations

import json
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from adapters.chats.room import PEOPLE, Room
from adapters.notifiers.call import CallStub
from adapters.notifiers.log import LogSms
from adapters.notifiers.service_notice import ServiceNotice
from adapters.notifiers.twilio import TwilioSms
from bot.app.build import pages
from bot.domain.model import MemberId
from bot.ports import Contactee, Declined, Errand, FakeClock, Notifier, Rendered, Unavailable, Unknown, Unreachable
from tests.contracts.twilio import ACCOUNT, NUMBER, TOKEN, Twilio

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
ANNA = Contactee(MemberId(1), "room", "anna", "Anna", "+12025550102", "en")
TEXT = "¥33.33 for #1 火锅 is still open: https://pay.example/p/1"
ERRAND = Errand("c1-7", "escalation_sms", TEXT, {"money": "¥33.33"}, Rendered(html=TEXT, text=TEXT))


@pytest.fixture
async def twilio(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Twilio]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with Twilio() as server:
        yield server


@pytest.fixture
def room() -> Room:
    return Room(clock=FakeClock(NOW), page=pages().page, title="Friday", zone="Asia/Shanghai")


@pytest.fixture(params=["log", "twilio", "service_notice", "call", "room"])
async def notifier(
    request: pytest.FixtureRequest, twilio: Twilio, room: Room, tmp_path: Path
) -> AsyncIterator[Notifier]:
    async with httpx.AsyncClient() as client:
        made: dict[str, Notifier] = {
            "log": LogSms(file=tmp_path / "sms.jsonl", clock=FakeClock(NOW)),
            "twilio": _sms(twilio, client),
            "service_notice": ServiceNotice(chats={"room": room}),
            "call": CallStub(folder=tmp_path / "calls", clock=FakeClock(NOW)),
            "room": room.phone("sms"),
        }
        yield made[request.param]


def _sms(twilio: Twilio, client: httpx.AsyncClient, **changed: str) -> TwilioSms:
    facts = {"account": ACCOUNT, "token": TOKEN, "sender": NUMBER, "base_url": twilio.base_url} | changed
    return TwilioSms(**facts, client=client)  # type: ignore[arg-type]


# -- all of them ----------------------------------------------------------------------------------------------


async def test_each_is_a_notifier_and_gives_a_reference(notifier: Notifier) -> None:
    assert isinstance(notifier, Notifier)
    assert notifier.name in ("sms", "service_notice", "call")
    assert await notifier.notify(ANNA, ERRAND)


async def test_two_errands_are_two_references(notifier: Notifier) -> None:
    first = await notifier.notify(ANNA, ERRAND)
    assert await notifier.notify(ANNA, replace(ERRAND, id="c1-8")) != first


# -- files ----------------------------------------------------------------------------------------------------


async def test_the_log_keeps_a_line_for_each_which_only_its_owner_can_read(tmp_path: Path) -> None:
    file = tmp_path / "new" / "sms.jsonl"
    log = LogSms(file=file, clock=FakeClock(NOW))
    await log.notify(ANNA, ERRAND)
    await log.notify(ANNA, replace(ERRAND, id="c1-8", text="two\nlines"))
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [(line["id"], line["to"], line["text"]) for line in lines] == [
        ("c1-7", "+12025550102", TEXT),
        ("c1-8", "+12025550102", "two\nlines"),
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_call_is_a_ticket_with_number_and_script(tmp_path: Path) -> None:
    calls = CallStub(folder=tmp_path / "calls", clock=FakeClock(NOW))
    await calls.notify(ANNA, ERRAND)
    ticket = (tmp_path / "calls" / "c1-7.md").read_text("utf-8")
    assert "+12025550102" in ticket
    assert TEXT in ticket
    assert stat.S_IMODE((tmp_path / "calls" / "c1-7.md").stat().st_mode) == 0o600
    await calls.notify(ANNA, ERRAND)
    assert len(list((tmp_path / "calls").iterdir())) == 1


# -- private messages -----------------------------------------------------------------------------------------


async def test_a_notice_goes_to_who_is_in_touch_and_nobody_else(room: Room) -> None:
    notice = ServiceNotice(chats={"room": room})
    in_touch = next(person for person in PEOPLE if person.in_touch)
    await notice.notify(replace(ANNA, person=in_touch.id), ERRAND)
    assert [message.kind for message in room.board.phones[in_touch.id]] == ["private"]
    with pytest.raises(Unreachable):
        await notice.notify(replace(ANNA, person="ben"), ERRAND)
    with pytest.raises(Declined):
        await notice.notify(replace(ANNA, platform="elsewhere"), ERRAND)


# -- Twilio's wire --------------------------------------------------------------------------------------------


async def test_an_sms_reaches_twilio_as_it_wants_it(twilio: Twilio) -> None:
    async with httpx.AsyncClient() as client:
        assert (await _sms(twilio, client).notify(ANNA, ERRAND)).startswith("SM")
        await _sms(twilio, client, sender="MG" + "0" * 32).notify(ANNA, replace(ERRAND, text="x" * 5000))
    assert twilio.messages == [
        {"To": "+12025550102", "From": NUMBER, "Body": TEXT},
        {"To": "+12025550102", "MessagingServiceSid": "MG" + "0" * 32, "Body": "x" * 1600},
    ]
    assert twilio.violations == []


@pytest.mark.parametrize(
    ("contactee", "changed", "code"),
    [(ANNA, {"token": "wrong"}, "401 20003"), (replace(ANNA, phone="12"), {}, "400 21211")],
)
async def test_what_twilio_refuses_is_declined_with_its_number(
    twilio: Twilio, contactee: Contactee, changed: dict[str, str], code: str
) -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(Declined) as refused:
            await _sms(twilio, client, **changed).notify(contactee, ERRAND)
    assert refused.value.code == code
    assert twilio.messages == []


@pytest.mark.parametrize(("header", "wait"), [({"retry-after": "7"}, 7.0), ({}, 30.0)])
async def test_when_twilio_is_busy_it_says_when_to_come_back(
    twilio: Twilio, header: dict[str, str], wait: float
) -> None:
    twilio.trouble.append((429, header))
    async with httpx.AsyncClient() as client:
        with pytest.raises(Unavailable) as busy:
            await _sms(twilio, client).notify(ANNA, ERRAND)
    assert busy.value.retry_after == wait


async def test_after_a_breakdown_nobody_knows_whether_it_was_sent(twilio: Twilio) -> None:
    twilio.trouble.append((502, {}))
    async with httpx.AsyncClient() as client:
        with pytest.raises(Unknown):
            await _sms(twilio, client).notify(ANNA, ERRAND)


async def test_where_nobody_listens_nothing_was_sent() -> None:
    async with httpx.AsyncClient() as client:
        sms = TwilioSms(account=ACCOUNT, token=TOKEN, sender=NUMBER, base_url="http://127.0.0.1:1", client=client)
        with pytest.raises(Unavailable):
            await sms.notify(ANNA, ERRAND)
