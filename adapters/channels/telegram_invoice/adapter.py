"""What both channels have in common: a link to an invoice of one attempt, and who is let through to pay it.

A link can be opened by whoever has it, and Telegram takes none back. So nothing hangs on the link: before any money
moves Telegram asks the bot (``pre_checkout_query``), and the chat adapter puts that question to the same rules as
everything else. Money is told of in the chat as well (``successful_payment``), not here.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import structlog

from adapters.channels.telegram_invoice.wire import Wire
from bot.domain.model import Intent, IntentState
from bot.ports import ChannelAnswer, Declined, HookEvent, Payer, PaymentChannel, Unknown, Unverified

log = structlog.get_logger(__name__)

PLATFORM: Final = "telegram"
MOST_TITLE: Final = 32
MOST_DESCRIPTION: Final = 255
UNTITLED: Final = "群收 Qunshou"
MOST_LINKS: Final = 1024
_SHUT: Final = frozenset({IntentState.CLOSING, IntentState.CLOSED, IntentState.FAILED})
_LINK: Final = re.compile(r"https://[a-z0-9.-]+/(?:invoice/|\$)?([A-Za-z0-9_-]{1,200})")


class Invoices(PaymentChannel):
    """``provider_token`` is empty for Stars."""

    def __init__(self, wire: Wire, *, provider_token: str = "") -> None:
        self.wire, self._provider_token = wire, provider_token
        self._links: dict[str, str] = {}

    async def create(self, intent: Intent, *, title: str, return_url: str, payer: Payer) -> ChannelAnswer:
        """The same attempt has the same link as long as this process remembers it. A second one would do no harm:
        both carry the attempt's id, and it is paid once."""
        if payer.platform not in ("", PLATFORM):
            raise Declined("not_on_telegram")
        if intent.currency not in self.traits.currencies:
            raise Declined("digital_goods_only" if self.traits.digital_only else "wrong_currency")
        wanted = self.asked(intent.id, title, intent.amount, intent.currency)
        link = self._links.get(intent.id) or await self.link(wanted)
        if len(self._links) >= MOST_LINKS:
            self._links.clear()
        self._links[intent.id] = link
        if payer.surface == PLATFORM and payer.person.isdecimal():
            await self._send(int(payer.person), wanted, intent)
        return _pending(link)

    async def _send(self, person: int, asked: Mapping[str, object], intent: Intent) -> None:
        """The invoice as a private message as well. A copy that is forwarded has no button to pay: it leads its reader
        to the bot, and there to their own share. Where it cannot be sent there is still the link."""
        try:
            await self.wire.do("sendInvoice", chat_id=person, start_parameter=f"pay_{intent.collection}", **asked)
        except (Declined, Unknown) as trouble:
            log.warning("invoice.not_sent", channel=self.name, intent=intent.id, code=trouble.code)

    def asked(self, payload: str, title: str, amount: int, currency: str) -> Mapping[str, object]:
        name = _cut(" ".join(title.split()), MOST_DESCRIPTION) or UNTITLED
        return {
            "title": _cut(name, MOST_TITLE),
            "description": name,
            "payload": payload,
            "provider_token": self._provider_token,
            "currency": currency,
            "prices": [{"label": _cut(name, MOST_TITLE), "amount": amount}],
        }

    async def link(self, asked: Mapping[str, object]) -> str:
        """To an invoice."""
        link = await self.wire.do("createInvoiceLink", **asked)
        if not isinstance(link, str) or not _LINK.fullmatch(link):
            raise Unknown("unreadable_answer")
        return link

    @abstractmethod
    async def query(self, intent: Intent) -> ChannelAnswer: ...

    def as_far_as_known(self, intent: Intent) -> ChannelAnswer:
        """Of an attempt that no payment is known for. A link that nobody was given cannot have been paid, and one that
        was closed is refused before checkout."""
        if intent.state in _SHUT:
            return ChannelAnswer(IntentState.CLOSED)
        link = intent.action.get("url", "")
        return _pending(link) if _LINK.fullmatch(link) else ChannelAnswer(IntentState.CLOSED, cause="never_handed_out")

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[HookEvent]:
        raise Unverified("Telegram tells of payments in the chat's own updates")

    def acknowledge(self) -> tuple[int, bytes, str]:
        return 200, b"", "text/plain"

    async def aclose(self) -> None:
        await self.wire.aclose()


def _pending(link: str) -> ChannelAnswer:
    found = _LINK.fullmatch(link)
    assert found is not None
    return ChannelAnswer(IntentState.PENDING, reference=found[1], action={"kind": "invoice", "url": link})


def _cut(text: str, most: int) -> str:
    """At most so many UTF-16 code units, never half a character."""
    return text.encode("utf-16-le", "ignore")[: 2 * most].decode("utf-16-le", "ignore").strip()
