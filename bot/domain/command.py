"""Commands: what somebody, or the clock, wants done. Every door makes these; ``service.handle`` applies them.

Frozen values with ids already resolved. A command that changes other people's money is first answered with a
proposal and comes back ``confirmed``. Chat commands name their collection by ``Which``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.model import (
    ChatId,
    CollectionId,
    IntentId,
    IntentState,
    MemberId,
    Mode,
    RefundId,
    RefundState,
)
from bot.domain.notice import Reply


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. ``admin``: an admin of the chat, or named in the config."""

    member: MemberId
    admin: bool = False
    anonymous: bool = False
    """An anonymous admin or a channel: nobody we could hold to their word."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which collection: by id (buttons, links), by number in a chat, or the chat's only open one."""

    chat: ChatId
    id: CollectionId | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Anything that ``handle`` applies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatCommand(Command):
    """Said by a person, with a way back for the answer."""

    by: Actor
    reply: Reply
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCollection(ChatCommand):
    """Said about one collection."""

    which: Which


# -- asking for money ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(ChatCommand):
    """``/collect``. Amounts in minor units of ``currency``."""

    chat: ChatId
    mode: Mode
    currency: str
    amount: int | None = None
    fixed: tuple[tuple[MemberId, int], ...] = ()
    weights: tuple[tuple[MemberId, int], ...] = ()
    """Hundredths of a share (shares)."""
    only: tuple[MemberId, ...] = ()
    exclude: tuple[MemberId, ...] = ()
    include_organiser: bool = True
    minimum: int | None = None
    maximum: int | None = None
    goal: int | None = None
    deadline: datetime | None = None
    title: str = ""
    sums: tuple[tuple[str, int], ...] = ()
    """What was worked out, as it is read back, and the minor units it came to."""


class Undo(OnCollection):
    """Take a fresh collection back, as if it had not been posted."""


class Join(OnCollection):
    """«I'm in»: a newcomer wants to take part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declare(OnCollection):
    """A member of a self-declared collection says their amount."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waive(OnCollection):
    """Ask no more of this member."""

    member: MemberId
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(OnCollection):
    """Change a due: to ``amount``, or by it when ``relative`` (minor units, then signed)."""

    member: MemberId
    amount: int
    relative: bool = False
    reason: str = ""


class Close(OnCollection):
    """Stop asking; what is paid stays."""


class Cancel(OnCollection):
    """Call it off; what was paid is listed to be given back."""


# -- paying -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AskToPay(OnCollection):
    """The Pay button or ``/pay [amount]``: own due and the way to the cashier."""

    amount: int | None = None


class AskShare(OnCollection):
    """My share: own amount and state, privately."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDue(Command):
    """A member looks at the cashier page."""

    collection: CollectionId
    member: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPayment(Command):
    """A member chose a way to pay, in the cashier. ``amount`` None means all that remains."""

    collection: CollectionId
    member: MemberId
    channel: str
    amount: int | None = None
    surface: str = "web"
    ip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAnswered(Command):
    """What a channel said about an intent: the answer of create or query, or an event without money."""

    intent: IntentId
    state: IntentState
    reference: str = ""
    action: Mapping[str, str] = field(default_factory=dict)
    cause: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCharge(Command):
    """Money arrived, says the channel (verified). Amount and currency are the channel's, not ours."""

    channel: str
    reference: str
    """The channel's id of the charge: unique, so that it never counts twice."""
    intent: IntentId
    amount: int
    currency: str
    at: datetime
    fee: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(OnCollection):
    """«I have paid», with an optional proof (the platform's file id or an address)."""

    proof: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest(OnCollection):
    """``/promise fri 18:00``: I pay by then; ``/snooze``: not now. Reminders to me rest ``until`` then."""

    until: datetime
    promised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(OnCollection):
    """The organiser saw a claimed payment arrive. ``amount`` None: all that remained."""

    member: MemberId
    amount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(OnCollection):
    """The organiser did not see it."""

    member: MemberId


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRefund(Command):
    """A refund's time has come: ask its channel (``sweep``)."""

    refund: RefundId


# -- asking for facts ---------------------------------------------------------------------------------------


class AskStatus(OnCollection):
    """``/status``: counts in the group, names to admins in private."""


class AskDetails(OnCollection):
    """The Details button: what this is, who sees what, how many reminders will come."""


class AskManage(OnCollection):
    """The Manage button: what the organiser can do, as buttons."""


class AskPreview(OnCollection):
    """Every contact of the next 72 h with the reason it will be sent or skipped."""


class AskHistory(OnCollection):
    """``/history``: what was booked, by whom and when, and the seal of the books."""


class SawTransfer(OnCollection):
    """Money was sent in the chat, says the platform, but not how much or to whom: no proof of anything."""


class AskWhy(OnCollection):
    """``/why``: why this reminder came, to whom it comes next, how to stop it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHelp(ChatCommand):
    """``/help``, ``/start``, ``/privacy``: texts that need no collection. ``topic`` names the template."""

    topic: str = "help"


class Resync(ChatCommand):
    """After an outage: who is here, and what is being collected, as the bot knows it now."""


# -- oneself ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReminders(ChatCommand):
    """``/stop-reminders`` (``on=False``) and back."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetConsent(ChatCommand):
    """``/sms +86138…`` in private: SMS and calls are fine on this number; empty withdraws and erases it."""

    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPayee(ChatCommand):
    """``/payee Alipay 138…`` in private, with a picture of a QR code or without: where money for me goes, in what I
    collect from now on. Both empty: nowhere."""

    text: str
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLanguage(ChatCommand):
    """``/language zh``: of a chat (by an admin) or of oneself (in private)."""

    locale: str


# -- proposals ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerProposal(ChatCommand):
    """Yes or no to something the bot asked before doing it."""

    proposal: str
    yes: bool


# -- the platform and the clock -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft(Command):
    """A member left the chat: their reminders in ``collection`` stop; the organiser is told if they owe."""

    collection: CollectionId
    member: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatLost(Command):
    """The bot was removed from the chat: all its dunning stops."""

    chat: ChatId


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage(Command):
    """The platform was out of reach, and what was said meanwhile is lost."""

    chat: ChatId
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick(Command):
    """Dues of one collection have come due (``sweep``)."""

    collection: CollectionId


@dataclass(frozen=True, slots=True, kw_only=True)
class AskChannel(Command):
    """An intent's time has come: ask its channel, or expire it (``sweep``)."""

    intent: IntentId
