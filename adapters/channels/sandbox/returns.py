"""What the make-believe bank does when it is to give money back: at once, slowly, not at all, or without a word."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from bot.domain.money import Money
from bot.ports import Clock, Declined, Unknown

Kind = Literal["refund", "dispute"]
KINDS: Final[tuple[Kind, ...]] = ("refund", "dispute")
Answer = Literal["", "slow", "no", "mute"]
ANSWERS: Final[tuple[Answer, ...]] = ("slow", "no", "mute")
SLOW: Final = timedelta(hours=2)
"""How long a slow refund takes, when nobody on the bank's page hurries it."""
QUIET_ANSWERS: Final = 2
"""How many questions about a mute one get no answer. The money has gone back all the same."""


@dataclass(slots=True)
class Return:
    """Money that goes back of one order. ``state``: pending, refunded, failed."""

    id: str
    order: str
    amount: Money
    reference: str
    at: datetime
    state: Literal["pending", "refunded", "failed"] = "refunded"
    kind: Kind | Literal[""] = ""
    """How it went back without us, and of which charge."""
    charge: str = ""
    cause: str = ""
    quiet: int = 0


class Returns:
    """Gives back, as planned for the next time."""

    def __init__(self, clock: Clock, tell: Callable[[bytes], Awaitable[None]]) -> None:
        self._clock, self._tell = clock, tell
        self._returns: dict[str, Return] = {}
        self.planned: Answer = ""

    def of(self, order: str) -> list[Return]:
        return [back for back in self._returns.values() if back.order == order]

    def done(self) -> list[Return]:
        """What has gone back, and stayed away."""
        return [back for back in self._returns.values() if back.state == "refunded"]

    def find(self, return_id: str) -> Return | None:
        return self._returns.get(return_id)

    def give(self, return_id: str, order: str, amount: Money, paid: Money) -> Return:
        """Give back ``amount`` of an order over which ``paid`` came. The same id again finds the same; never more
        than was paid."""
        if (known := self._returns.get(return_id)) is not None:
            return self._say(known)
        if amount.minor > self.left(order, paid):
            raise Declined("more_than_was_paid")
        planned, self.planned = self.planned, ""
        back = Return(return_id, order, amount, f"SR{secrets.token_hex(6).upper()}", self._clock.now())
        self._returns[return_id] = back
        if planned == "slow":
            back.state = "pending"
        elif planned == "no":
            back.state, back.cause = "failed", "account_closed"
        elif planned == "mute":
            back.quiet = QUIET_ANSWERS + 1
        return self._say(back)

    def left(self, order: str, paid: Money) -> int:
        """What of an order over which ``paid`` came has not gone back, in minor units."""
        return paid.minor - sum(back.amount.minor for back in self.of(order) if back.state != "failed")

    async def by_itself(self, order: str, charge: str, paid: Money, kind: Kind) -> None:
        """All that is left goes back without us: given at the bank's own desk, or taken by the payer's bank."""
        if not (left := self.left(order, paid)):
            return
        amount, reference = Money(left, paid.currency), f"SR{secrets.token_hex(6).upper()}"
        back = Return(reference, order, amount, reference, self._clock.now(), kind=kind, charge=charge)
        self._returns[reference] = back
        await self._tell(_event(back, self._clock.now()))

    def ask(self, return_id: str) -> Return | None:
        """What became of it; ``Unknown`` while the bank is silent about it."""
        back = self._returns.get(return_id)
        if back is not None and back.state == "pending" and self._clock.now() - back.at >= SLOW:
            back.state = "refunded"
        return None if back is None else self._say(back)

    @staticmethod
    def _say(back: Return) -> Return:
        if back.quiet:
            back.quiet -= 1
            raise Unknown("timeout")
        return back

    async def settle(self, back: Return, state: Literal["refunded", "failed"]) -> None:
        """Somebody on the bank's page decides what becomes of it, also when it had gone already; we are told."""
        back.state, back.cause = state, "account_closed" if state == "failed" else ""
        await self._tell(_event(back, self._clock.now()))


def _event(back: Return, now: datetime) -> bytes:
    event = {
        "id": f"evt_{secrets.token_hex(8)}",
        **({"kind": back.kind, "charge": back.charge, "intent": back.order} if back.kind else {"refund": back.id}),
        "order": back.reference,
        "state": back.state,
        "cause": back.cause,
        "amount": back.amount.minor,
        "currency": back.amount.currency,
        "at": now.isoformat(),
    }
    return json.dumps(event, separators=(",", ":")).encode()
