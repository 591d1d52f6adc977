"""Commands: what somebody, or the clock, wants done. Every door makes these; ``service.handle`` applies them.

Frozen values with ids already resolved. A command that changes other people's money is first answered with a
proposal and comes back ``confirmed``. Chat commands name their collection by ``Which``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.command.asking import (
    AskBoard as AskBoard,
    AskDetails as AskDetails,
    AskHelp as AskHelp,
    AskHistory as AskHistory,
    AskManage as AskManage,
    AskMyData as AskMyData,
    AskPreview as AskPreview,
    AskStatus as AskStatus,
    AskWhy as AskWhy,
    Forget as Forget,
    Resync as Resync,
    SawTransfer as SawTransfer,
    SetConsent as SetConsent,
    SetLanguage as SetLanguage,
    SetPayee as SetPayee,
    SetReminders as SetReminders,
)
from bot.domain.command.base import (
    Actor as Actor,
    ChatCommand as ChatCommand,
    Command as Command,
    OnCollection as OnCollection,
    Which as Which,
)
from bot.domain.command.books import (
    FeeTold as FeeTold,
    OnStatement as OnStatement,
    StatementFailed as StatementFailed,
    StatementRead as StatementRead,
)
from bot.domain.command.changing import (
    Add as Add,
    Adjust as Adjust,
    AgreePayee as AgreePayee,
    Cancel as Cancel,
    Change as Change,
    Close as Close,
    Drop as Drop,
    Handover as Handover,
    HoldPayee as HoldPayee,
    KeepAsking as KeepAsking,
    NameHelper as NameHelper,
    Resplit as Resplit,
    Undo as Undo,
    Waive as Waive,
)
from bot.domain.command.happening import (
    AskChannel as AskChannel,
    ChatLost as ChatLost,
    Lapse as Lapse,
    MemberLeft as MemberLeft,
    Outage as Outage,
    SwitchPayee as SwitchPayee,
    Tick as Tick,
)
from bot.domain.command.money import (
    Accept as Accept,
    AskMoney as AskMoney,
    AskReceipt as AskReceipt,
    AskRefund as AskRefund,
    Came as Came,
    CountStray as CountStray,
    GaveBack as GaveBack,
    GiveBack as GiveBack,
    HoldBack as HoldBack,
    KeepCredit as KeepCredit,
    LeaveMoney as LeaveMoney,
    LetThrough as LetThrough,
    MakeCredit as MakeCredit,
    NeverCame as NeverCame,
    OnAttempt as OnAttempt,
    OnMoney as OnMoney,
    OnStray as OnStray,
    RecordReturn as RecordReturn,
    RefundAnswered as RefundAnswered,
    ReturnStray as ReturnStray,
    SettleStray as SettleStray,
    UseCredit as UseCredit,
    WantBack as WantBack,
)
from bot.domain.command.netting import Net as Net, SetOff as SetOff
from bot.domain.command.planning import (
    ChoosePlan as ChoosePlan,
    Had as Had,
    OpenVote as OpenVote,
    TapItem as TapItem,
    TapPlan as TapPlan,
)
from bot.domain.command.respite import (
    AskTime as AskTime,
    ConfirmAll as ConfirmAll,
    Dispute as Dispute,
    Keep as Keep,
    LetGo as LetGo,
    Reached as Reached,
)
from bot.domain.model import (
    ChatId,
    CollectionId,
    IntentId,
    IntentState,
    MemberId,
    Mode,
)

# -- asking for money ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(ChatCommand):
    """``/collect``. Amounts in minor units of ``currency``."""

    chat: ChatId
    mode: Mode
    currency: str
    digital: bool = False
    """Declared to be for something that exists on screens only."""
    amount: int | None = None
    fixed: tuple[tuple[MemberId, int], ...] = ()
    weights: tuple[tuple[MemberId, int], ...] = ()
    """Hundredths of a share (shares)."""
    others: int | None = None
    """Hundredths of a share for everybody who is not named (shares)."""
    partners: tuple[tuple[MemberId, MemberId], ...] = ()
    """Couples that pay as one (shares): who pays, and for whom too."""
    only: tuple[MemberId, ...] = ()
    exclude: tuple[MemberId, ...] = ()
    include_organiser: bool = True
    minimum: int | None = None
    maximum: int | None = None
    goal: int | None = None
    suggested: int | None = None
    cap: int | None = None
    quorum: int | None = None
    starts_at: datetime | None = None
    place: str = ""
    deadline: datetime | None = None
    title: str = ""
    names: bool = False
    tagged: bool = False
    sums: tuple[tuple[str, int], ...] = ()
    """What was worked out, as it is read back, and the minor units it came to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPlans(ChatCommand):
    """``/collect 900 plans``: several ways to split, side by side. ``asked``: the collection as far as it is known."""

    asked: Collect


class Join(OnCollection):
    """«I'm in»: a newcomer wants to take part."""


class Leave(OnCollection):
    """«I can't come»: a member gives their place in an activity back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declare(OnCollection):
    """A member of a self-declared collection says their amount."""

    amount: int


# -- paying -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AskToPay(OnCollection):
    """The Pay button or ``/pay [amount]``: own due and the way to the cashier. ``/pay @bo @cai``: theirs as well; said
    by whoever gets the money, it means that these have paid."""

    amount: int | None = None
    covers: tuple[MemberId, ...] | None = None
    """For whom else they pay, in order; None: for whom they said before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNeeded(OnCollection):
    """``member`` need not pay for the speaker; said by ``member``: they pay for nobody but themselves."""

    member: MemberId


class PayHere(OnCollection):
    """Pay without leaving the chat platform: the invoice comes as a private message."""


class AskShare(OnCollection):
    """My share: own amount and state, privately."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDue(Command):
    """A member looks at the cashier page."""

    collection: CollectionId
    member: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class StartPayment(Command):
    """A member chose a way to pay, in the cashier; ``channel`` is empty when any is fine. ``amount`` None means all
    that remains."""

    collection: CollectionId
    member: MemberId
    channel: str = ""
    amount: int | None = None
    surface: str = "web"
    ip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOut(ChatCommand):
    """Somebody is about to pay the invoice of an attempt, inside the chat platform: may they? The reply carries the
    press; nothing is changed."""

    intent: IntentId
    amount: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAnswered(Command):
    """What a channel said about an intent: the answer to ``operation``, or an event without money."""

    intent: IntentId
    state: IntentState
    operation: str = ""
    """``create``, ``query`` or ``close``; empty when the channel spoke by itself."""
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
    provider: str = ""
    """What a go-between's provider calls it: the number to look for in that account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(OnCollection):
    """«I have paid», with an optional proof (the platform's file id or an address)."""

    proof: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest(OnCollection):
    """``/promise fri 18:00``: I pay by then; ``/snooze``: not now. Reminders to me rest ``until`` then. ``asked``: more
    time was needed, and the organiser is to know."""

    until: datetime
    promised: bool
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(OnCollection):
    """The organiser saw a claimed payment arrive. ``amount`` None: all that remained."""

    member: MemberId
    amount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived(OnCollection):
    """``/arrived 66.03 66.05``: the organiser read these amounts in a statement; the cents tell who they are from."""

    amounts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(OnCollection):
    """The organiser did not see it."""

    member: MemberId


# -- proposals ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerProposal(ChatCommand):
    """Yes or no to something the bot asked before doing it."""

    proposal: str
    yes: bool
