"""Commands about money that has arrived: giving it back, and what becomes of what fits no due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.command.base import ChatCommand, Command, OnCollection
from bot.domain.model import NOBODY, CollectionId, IntentId, MemberId, RefundId, RefundState

# -- attempts that wait for a person ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OnAttempt(OnCollection):
    """An answer about one attempt to pay."""

    intent: IntentId


class LetThrough(OnAttempt):
    """A large payment that was held may begin."""


class HoldBack(OnAttempt):
    """It may not."""


class Came(OnAttempt):
    """What nobody could tell: the money is in the channel's account, says somebody in charge who looked."""


class NeverCame(OnAttempt):
    """It is not there."""


# -- giving back --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBack(OnCollection):
    """``/refund @anna [20]``. ``amount`` None: all that they paid, or, ``loose``, all of it that is on no due."""

    member: MemberId
    amount: int | None = None
    loose: bool = False
    by_hand: bool = False
    """Outside of any channel, also what came by one."""
    to_credit: bool = False
    """It stays here as their credit: it pays for what is asked next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GaveBack(OnCollection):
    """The organiser gave it back by hand."""

    refund: RefundId


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAnswered(Command):
    """What a channel said about money on its way back."""

    refund: RefundId
    state: RefundState
    reference: str = ""
    cause: str = ""
    operation: str = ""
    """What was asked; empty: it came by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReturn(Command):
    """Money of a charge went back without us: on the channel's own pages, or because the payer's bank took it back."""

    channel: str
    charge: str
    """The channel's reference of the charge."""
    reference: str
    """The channel's id of the return: what makes it count once."""
    amount: int
    currency: str
    at: datetime
    intent: IntentId | None = None
    """The attempt that it names, if any."""
    kind: Literal["refund", "dispute"] = "refund"
    total: bool = False
    """``amount`` is all that has gone back of the charge so far, this included."""
    undone: bool = False
    """It came back: a refund that bounced, a dispute that was won."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRefund(Command):
    """A refund's time has come: ask its channel (``sweep``)."""

    refund: RefundId


# -- what fits no due ---------------------------------------------------------------------------------------


class AskMoney(ChatCommand):
    """``/money``: what is on no due in all that one collects here, in private everywhere, with answers as buttons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnMoney(OnCollection):
    """An answer to money of a member that is on no due."""

    member: MemberId


class Accept(OnMoney):
    """It counts after all: on their due as far as that owes, the rest as their credit."""


class MakeCredit(OnMoney):
    """It is their credit."""


class LeaveMoney(OnMoney):
    """It stays on the list."""


class KeepCredit(OnCollection):
    """The payer of too much leaves it here for next time."""


class UseCredit(OnCollection):
    """Their credit in other collections of this chat and organiser pays for this one, as far as it goes."""


class AskReceipt(OnCollection):
    """``/receipt``: what one paid and what went back, with the channels' references and times."""


class WantBack(OnCollection):
    """The payer of too much wants it back."""


# -- what could not be booked -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OnStray(ChatCommand):
    """An answer to money that could not be booked."""

    stray: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountStray(OnStray):
    """It is a member's: it counts on their due as far as that owes (``as_credit``: not at all), the rest is their
    credit. ``collection`` None: whose and what it was meant for is known."""

    collection: CollectionId | None = None
    member: MemberId = NOBODY
    as_credit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnStray(OnStray):
    """It goes back over the channel that it came by, after a preview."""

    confirmed: bool = False


class SettleStray(OnStray):
    """It has been dealt with at its channel."""
