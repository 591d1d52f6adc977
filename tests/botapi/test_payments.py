"""The server's invoices: what it refuses, and that the real library gets on with it."""

from __future__ import annotations

import asyncio

import pytest
from telegram import Bot, LabeledPrice
from telegram.error import BadRequest

from tests.botapi.payments import PROVIDER_TOKEN
from tests.botapi.server import BotApi

PRICE = [LabeledPrice("Hotpot", 3_333)]


async def _link(bot: Bot, currency: str = "CNY", token: str = PROVIDER_TOKEN) -> str:
    return await bot.create_invoice_link("Hotpot", "Hotpot", "intent-1", currency, PRICE, provider_token=token)


async def test_the_library_makes_an_invoice_and_answers_before_checkout(api: BotApi, bot: Bot) -> None:
    mei = api.user("Mei")
    link = await _link(bot)
    paying = asyncio.create_task(api.pay(mei, link))
    [update] = await bot.get_updates(timeout=5)
    query = update.pre_checkout_query
    assert query is not None
    assert (query.invoice_payload, query.total_amount, query.currency) == ("intent-1", 3_333, "CNY")
    await query.answer(ok=True)
    charge = (await paying).charge
    [update] = await bot.get_updates(offset=update.update_id + 1, timeout=5)
    assert update.message is not None
    assert update.message.successful_payment is not None
    assert update.message.successful_payment.telegram_payment_charge_id == charge
    assert api.violations == []


async def test_a_no_needs_its_reason(api: BotApi, bot: Bot) -> None:
    asked = asyncio.create_task(api.check_out(api.user("Mei"), await _link(bot)))
    [update] = await bot.get_updates(timeout=5)
    assert update.pre_checkout_query is not None
    with pytest.raises(BadRequest, match=r"(?i)error_message"):
        await bot.answer_pre_checkout_query(update.pre_checkout_query.id, ok=False)
    await update.pre_checkout_query.answer(ok=False, error_message="Too late")
    assert (await asked).error == "Too late"
    assert len(api.violations) == 1


@pytest.mark.parametrize(
    ("currency", "token", "words"),
    [
        ("CNY", "1:TEST:other", "provider_invalid"),
        ("ISK", PROVIDER_TOKEN, "total_amount_invalid"),
        ("CNY", "", "provider_token"),
        ("XTR", PROVIDER_TOKEN, "provider token"),
    ],
)
async def test_an_invoice_that_telegram_would_not_make(
    api: BotApi, bot: Bot, currency: str, token: str, words: str
) -> None:
    with pytest.raises(BadRequest, match=rf"(?i){words}"):
        await _link(bot, currency, token)


async def test_stars_come_and_go_in_order(api: BotApi, bot: Bot) -> None:
    mei = api.user("Mei")
    charge = api.charged(mei, await _link(bot, "XTR", ""))
    assert await bot.refund_star_payment(mei.id, charge)
    with pytest.raises(BadRequest, match=r"(?i)already_refunded"):
        await bot.refund_star_payment(mei.id, charge)
    came, went = (await bot.get_star_transactions()).transactions
    assert (came.id, came.receiver, went.id, went.source) == (charge, None, charge, None)
    assert api.violations == []
