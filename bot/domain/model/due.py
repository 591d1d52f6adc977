"""What one member owes in a collection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.model.people import MemberId
from bot.domain.model.tally import Tally


class Progress(StrEnum):
    """The furthest thing a member did about a due, as real events tell."""

    INVITED = "invited"
    OPENED = "opened"
    STARTED = "started"
    FAILED = "failed"


class Standing(StrEnum):
    """What was said about a due, over and above the money."""

    ACTIVE = "active"
    CLAIMED = "claimed"
    DISPUTED = "disputed"
    """«Not me»: nothing is asked until the organiser has answered."""
    WAITING = "waiting"
    """On the waitlist of an activity that is full."""
    WAIVED = "waived"
    REFUNDED = "refunded"
    DROPPED = "dropped"
    FOR_OTHERS = "for_others"
    """They owe nothing themselves, and pay for others."""


class DueState(StrEnum):
    """A payer's state, as people see it (spec §5)."""

    INVITED = "invited"
    OPENED = "opened"
    STARTED = "started"
    FAILED = "failed"
    PARTIAL = "partial"
    CLAIMED = "claimed"
    DISPUTED = "disputed"
    WAITING = "waiting"
    PAID = "paid"
    WAIVED = "waived"
    REFUNDED = "refunded"
    DROPPED = "dropped"
    FOR_OTHERS = "for_others"


class Stall(StrEnum):
    """Why a payer has not paid, from real events only (spec §5)."""

    NEVER_OPENED = "never_opened"
    SILENT = "silent"
    HESITANT = "hesitant"
    TECHNICAL = "technical"


STALLS = {
    Progress.INVITED: Stall.NEVER_OPENED,
    Progress.OPENED: Stall.SILENT,
    Progress.STARTED: Stall.HESITANT,
    Progress.FAILED: Stall.TECHNICAL,
}


@dataclass(frozen=True, slots=True)
class Due:
    """What one member owes in a collection, and where its two clocks stand (``dunning``)."""

    member: MemberId
    amount: int | None
    """Minor units; None while a member of a self-declared collection has not said theirs."""
    anchor_at: datetime
    """When the reminder clock started."""
    paid: int = 0
    progress: Progress = Progress.INVITED
    standing: Standing = Standing.ACTIVE
    stalled_at: datetime | None = None
    """The last step of a running attempt: the escalation clock. None when no attempt runs."""
    slot: int = 0
    """The last reminder slot that was dealt with (sent, skipped or missed)."""
    rung: int = 0
    """How many rungs of the ladder this attempt has been given."""
    next_at: datetime | None = None
    """When the sweep must look at this due again; None when nothing is planned."""
    claim: str = ""
    """The proof that came with a claim (a picture's address), or empty."""
    credit: int = 0
    """What they paid beyond ``amount`` and is theirs: it counts for a higher amount, or is given back."""
    weight: int = 100
    """Hundredths of a share, where a total is split."""
    pinned: bool = False
    """The organiser set this amount: a new split leaves it as it is."""
    rest_until: datetime | None = None
    """They asked to be left alone until then."""
    promised: bool = False
    """What they asked for it with: a promise to pay by then."""
    paying_for: tuple[MemberId, ...] = ()
    """Whose dues they pay together with their own."""
    tag: int = 0
    """Minor units on top of a transfer that tell who it is from (``tags``); 0: none."""
    returned: int = 0
    """What was given back to them, or is on its way."""

    @property
    def state(self) -> DueState:
        standing = self.standing
        if standing not in _ASKED:
            return _STATES[standing]
        if self.amount is not None and self.paid >= self.amount:
            return DueState.PAID
        if standing is Standing.CLAIMED:
            return DueState.CLAIMED
        if standing is Standing.DISPUTED:
            return DueState.DISPUTED
        return DueState.PARTIAL if self.paid else _STATES[self.progress]

    @property
    def unsettled(self) -> bool:
        """Money is still asked for: invited, opened, started, failed or partial."""
        return self.state in UNSETTLED

    @property
    def waits(self) -> bool:
        """Nothing is asked of them until the organiser has answered: claimed or disputed."""
        return self.state in (DueState.CLAIMED, DueState.DISPUTED)

    @property
    def counts(self) -> bool:
        """They take part: neither outside nor waiting for a place."""
        return not self.outside and self.standing is not Standing.WAITING

    @property
    def outside(self) -> bool:
        """Nothing is asked of them here: they were taken off, or only ever paid for others."""
        return self.standing in (Standing.DROPPED, Standing.FOR_OTHERS)

    @property
    def remaining(self) -> int:
        """Minor units still to pay; 0 when settled, waived, or not declared yet."""
        if self.amount is None or self.standing in _LET_GO:
            return 0
        return max(0, self.amount - self.paid)

    @property
    def stall(self) -> Stall | None:
        return STALLS[self.progress] if self.unsettled else None

    @property
    def tally(self) -> Tally:
        if not self.counts:
            return Tally(paid=self.paid)
        state = self.state
        waived = state is DueState.WAIVED
        return Tally(
            heads=1,
            settled=int(waived or state is DueState.PAID),
            claimed=int(state is DueState.CLAIMED),
            amount=0 if waived else (self.amount or 0),
            paid=self.paid,
        )


_ASKED = frozenset({Standing.ACTIVE, Standing.CLAIMED, Standing.DISPUTED})
_STATES: dict[Progress | Standing, DueState] = {
    said: DueState(said.value) for said in (*Progress, *Standing) if said not in _ASKED
}
_LET_GO = frozenset({Standing.WAIVED, Standing.DROPPED, Standing.FOR_OTHERS, Standing.WAITING})
UNSETTLED = frozenset({DueState.INVITED, DueState.OPENED, DueState.STARTED, DueState.FAILED, DueState.PARTIAL})
"""The states in which money is still asked for."""
