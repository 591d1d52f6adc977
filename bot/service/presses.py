"""The command behind a button: one table a kind of argument."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from bot.domain import command as c, press
from bot.domain.decide.doors import PAUSES
from bot.domain.model import Chat, CollectionId, IntentId, MemberId, RefundId
from bot.domain.notice import Reply
from bot.domain.plans import LETTERS

_ON_COLLECTION: Final[Mapping[str, Callable[..., c.OnCollection]]] = {
    "pay": c.AskToPay,
    "here": c.PayHere,
    "share": c.AskShare,
    "paid": c.Claim,
    "details": c.AskDetails,
    "manage": c.AskManage,
    "preview": c.AskPreview,
    "join": c.Join,
    "out": c.Leave,
    "undo": c.Undo,
    "close": c.Close,
    "cancel": c.Cancel,
    "why": c.AskWhy,
    "status": c.AskStatus,
    "unexpected": c.HoldPayee,
    "vouch": c.AgreePayee,
    "not_me": c.Dispute,
    "later": c.AskTime,
    "ballot": c.OpenVote,
    "winner": c.ChoosePlan,
    "keep": c.KeepCredit,
    "want_back": c.WantBack,
    "use_credit": c.UseCredit,
    "receipt": c.AskReceipt,
}
_ON_MEMBER: Final[Mapping[str, Callable[..., c.OnCollection]]] = {
    "confirm": c.Confirm,
    "reject": c.Reject,
    "owes": c.Keep,
    "let_go": c.LetGo,
    "refund": partial(c.GiveBack, loose=True),
    "drop": c.Drop,
    "waive": c.Waive,
    "ask_on": c.KeepAsking,
    "by_hand": partial(c.GiveBack, loose=True, by_hand=True),
    "accept": c.Accept,
    "credit": c.MakeCredit,
    "leave": c.LeaveMoney,
    "not_needed": c.NotNeeded,
}
"""Their argument is a member's number."""
_ON_ATTEMPT: Final[Mapping[str, type[c.OnAttempt]]] = {
    "let_through": c.LetThrough,
    "hold_back": c.HoldBack,
    "came": c.Came,
    "never_came": c.NeverCame,
}
ADMINS_MAY: Final = frozenset({
    *("manage", "preview", "close", "cancel", "confirm", "reject", "status", "undo", "yes", "no"),
    *("owes", "let_go"),
    *("plan", "ballot", "winner", "accept", "credit", "leave", "drop", "waive", "ask_on", "vouch"),
    *("let_through", "hold_back", "came", "never_came"),
})  # fmt: skip
"""Where it matters whether the presser is an admin of the chat."""


def pressed(chat: Chat, actor: c.Actor, reply: Reply, data: str, now: datetime) -> c.Command | None:
    """The command; None when the button is not ours or no longer means anything."""
    decoded = press.decode(data)
    if decoded is None:
        return None
    if decoded.action in press.PROPOSAL_ACTIONS:
        return c.AnswerProposal(by=actor, reply=reply, proposal=decoded.subject, yes=decoded.action == "yes")
    if decoded.action == "mute":
        return c.SetReminders(by=actor, reply=reply, on=False)
    said: dict[str, Any] = {"by": actor, "reply": reply, "which": c.Which(chat.id, id=decoded.collection)}
    number = int(decoded.argument) if _is_number(decoded.argument) else None
    if decoded.action in _ON_MEMBER:
        return None if number is None else _ON_MEMBER[decoded.action](**said, member=MemberId(number))
    if decoded.action in _ON_ATTEMPT:
        return _ON_ATTEMPT[decoded.action](**said, intent=IntentId(decoded.argument))
    match decoded.action:
        case "undo" if decoded.argument:
            return None if number is None else c.Undo(**said, change=number)
        case "status" if decoded.argument:
            return None if number is None else c.AskStatus(**said, page=number)
        case "gave":
            return c.GaveBack(**said, refund=RefundId(decoded.argument))
        case "settled":
            return c.SettleStray(by=actor, reply=reply, stray=decoded.subject)
        case "send_back":
            return c.ReturnStray(by=actor, reply=reply, stray=decoded.subject)
        case "count_it" | "credit_it":
            return _counted(actor, reply, decoded)
        case "plan":
            plan = LETTERS.get(decoded.argument)
            return None if plan is None else c.TapPlan(**said, plan=plan)
        case "rest":
            until = now + timedelta(hours=number or 0)
            return c.Rest(**said, until=until, promised=False, asked=True) if number in PAUSES else None
        case "item":
            return None if number is None else c.TapItem(**said, index=number)
        case "give":
            return None if number is None else c.Declare(**said, amount=number)
    return _ON_COLLECTION[decoded.action](**said)


def _counted(actor: c.Actor, reply: Reply, decoded: press.Press) -> c.Command | None:
    """Money that could not be booked is ``collection-member``'s; nothing: of whom it was meant for."""
    counted = c.CountStray(by=actor, reply=reply, stray=decoded.subject, as_credit=decoded.action == "credit_it")
    if not decoded.argument:
        return counted
    collection, _, member = decoded.argument.partition("-")
    if not _is_number(member):
        return None
    return replace(counted, collection=CollectionId(collection), member=MemberId(int(member)))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
