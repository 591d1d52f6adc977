"""What can stop a payment, as data: each scenario with its class, what its payer is told, and what the bot does itself.

The rows live beside the channels they belong to (``adapters/channels/*/causes.toml``), those of any channel and of
people who simply stop one folder up. A code that nobody has written down falls to the scenario of its stage and
outcome: an unknown word of a bank's is never an error of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.model import Due, Intent, IntentState, Progress, Stall

ANY = ""
"""The channel of a scenario that is no vendor's own."""


class Stage(StrEnum):
    """How far a payment had come."""

    OPEN = "open"
    CHOOSE = "choose"
    CREATE = "create"
    PAY = "pay"
    NOTIFY = "notify"
    QUERY = "query"
    CLOSE = "close"
    REFUND = "refund"


class Act(StrEnum):
    """What the bot does by itself."""

    NONE = "none"
    QUERY = "query"
    """Ask what became of it, at once."""
    RENEW = "renew"
    """A fresh order on the same channel."""
    SWITCH = "switch"
    """The next way that is well."""
    LATER = "later"
    """Leave it to the janitor, or try again when the channel had time to rest."""
    HAND_OVER = "hand_over"
    """The organiser hears of it, with answers to tap."""


_UNSURE = frozenset({"being_looked_into", "already_paid"})


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which a payment stops."""

    channel: str
    """Empty: any."""
    stage: Stage
    code: str
    kind: Stall
    retryable: bool
    """Whether the same way can work if it is tried again."""
    tell: str
    """Key of what the payer is told (``strings.toml``, section ``causes``); ``nothing`` says nothing."""
    act: Act
    source: str
    """Where the fact is from."""

    @property
    def unsure(self) -> bool:
        """The payer is told to wait until it is known what became of it: then it has to be found out."""
        return self.act is Act.QUERY or self.tell in _UNSURE

    @property
    def id(self) -> str:
        return f"{self.channel or 'any'}/{self.stage.value}/{self.code}"


_DISCREET = {"not_enough": "declined_by_bank", "check_details": "declined_by_bank"}


def discreet(tell: str) -> str:
    """What others than the payer are told: not what a bank says of somebody's account."""
    return _DISCREET.get(tell, tell)


_STATUS = re.compile(r"http_(\d)\d\d")
_LOOK = (Stage.PAY, Stage.CREATE, Stage.QUERY, Stage.CLOSE, Stage.NOTIFY)
"""Where a code is looked for that is not known at its own stage."""
_OURS = "bot/domain/interruption.py"
_LAST = {
    IntentState.FAILED: ("failed", Stall.TECHNICAL, "other_way", Act.NONE),
    IntentState.UNKNOWN: ("unknown", Stall.TECHNICAL, "being_looked_into", Act.LATER),
    IntentState.CLOSED: ("closed", Stall.HESITANT, "closed", Act.NONE),
}
"""What is left when no data knows more: the code under which the general rows may say it better, and the rest."""
_SAID_NO = frozenset({IntentState.FAILED, IntentState.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All scenarios. ``ValueError`` for two of one id."""

    scenarios: tuple[Scenario, ...] = ()
    _known: Mapping[tuple[str, Stage, str], Scenario] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = {(s.channel, s.stage, s.code): s for s in self.scenarios}
        if len(known) != len(self.scenarios):
            raise ValueError("two scenarios of one channel, stage and code")
        object.__setattr__(self, "_known", known)

    def find(self, stage: Stage, channel: str, code: str, outcome: IntentState = IntentState.FAILED) -> Scenario:
        """The scenario of ``code``: the channel's own at this stage, at another, any channel's, and at last that of the
        bare ``outcome`` (failed, unknown or closed)."""
        stages = (stage, *(s for s in _LOOK if s is not stage and stage is not Stage.REFUND))
        plain, kind, tell, act = _LAST[outcome]
        status = _STATUS.fullmatch(code)
        general = [code, *([f"http_{status[1]}xx"] if status else [])]
        places: list[tuple[str, Iterable[Stage], str]] = [(channel, stages, code)]
        places += [(ANY, stages, word) for word in general]
        places += [(ANY, (stage,), plain)]
        for whose, where, word in places:
            for at in where:
                if (found := self._known.get((whose, at, word))) is not None:
                    return found
        return Scenario(ANY, stage, plain, kind, outcome is not IntentState.FAILED, tell, act, _OURS)

    def of_attempt(self, intent: Intent) -> Scenario | None:
        """Why an attempt stopped; None while it runs, and when it was paid."""
        if intent.state not in _LAST:
            return None
        stage = Stage.PAY if intent.action else Stage.CREATE
        return self.find(stage, intent.channel, intent.cause, intent.state)

    def stopped(self, ended: Iterable[Intent]) -> frozenset[str]:
        """The channels that stopped, for a technical reason, the newest of the attempts by them; the oldest first."""
        newest = {i.channel: i for i in ended}
        why = {channel: self.of_attempt(i) for channel, i in newest.items() if i.state in _SAID_NO}
        return frozenset(channel for channel, x in why.items() if x is not None and x.kind is Stall.TECHNICAL)

    def of_payer(self, due: Due, latest: Intent | None, now: datetime) -> Scenario | None:
        """Why somebody has not paid: what stopped their last attempt, else what they did and when; None when nothing is
        asked of them."""
        if not due.unsettled:
            return None
        if latest is not None and due.progress is not Progress.INVITED:
            stopped = self.of_attempt(latest)
            if stopped is not None and stopped.kind is due.stall:
                return stopped
        stage, code = _abandoned(due, latest, now)
        found = self._known.get((ANY, stage, code))
        kind = due.stall or Stall.NEVER_OPENED
        return found or Scenario(ANY, stage, code, kind, retryable=True, tell="nothing", act=Act.NONE, source=_OURS)


JUST_NOW = timedelta(minutes=15)
"""Who did something so lately is not taken for gone."""
OFTEN = 4
"""Reminders after which somebody is called reminded often."""


def _abandoned(due: Due, latest: Intent | None, now: datetime) -> tuple[Stage, str]:
    """Where somebody stopped without any trouble, and the name of it (the general rows' code)."""
    lately = due.stalled_at is not None and now - due.stalled_at <= JUST_NOW
    match due.progress:
        case Progress.INVITED:
            if due.rest_until is not None and due.rest_until > now:
                return Stage.OPEN, "promised" if due.promised else "resting"
            if due.paid:
                return Stage.OPEN, "part_paid"
            often = "reminded_often" if due.slot >= OFTEN else "reminded"
            return Stage.OPEN, often if due.slot else "invited"
        case Progress.OPENED:
            if due.amount is None:
                return Stage.CHOOSE, "no_amount"
            if due.paid:
                return Stage.CHOOSE, "part_paid"
            return Stage.CHOOSE, "looking" if lately else "looked_reminded" if due.slot else "looked"
        case Progress.STARTED:
            states = {IntentState.HELD: "held", IntentState.WAITING: "switching", IntentState.CLOSING: "switching"}
            if latest is not None and latest.state in states:
                return Stage.PAY, states[latest.state]
            if due.paid:
                return Stage.PAY, "part_paid"
            return Stage.PAY, "paying" if lately else "left"
    return Stage.PAY, "trouble"
