"""Invoices at a Telegram server: the bot's methods, and what payers do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.botapi.world import Checkout, Invoice, Json, Message, Refusal, User, Verdict, Violation, World

CHECKOUT_LIFETIME = timedelta(seconds=10)
PROVIDER_TOKEN = "284685063:TEST:ZmFrZQ"
STARS = "XTR"
BOUNDS = {"CNY": (700, 7_100_000), "EUR": (90, 920_000), "USD": (100, 1_000_000), "JPY": (150, 1_500_000)}
"""The least and the most of an invoice in minor units, about what they were in 2026."""
PAGE = 100


@dataclass(frozen=True, slots=True)
class Payment:
    """How it ended: ``charge`` is Telegram's id of it when it was paid, else ``error`` is what the payer was told."""

    charge: str = ""
    error: str = ""


class Payments:
    """The bot's side."""

    world: World

    async def createInvoiceLink(self, given: Mapping[str, Any]) -> str:  # noqa: N802 - the names of the Bot API
        """A new link each time, also for the same payload."""
        invoice = self._invoice(given)
        slug = f"slug{len(self.world.invoices) + 1}_Qx-7"
        self.world.invoices[slug] = invoice
        return f"https://t.me/${slug}"

    async def sendInvoice(self, given: Mapping[str, Any]) -> Json:  # noqa: N802
        """The message shows a Pay button; a forwarded copy one only where no start parameter was given."""
        invoice = self._invoice(given)
        shown = {"title": invoice.title, "description": given["description"], "currency": invoice.currency}
        shown |= {"start_parameter": given.get("start_parameter", ""), "total_amount": invoice.total}
        pay = {"inline_keyboard": [[{"text": f"Pay {invoice.total}", "pay": True}]]}
        body = self._send(given, {"invoice": shown, "reply_markup": pay})
        self.world.invoices[_slug(body)] = invoice
        return body

    def _send(self, given: Mapping[str, Any], content: Json) -> Json:
        raise NotImplementedError

    def _invoice(self, given: Mapping[str, Any]) -> Invoice:
        currency, token = given["currency"], given.get("provider_token", "")
        total = sum(price["amount"] for price in given["prices"])
        if currency != STARS:
            if token != PROVIDER_TOKEN:
                raise Refusal(400, "Bad Request: PAYMENT_PROVIDER_INVALID")
            least, most = BOUNDS.get(currency, (1, 0))
            if not least <= total <= most:
                raise Refusal(400, "Bad Request: CURRENCY_TOTAL_AMOUNT_INVALID")
        return Invoice(given["title"], given["payload"], currency, total, token)

    async def answerPreCheckoutQuery(self, given: Mapping[str, Any]) -> bool:  # noqa: N802
        checkout = self.world.checkouts.pop(given["pre_checkout_query_id"], None)
        if checkout is None or self.world.clock.now() - checkout.at > CHECKOUT_LIFETIME:
            raise Refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        checkout.answer.set_result(Verdict(given["ok"], given.get("error_message", "")))
        return True

    async def refundStarPayment(self, given: Mapping[str, Any]) -> bool:  # noqa: N802
        charge = given["telegram_payment_charge_id"]
        paid = next((t for t in self.world.stars if t["id"] == charge and "source" in t), None)
        if paid is None:
            raise Refusal(400, "Bad Request: CHARGE_NOT_FOUND")
        if paid["source"]["user"]["id"] != given["user_id"]:
            raise Violation(400, "Bad Request: USER_ID_INVALID")
        if any(t["id"] == charge and "receiver" in t for t in self.world.stars):
            raise Refusal(400, "Bad Request: CHARGE_ALREADY_REFUNDED")
        back = {name: value for name, value in paid.items() if name != "source"}
        self.world.stars.append(back | {"receiver": paid["source"], "date": self.world.date()})
        return True

    async def getStarTransactions(self, given: Mapping[str, Any]) -> Json:  # noqa: N802
        offset = given.get("offset", 0)
        return {"transactions": self.world.stars[offset : offset + given.get("limit", PAGE)]}

    async def getMyStarBalance(self, given: Mapping[str, Any]) -> Json:  # noqa: N802
        return {"amount": sum(t["amount"] * (1 if "source" in t else -1) for t in self.world.stars)}


def _slug(message: Json) -> str:
    return f"message{message['chat']['id']}:{message['message_id']}"


def forwarded(message: Message, bot: User) -> str:
    """Where the button under a forwarded copy of an invoice leads: to a start of the bot, or else to paying it."""
    start = message.body["invoice"]["start_parameter"]
    return f"https://t.me/{bot.username}?start={start}" if start else invoice_in(message)


def invoice_in(message: Message) -> str:
    """What to ``pay`` where an invoice stands as a message."""
    assert "invoice" in message.body
    return _slug(message.body)


class Payers:
    """The payers' side."""

    world: World

    async def check_out(self, user: User, url: str, **forged: object) -> Verdict:
        """Opens an invoice and presses Pay; what the bot answers. ``forged`` replaces fields of the question."""
        invoice = self.world.invoices[url.rpartition("/")[2].removeprefix("$")]
        number = str(6_000_000_000_000_000_000 + len(self.world.updates.log))
        asked = Checkout(self.world.clock.now(), asyncio.get_running_loop().create_future())
        self.world.checkouts[number] = asked
        query = {"id": number, "from": user.json, "currency": invoice.currency, "total_amount": invoice.total}
        self.world.updates.add("pre_checkout_query", query | {"invoice_payload": invoice.payload} | forged)
        async with asyncio.timeout(10):
            return await asked.answer

    async def pay(self, user: User, url: str) -> Payment:
        """Pays an invoice, if the bot lets it happen. The message that tells of it stands in the private chat."""
        verdict = await self.check_out(user, url)
        if not verdict.ok:
            return Payment(error=verdict.error)
        return Payment(self.charged(user, url))

    def charged(self, user: User, url: str) -> str:
        """The money moves, and the bot is told; the charge's id."""
        invoice = self.world.invoices[url.rpartition("/")[2].removeprefix("$")]
        self.world.charges += 1
        charge = f"stxCharge{self.world.charges}-{user.id}"
        provider = "" if invoice.currency == STARS else f"ch_provider{self.world.charges}"
        if invoice.currency == STARS:
            partner = {"type": "user", "transaction_type": "invoice_payment", "user": user.json}
            partner["invoice_payload"] = invoice.payload
            paid = {"id": charge, "amount": invoice.total, "date": self.world.date(), "source": partner}
            self.world.stars.append(paid)
        chat = self.world.chats[user.id]
        told = {
            "currency": invoice.currency,
            "total_amount": invoice.total,
            "invoice_payload": invoice.payload,
            "telegram_payment_charge_id": charge,
            "provider_payment_charge_id": provider or charge,
        }
        message = self.world.put(chat, user, {"successful_payment": told})
        self.world.updates.add("message", message.body)
        return charge
