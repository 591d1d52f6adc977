"""Paying right here: the invoice comes as a private message, whole or in parts, and is paid there."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.domain.money import Money
from tests.botapi.payments import forwarded, invoice_in
from tests.botapi.server import BotApi
from tests.dialogs.telegram.product import Product, words
from tests.dialogs.telegram.trip import Trip, trip_of


@pytest.fixture
async def trip(api: BotApi, product: Product) -> Trip:
    return await trip_of(api, product)


@pytest.mark.parametrize(
    ("language", "here", "coming", "thanks"),
    [
        ("en", "💳 Pay right here", "on its way", "¥90.00 received"),
        ("zh-hans", "💳 就在这里付", "发到私聊", "收到 ¥90.00"),
    ],
)
async def test_the_invoice_comes_into_the_private_chat_and_is_paid_there(
    api: BotApi, product: Product, language: str, here: str, coming: str, thanks: str
) -> None:
    trip = await trip_of(api, product, language)
    await product.page_of(trip.ben, trip.group, "💳 Pay" if language == "en" else "💳 去付款")
    answer = await api.press(trip.ben, api.private(trip.ben)[-1], here)
    assert coming in answer.text
    await product.quiet()
    invoice = api.private(trip.ben)[-1]
    assert invoice.body["invoice"]["total_amount"] == 9_000
    other = await api.pay(trip.anna, invoice_in(invoice))
    assert not other.charge
    start = forwarded(invoice, api.bot)
    assert re.fullmatch(r"https://t\.me/CollectBot\?start=pay_\w+", start), "a copy leads its reader to the bot"
    assert (await api.pay(trip.ben, invoice_in(invoice))).charge
    assert thanks in await product.heard(trip.ben)


@pytest.mark.parametrize(
    ("language", "here", "coming", "left"),
    [
        ("en", "💳 Pay right here", "over ¥30.00, one of 3 that are left,", "¥60.00 is left."),
        ("zh-hans", "💳 就在这里付", "（¥30.00，连这笔还剩 3 笔）", "还差 ¥60.00"),
    ],
)
async def test_what_is_more_than_one_payment_comes_in_parts_one_after_the_other(
    api: BotApi, product: Product, monkeypatch: pytest.MonkeyPatch, language: str, here: str, coming: str, left: str
) -> None:
    handler = product.app.handler
    monkeypatch.setattr(handler, "policy", replace(handler.policy, single_payment=(Money(4_000, "CNY"),)))
    trip = await trip_of(api, product, language)
    await product.page_of(trip.ben, trip.group, "💳 Pay" if language == "en" else "💳 去付款")
    for n in range(3):
        offered = api.private(trip.ben)[-1]
        label = next(b["text"] for b in offered.buttons if b["text"].startswith(here))
        answer = await api.press(trip.ben, offered, label)
        await product.quiet()
        assert n or coming in answer.text
        invoice = api.private(trip.ben)[-1]
        assert invoice.body["invoice"]["total_amount"] == 3_000
        assert (await api.pay(trip.ben, invoice_in(invoice))).charge
        said = await product.heard(trip.ben)
        assert n or left in said
    assert not any(b["text"].startswith(here) for b in api.private(trip.ben)[-1].buttons)
    await product.advance(seconds=3)
    assert "2/3" in words(product.card(trip.group))


async def test_asked_for_again_it_comes_again_and_is_the_same_attempt(
    api: BotApi, product: Product, trip: Trip
) -> None:
    await product.page_of(trip.anna, trip.group)
    asked = api.private(trip.anna)[-1]
    for _ in range(2):
        await api.press(trip.anna, asked, "💳 Pay right here")
        await product.quiet()
    first, second = (m for m in api.private(trip.anna) if "invoice" in m.body)
    begun_on_the_page = await api.check_out(trip.anna, trip.link)
    assert "out of date" in begun_on_the_page.error
    assert (await api.pay(trip.anna, invoice_in(second))).charge
    assert not (await api.check_out(trip.anna, invoice_in(first))).ok


async def test_an_amount_that_telegram_does_not_take_leads_to_the_page(
    api: BotApi, product: Product, trip: Trip
) -> None:
    await api.say(trip.lin, trip.group, "/collect 2 each Sweets")
    await product.quiet()
    answer = await api.press(trip.anna, product.card(trip.group, 2), "💳 Pay")
    await api.start(trip.anna, answer.url.partition("?start=")[2])
    await product.quiet()
    await api.press(trip.anna, api.private(trip.anna)[-1], "💳 Pay right here")
    said = await product.heard(trip.anna)
    assert "no invoice came of it" in said
    assert [b["text"] for b in api.private(trip.anna)[-1].buttons] == ["💳 Open my payment page"]


async def test_what_passes_the_hourly_limit_waits_for_the_organiser(
    api: BotApi, product: Product, trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = product.app.handler
    monkeypatch.setattr(handler, "policy", replace(handler.policy, hold_member_hour=(Money(10_000, "CNY"),)))
    assert (await api.pay(trip.anna, trip.link)).charge
    await api.say(trip.lin, trip.group, "/collect 90 each Taxi")
    await product.quiet()
    answer = await api.press(trip.anna, product.card(trip.group, 2), "💳 Pay")
    await api.start(trip.anna, answer.url.partition("?start=")[2])
    await product.quiet()
    await api.press(trip.anna, api.private(trip.anna)[-1], "💳 Pay right here")
    await product.quiet()
    assert not any("invoice" in message.body for message in api.private(trip.anna))
