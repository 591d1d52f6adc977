"""Paying without leaving Telegram: an invoice by link, the question before checkout, and the money that is told of."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.app import ShiftedClock
from tests.botapi.payments import Payment
from tests.botapi.server import BotApi
from tests.dialogs.telegram.product import Product, words
from tests.dialogs.telegram.trip import Trip, trip_of


@pytest.fixture
async def trip(api: BotApi, product: Product) -> Trip:
    return await trip_of(api, product)


WORDS = {
    "en": ("somebody else's share", "¥90.00 received. Thank you!", "#1 is closed already."),
    "zh-hans": ("这张账单是给别人付的", "收到 ¥90.00，谢谢", "#1 已"),
}


@pytest.mark.parametrize("language", WORDS)
async def test_from_the_group_to_the_invoice_and_back_to_the_card(api: BotApi, product: Product, language: str) -> None:
    others, thanks, over = WORDS[language]
    trip = await trip_of(api, product, language)
    assert others in words((await api.check_out(trip.ben, trip.link)).error)
    paid = await api.pay(trip.anna, trip.link)
    assert paid.charge
    said = await product.heard(trip.anna)
    assert thanks in said, said
    await product.advance(seconds=3)
    assert "2/3" in words(product.card(trip.group)), "Lin's own share counts from the start"

    page = await product.page_of(trip.ben, trip.group, "💳 Pay" if language == "en" else "💳 去付款")
    bens = await product.invoice(page)
    await api.say(trip.lin, trip.group, "/close")
    await product.quiet()
    late = await api.pay(trip.ben, bens)
    assert not late.charge
    assert over in words(late.error)


async def test_money_that_is_told_of_twice_counts_once(api: BotApi, product: Product, trip: Trip) -> None:
    await api.pay(trip.anna, trip.link)
    told = api.last_update
    for _ in range(3):
        api.deliver_again(told)
        await product.quiet()
    api.world.updates.add("message", api.world.updates.log[told]["message"])  # and under another number
    assert (await product.heard(trip.anna)).count("received") == 1
    await product.advance(seconds=3)
    assert "¥180.00 of ¥270.00" in words(product.card(trip.group))


@pytest.mark.parametrize(
    "forged",
    [{"total_amount": 8_999}, {"total_amount": 900_000}, {"currency": "EUR"}, {"currency": "XTR"}],
    ids=["less", "more", "euros", "stars"],
)
async def test_an_invoice_that_says_something_else_than_the_attempt_is_not_paid(
    api: BotApi, trip: Trip, forged: dict[str, object]
) -> None:
    verdict = await api.check_out(trip.anna, trip.link, **forged)
    assert not verdict.ok
    assert "out of date" in verdict.error


async def test_an_invoice_of_nothing_that_we_know_is_not_paid(api: BotApi, trip: Trip) -> None:
    for payload in ("", "never", "\u4e0d\u77e5\u9053", "x" * 128):
        verdict = await api.check_out(trip.anna, trip.link, invoice_payload=payload)
        assert verdict.error == "That is no longer on offer."


async def test_what_was_paid_another_way_is_not_paid_again(api: BotApi, product: Product, trip: Trip) -> None:
    await api.say(trip.lin, trip.group, "/confirm Anna")
    await product.quiet()
    assert "Nothing is left to pay" in (await api.check_out(trip.anna, trip.link)).error


async def test_an_invoice_that_was_given_up_for_another_is_not_paid(api: BotApi, product: Product, trip: Trip) -> None:
    page = await product.page_of(trip.anna, trip.group)
    assert (await product.web.post(f"{page}/start", data={"channel": "sandbox"})).status_code == 303
    await product.quiet()
    assert "out of date" in (await api.check_out(trip.anna, trip.link)).error


async def test_the_same_invoice_is_paid_once(api: BotApi, trip: Trip) -> None:
    assert (await api.pay(trip.anna, trip.link)).charge
    assert not (await api.check_out(trip.anna, trip.link)).ok


async def test_money_that_was_let_through_counts_though_the_collection_was_closed_meanwhile(
    api: BotApi, product: Product, trip: Trip
) -> None:
    assert (await api.check_out(trip.anna, trip.link)).ok
    await api.say(trip.lin, trip.group, "/close")
    await product.quiet()
    api.charged(trip.anna, trip.link)
    assert "¥90.00" in await product.heard(trip.lin)
    assert product.app.parts.store.read(lambda work: list(work.verify())).result() == []


async def test_who_pays_need_not_have_spoken_to_the_bot(api: BotApi, product: Product, trip: Trip) -> None:
    await api.block(trip.anna)
    await product.quiet()
    assert (await api.check_out(trip.anna, trip.link)).ok


async def test_the_page_offers_what_can_be_paid_in_this_currency(product: Product, trip: Trip) -> None:
    page = await product.web.get(await product.page_of(trip.ben, trip.group))
    assert "Card, in Telegram" in page.text
    assert "Telegram Stars" not in page.text


async def test_an_answer_that_comes_too_late_harms_nothing(
    api: BotApi, clock: ShiftedClock, product: Product, trip: Trip
) -> None:
    asked = asyncio.create_task(api.check_out(trip.anna, trip.link))
    await asyncio.sleep(0)
    [checkout] = api.world.checkouts.values()
    api.world.checkouts.clear()  # Telegram has given up
    await product.quiet()
    assert not checkout.answer.done()
    asked.cancel()
    assert product.app.health()["chat.telegram"] == ""
    assert clock.now() - checkout.at < timedelta(seconds=10)


async def test_what_came_over_a_provider_is_given_back_on_its_pages_and_said_to_be(
    api: BotApi, product: Product, trip: Trip
) -> None:
    await api.pay(trip.anna, trip.link)
    await api.say(trip.lin, trip.group, "/refund Anna")
    await product.quiet()
    await api.press(trip.lin, api.messages(trip.group)[-1], "✅ Yes, do it")
    assert "Card, in Telegram is not the way for it" in await product.heard(trip.lin)
    await api.press(trip.lin, api.private(trip.lin)[-1], "✅ Given back")
    assert "went back to you" in await product.heard(trip.anna)
    assert product.app.parts.store.read(lambda work: list(work.verify())).result() == []


async def test_money_for_nothing_that_we_know_is_listed(api: BotApi, product: Product, trip: Trip) -> None:
    await api.pay(trip.anna, trip.link)
    told = api.world.updates.log[api.last_update]["message"]
    paid = told["successful_payment"] | {"invoice_payload": "never", "telegram_payment_charge_id": "lost"}
    for _ in range(2):
        api.world.updates.add("message", told | {"successful_payment": paid})
    await product.quiet()
    kept = product.app.parts.store.read(lambda work: work.stray_of("telegram", "lost")).result()
    assert kept is not None
    assert (kept.amount, kept.currency, kept.collection) == (9_000, "CNY", None)


# -- in Stars -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "asked", "refusal", "back", "yes", "went"),
    [
        ("en", "/collect 50 each XTR {}Stickers", "only digital things", "/refund Anna", "✅ Yes, do it", "went back"),
        (
            "zh",
            "/collect 50 每人 XTR {}表情包",
            "只能用来收虚拟商品",
            "/refund Anna",
            "✅ 是，就这样",
            "已通过Telegram 星星退给你",
        ),
    ],
    ids=["en", "zh"],
)
async def test_stars_are_declared_digital_paid_and_given_back(
    api: BotApi, product: Product, language: str, asked: str, refusal: str, back: str, yes: str, went: str
) -> None:
    lin, anna = (api.user(name, language_code=language) for name in ("Lin", "Anna"))
    group = api.group("Trip", lin, anna, admins=[lin])
    await api.say(anna, group, "/status")
    for person in (lin, anna):
        await api.start(person)
    if language == "zh":
        await api.say(lin, group, "/language zh")
    await product.heard(group)

    await api.say(lin, group, asked.format(""))
    assert refusal in await product.heard(group)
    await api.say(lin, group, asked.format("digital " if language == "en" else "虚拟 "))
    assert "⭐50" in await product.heard(group)
    page = await product.page_of(anna, group, "💳 Pay" if language == "en" else "💳 去付款")
    shown = (await product.web.get(page)).text
    assert ("Telegram Stars" if language == "en" else "Telegram 星星") in shown
    assert "telegram_payments" not in shown
    link = await product.invoice(page, "telegram_stars")
    assert (await api.pay(anna, link)).charge
    assert "⭐50" in await product.heard(anna)
    await product.advance(seconds=3)
    assert "2/2" in words(product.card(group))

    await api.say(lin, group, back)
    await product.quiet()
    await api.press(lin, api.messages(group)[-1], yes)
    await product.quiet()
    assert went in await product.heard(anna)
    assert [("receiver" in t, t["amount"]) for t in api.world.stars] == [(False, 50), (True, 50)]


async def test_stars_that_were_paid_while_telegram_kept_silent_are_found_by_asking(
    api: BotApi, product: Product, trip: Trip
) -> None:
    await api.say(trip.lin, trip.group, "/collect 50 each XTR digital Stickers")
    await product.quiet()
    answer = await api.press(trip.anna, product.card(trip.group, 2), "💳 Pay")
    await api.start(trip.anna, answer.url.partition("?start=")[2])
    await product.quiet()
    [button] = [b for b in api.private(trip.anna)[-1].buttons if "url" in b]
    link = await product.invoice(str(button["url"]).partition("collect.example")[2], "telegram_stars")
    api.world.updates.allowed -= {"message"}
    api.charged(trip.anna, link)
    await product.advance(days=1, minutes=1)
    assert "2/3" in words(product.card(trip.group, 2))


async def test_another_way_is_taken_once_the_invoice_in_stars_cannot_be_paid_any_more(
    api: BotApi, product: Product, trip: Trip
) -> None:
    await api.say(trip.lin, trip.group, "/collect 50 each XTR digital Stickers")
    await product.quiet()
    answer = await api.press(trip.anna, product.card(trip.group, 2), "💳 Pay")
    await api.start(trip.anna, answer.url.partition("?start=")[2])
    await product.quiet()
    [button] = [b for b in api.private(trip.anna)[-1].buttons if "url" in b]
    page = str(button["url"]).partition("collect.example")[2]
    link = await product.invoice(page, "telegram_stars")
    assert "/sandbox" in await product.start(page)
    assert "out of date" in (await api.check_out(trip.anna, link)).error


# -- nobody waits behind messages -----------------------------------------------------------------------------


async def test_the_question_does_not_wait_behind_messages_that_came_before(
    api: BotApi, product: Product, trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, released = asyncio.Event(), asyncio.Event()

    async def slow(chat: str, person: str) -> bool:
        held.set()
        await released.wait()
        return False

    monkeypatch.setattr(product.app.parts.chats["telegram"], "is_admin", slow)
    await api.say(trip.ben, trip.group, "/status")
    await held.wait()
    assert (await api.pay(trip.anna, trip.link)).charge
    released.set()


async def test_the_answer_does_not_wait_behind_messages_that_wait_for_their_turn(
    api: BotApi, product: Product, trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, released = asyncio.Event(), asyncio.Event()
    telegram = product.app.parts.chats["telegram"]
    post = telegram.post

    async def slow(chat: str, message: object, *, reply_to: str = "") -> str:
        held.set()
        await released.wait()
        return await post(chat, message, reply_to=reply_to)  # type: ignore[arg-type]

    monkeypatch.setattr(telegram, "post", slow)
    monkeypatch.setattr("bot.service.deliver.BATCH", 1)
    await api.say(trip.lin, trip.group, "/status")
    await held.wait()
    paid: Payment = await api.pay(trip.anna, trip.link)
    assert paid.charge
    released.set()
