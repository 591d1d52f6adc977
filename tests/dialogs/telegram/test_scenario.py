"""The whole story on Telegram: from «the bot joins» to the summary after 72 hours, with polls and with a webhook."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.app import ShiftedClock
from tests.botapi.server import BotApi
from tests.dialogs.telegram.product import Product, words


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_from_the_first_hello_to_the_summary(
    api: BotApi, clock: ShiftedClock, tmp_path: Path, webhook: bool
) -> None:
    lin, anna, ben, cy, dora = (api.user(name) for name in ("Lin", "Anna", "Ben", "Cy", "Dora"))
    everybody = (lin, anna, ben, cy, dora)
    group = api.group("Friday", *everybody, bot="left")
    async with Product(api, clock, tmp_path, webhook=webhook) as product:
        # the bot comes, people say hello
        await api.join(group, api.bot, by=lin)
        await product.quiet()
        [welcome] = api.messages(group)
        assert "/collect 200 equal Hotpot" in words(welcome)
        for person in everybody:
            await api.say(person, group, "hello", reply_to=welcome)
        await api.start(lin)
        assert "Hello Lin" in await product.heard(lin)
        await api.start(cy)
        await api.say(cy, cy, "/sms +12025550104")
        assert "the number ending in 04" in await product.heard(cy)
        await product.heard(group)

        # money is asked for
        await api.say(lin, group, "/collect 200 equal Hotpot")
        said = await product.heard(group)
        assert "5 people: 5 × ¥40.00 = ¥200.00" in said
        assert "At most 12 reminders each, until Fri 10:00" in said
        card = product.card(group)
        assert "¥200.00 split equally, collected by Lin" in words(card)
        assert "1/5 · ¥40.00 of ¥200.00" in words(card)

        # three tap Pay: one pays, one says so, one stalls
        pages = {person: await product.page_of(person, group) for person in (anna, ben, cy)}
        for page in pages.values():
            assert "¥40.00" in await product.open(page)
        await product.pay(pages[anna])
        assert "¥40.00 received. Thank you!" in await product.heard(anna)
        assert "Noted" in (await api.press(ben, card, "🙋 I've paid")).text
        assert "Ben says ¥40.00 is paid" in await product.heard(lin)
        answer = await api.press(lin, api.private(lin)[-1], "✅ It arrived")
        assert "¥40.00 from Ben confirmed" in words(answer.text)
        assert "¥40.00 received. Thank you!" in await product.heard(ben)
        assert product.edits(card) == 0, "the clock stands: edits wait for each other"
        await product.advance(seconds=3)
        assert product.edits(card) == 1
        assert "3/5 · ¥120.00 of ¥200.00" in words(card)

        # how far we are: counts for all, names for the organiser
        await product.heard(group)
        await api.say(lin, group, "/status")
        said = await product.heard(group)
        assert "3/5 settled · ¥120.00 of ¥200.00" in said
        assert "Not paid yet: 1 looked, then silent · 1 never opened" in said
        assert not any(name in said for name in ("Anna", "Ben", "Cy", "Dora"))
        assert "photo" in api.messages(group)[-1].body
        said = await product.heard(lin)
        assert "👀 Cy ¥40.00 · looked, then silent" in said
        assert "⚪ Dora ¥40.00 · never opened" in said
        assert "✅ Ben ¥40.00 · paid" in said

        # who stalls gets an SMS after 3 minutes and a notice after 15
        await product.heard(cy)
        await product.advance(minutes=2, seconds=57)
        [sms] = [json.loads(line) for line in (tmp_path / "sms.jsonl").read_text("utf-8").splitlines()]
        assert sms["to"] == "+12025550104"
        assert "¥40.00 for #1 Hotpot is still open" in sms["text"]
        await product.advance(minutes=12)
        assert "your payment of ¥40.00 is not finished" in await product.heard(cy)

        # a reminder every 6 hours, to who has not settled, 12 times
        await product.advance(hours=5, minutes=45)
        for slot in range(1, 13):
            said = await product.heard(group)
            assert f"Reminder {slot} of 12" in said
            assert "Dora" in said
            assert not any(name in said for name in ("Anna", "Ben", "Cy", "Lin"))
            assert f"Reminder {slot} of 12" in await product.heard(cy)
            [mention] = [e for e in api.messages(group)[-1].entities if e["type"] == "text_mention"]
            assert mention["user"]["id"] == dora.id
            if slot < 12:
                await product.advance(hours=6)
        assert sum("Reminder" in words(message) for message in api.messages(group)) == 12
        assert "Reminder" not in "".join(words(m) for who in (anna, ben, lin) for m in api.private(who))

        # the call after 24 hours, once; the summary at the end; and nothing after it
        [ticket] = (tmp_path / "calls").iterdir()
        assert "+12025550104" in ticket.read_text("utf-8")
        said = await product.heard(lin)
        assert "the reminders are over" in said
        assert "3 of 5 settled, ¥120.00 of ¥200.00 received" in said
        await api.press(lin, api.private(lin)[-1], "📊 Status")
        assert "⚪ Dora ¥40.00 · never opened" in await product.heard(lin)
        await product.advance(days=7)
        assert await product.heard(group) == ""
        assert product.card(group) is card
