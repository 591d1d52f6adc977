"""Questions: status, details, manage, preview, why, help; and what people set for themselves."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.domain import dunning, forecast, ledger, press
from bot.domain.command import (
    AskBoard,
    AskDetails,
    AskHelp,
    AskHistory,
    AskManage,
    AskPreview,
    AskStatus,
    AskWhy,
    ChatCommand,
    Resync,
    SawTransfer,
    SetConsent,
    SetLanguage,
    SetReminders,
)
from bot.domain.contact import MEDIA, Reason
from bot.domain.decide.draft import Draft, answer
from bot.domain.decide.guards import found, in_charge, leads
from bot.domain.decision import Contact, Context, Decision, State
from bot.domain.errors import NotAllowed
from bot.domain.forecast import Planned
from bot.domain.interruption import discreet
from bot.domain.ledger import Entry
from bot.domain.model import Collection, Due, DueState, Intent, MemberId, Standing
from bot.domain.notice import Button, Medium, Notice, Value, Who
from bot.domain.routing import Why

_PASSED_OVER = frozenset({Why.SLOW, Why.FAILING, Why.RESTING, Why.TRIED})
"""Why the organiser is told that a way was not taken: how it does, not what it cannot do."""
MOST_LINES = 60
MOST_CAUSES = 3
MOST_HISTORY = 20
SEAL = 12
"""Hexadecimal digits of the chain's head: enough to compare with what was seen before."""


def status(state: State, command: AskStatus, ctx: Context) -> Decision:
    """Counts and amounts for everybody; names, amounts and states to the organiser and admins, in private."""
    collection = found(state, command)
    draft = Draft.of(state, ctx)
    facts = _facts(draft, state)
    in_private = command.reply.private or bool(command.reply.press)
    notices: list[Notice] = []
    if not in_private:
        notices.append(answer(command, "status", facts, collection=collection, picture="progress"))
    if leads(collection, command.by):
        lines: tuple[Value, ...] = tuple(
            _line(collection, d, state.attempts.get(d.member)) for d in state.dues.values()
        )
        page, rows = _turning(collection, command.page, len(lines))
        first = page * MOST_LINES
        named = facts | {"lines": lines[first : first + MOST_LINES], "first": first + 1, "names": len(lines)}
        named |= {"causes": _causes(state, ctx)}
        picture = "progress" if in_private and not page else ""
        notices.append(_to_person(command, "status_names", named, collection, *rows, picture=picture))
    elif in_private:
        notices.append(_to_person(command, "status", facts, collection, picture="progress"))
    if command.reply.press:
        notices.append(answer(command, "sent_privately", {}, collection=collection))
    return Decision(notices=tuple(notices))


def _turning(collection: Collection, wanted: int, names: int) -> tuple[int, tuple[tuple[Button, ...], ...]]:
    """The page that is shown, and the buttons to those beside it. Whoever has gone since is no reason for a no."""
    pages = max(1, -(-names // MOST_LINES))
    page = min(wanted, pages - 1)
    beside = (("page_back", page - 1), ("page_on", page + 1))
    row = tuple(
        Button(label, press.encode("status", collection.id, to), words=f"{to + 1}/{pages}")
        for label, to in beside
        if 0 <= to < pages
    )
    return page, (row,) if row else ()


def _facts(draft: Draft, state: State) -> dict[str, Value]:
    c = draft.collection
    counting = [d for d in state.dues.values() if not d.outside]
    states, stalls = (
        Counter(d.state.value for d in counting),
        Counter(d.stall.value for d in counting if d.stall and not c.gathering),
    )
    slots = [
        dunning.slot_at(d.anchor_at, c.every, d.slot + 1)
        for d in counting
        if d.unsettled and d.next_at is not None and d.slot < c.most_reminders and d.rest_until is None
    ]
    return draft.about(
        state=c.state.value,
        settled=c.tally.settled,
        heads=c.tally.heads,
        claimed=c.tally.claimed,
        paid=c.money(c.tally.paid),
        total=c.money(c.tally.amount),
        goal=c.money(c.goal) if c.goal else None,
        states=dict(states),
        stalls=dict(stalls),
        gathering=c.quorum if c.gathering else None,
        waiting=states["waiting"],
        next_reminder=min(slots, default=None) if c.open else None,
        deadline=c.deadline,
    )


def _causes(state: State, ctx: Context) -> tuple[Value, ...]:
    """What stopped payers, in counts, the most frequent first: for the organiser, and without names. What a bank says
    of somebody's account is not told apart."""
    whys = (ctx.policy.causes.of_payer(d, state.attempts.get(d.member), ctx.now) for d in state.dues.values())
    count = Counter(discreet(w.tell) for w in whys if w is not None and w.tell != "nothing")
    return tuple({"tell": tell, "count": n} for tell, n in count.most_common(MOST_CAUSES))


def _line(collection: Collection, due: Due, latest: Intent | None) -> dict[str, Value]:
    """One member's. ``way`` and ``passed``: over what they pay or paid last, and what the router passed over for it."""
    passed = latest.reasons.items() if latest else ()
    return {
        "way": latest.channel if latest else "",
        "passed": tuple({"way": way, "why": why} for way, why in passed if why in _PASSED_OVER),
        "who": Who(due.member),
        "state": due.state.value,
        "stall": due.stall.value if due.stall and not collection.gathering else "",
        "rests": due.rest_until if due.unsettled else None,
        "promised": due.promised,
        "amount": None if due.amount is None or due.standing is Standing.FOR_OTHERS else collection.money(due.amount),
        "paid": collection.money(due.paid),
        "returned": collection.money(due.returned) if due.returned else None,
    }


def _to_person(
    command: ChatCommand,
    key: str,
    params: dict[str, Value],
    collection: Collection,
    *rows: tuple[Button, ...],
    picture: str = "",
) -> Notice:
    """A private message; where the person cannot be written to, a word in the chat says how to get it."""
    return Notice(
        key,
        Medium.PRIVATE,
        chat=None if command.reply.private else command.reply.chat,
        member=command.by.member,
        collection=collection.id,
        params=params,
        buttons=rows,
        picture=picture,
        confidential=True,
    )


def history(state: State, command: AskHistory, ctx: Context) -> Decision:
    """The books in words, newest last. Who has paid is nobody's business in the group: there a payment has no name."""
    collection = found(state, command)
    named = command.reply.private and leads(collection, command.by)
    lines: tuple[Value, ...] = tuple(_booked(entry, collection, named=named) for entry in state.entries[-MOST_HISTORY:])
    params = Draft.of(state, ctx).about(
        lines=lines,
        more=max(0, len(state.entries) - MOST_HISTORY),
        entries=len(state.entries),
        seal=state.entries[-1].hash[:SEAL] if state.entries else "",
    )
    return Decision(notices=(answer(command, "history", params, collection=collection),))


_MOVED = {
    "charged": "received:",
    "refund_promised": "returning:",
    "refunded": "received:",
    "refund_failed": "listed:",
    "returned": "received:",
    "charged_back": "received:",
    "came_again": "received:",
    "to_credit": "listed:",
    "confirmed": "received:",
}
"""Bookings of money that moves, and the accounts that say how much. Whose it is, is theirs and the organiser's to
know."""


def _booked(entry: Entry, collection: Collection, *, named: bool) -> dict[str, Value]:
    """One booking: what, by whom, about whom, how much. Amounts are what was asked for, of a payment what arrived."""
    moved = _MOVED.get(entry.kind)
    minor = abs(sum(p.minor for p in entry.postings if p.account.startswith(moved or ledger.ASKED)))
    whose = {p.account.rpartition(":")[2] for p in entry.postings if p.account.startswith(("owed:", "listed:"))}
    about = int(next(iter(whose))) if len(whose) == 1 else None
    by = entry.by.removeprefix("member:")
    return {
        "reason": "" if moved or entry.kind == "taken_back" else entry.reference,
        "at": entry.at,
        "kind": entry.kind,
        "of": entry.reference if entry.kind == "taken_back" else "",
        "by": Who(MemberId(int(by))) if by.isdigit() and (named or not moved) else None,
        "about": Who(MemberId(about)) if about is not None and (named or not moved) else None,
        "money": collection.money(minor) if minor and entry.kind != "split_anew" else None,
    }


def saw_transfer(state: State, command: SawTransfer, ctx: Context) -> Decision:
    """Said only to somebody who owes, and only while it is clear for what."""
    collection, due = state.collection, state.dues.get(command.by.member)
    if collection is None or not collection.open or due is None or not due.unsettled or due.state is DueState.CLAIMED:
        return Decision()
    params = Draft.of(state, ctx).about(who=Who(command.by.member))
    paid = Button("paid", press.encode("paid", collection.id))
    return Decision(notices=(answer(command, "no_proof", params, collection=collection, buttons=((paid,),)),))


def details(state: State, command: AskDetails, ctx: Context) -> Decision:
    """What this is, in an alert: who collects, how many reminders at most, who sees what."""
    collection = found(state, command)
    params = Draft.of(state, ctx).about(reminders=collection.announced_reminders, until=collection.last_reminder_at)
    return Decision(notices=(answer(command, "details", params, collection=collection, alert=True),))


def manage(state: State, command: AskManage, ctx: Context) -> Decision:
    """The organiser's tools, as buttons in private."""
    collection = found(state, command)
    in_charge(collection, command.by)
    actions = ("status", "preview"), ("close", "cancel")
    rows = tuple(tuple(Button(a, press.encode(a, collection.id)) for a in row) for row in actions)
    params = Draft.of(state, ctx).about(state=collection.state.value)
    message = _to_person(command, "manage", params, collection, *rows)
    return Decision(notices=(replace(message, open_board=True), *_hint(command, collection)))


def board(state: State, command: AskBoard, ctx: Context) -> Decision:
    """The address of the organiser's board, in private: everybody's names are on it."""
    collection = found(state, command)
    in_charge(collection, command.by)
    message = _to_person(command, "board", Draft.of(state, ctx).about(), collection)
    return Decision(notices=(replace(message, open_board=True), *_hint(command, collection)))


def _hint(command: ChatCommand, collection: Collection) -> tuple[Notice, ...]:
    return (answer(command, "sent_privately", {}, collection=collection),) if command.reply.press else ()


def preview(state: State, command: AskPreview, ctx: Context) -> Decision:
    """Every contact of the next 72 h, with the reason it will be sent or skipped."""
    collection = found(state, command)
    in_charge(collection, command.by)
    assert state.chat is not None
    zone, policy = ZoneInfo(state.chat.timezone), ctx.policy
    planned = forecast.everybody(
        state.dues, state.members, collection, policy, zone, state.history, state.contacted, ctx.now
    )
    lines: tuple[Value, ...] = tuple(
        {"at": p.at, "via": p.via, "reason": p.reason.value, "sent": p.sent, "count": count}
        for p, count in sorted(planned.items(), key=lambda each: (each[0].at, each[0].via, each[0].reason))
    )
    params = Draft.of(state, ctx).about(lines=lines[:MOST_LINES], more=max(0, len(lines) - MOST_LINES))
    return Decision(notices=(_to_person(command, "preview", params, collection), *_hint(command, collection)))


def why(state: State, command: AskWhy, ctx: Context) -> Decision:
    """Why a reminder came, and the one word that stops it."""
    collection, me = found(state, command), command.by.member
    due = state.dues.get(me)
    assert state.chat is not None
    mine = [x for x in state.history if me in x.members and x.medium in MEDIA and x.collection == collection.id]
    ahead: Planned | None = None
    silent: Reason | None = Reason.LEFT
    if due is not None:
        zone, history = ZoneInfo(state.chat.timezone), state.history
        ahead, silent = forecast.following(
            due, state.members[me], collection, ctx.policy, zone, history, state.contacted, ctx.now
        )
    params = Draft.of(state, ctx).about(
        owes=collection.money(due.remaining) if due else None,
        due=bool(due and (due.unsettled or due.waits)),
        last=_past(mine[-1]) if mine else None,
        following={"at": ahead.at, "via": ahead.via} if ahead else None,
        silent=silent.value if silent else "",
        came=len(mine),
        every_hours=int(collection.every.total_seconds() // 3600),
        reminders=collection.most_contacts,
        until=collection.last_reminder_at,
    )
    return Decision(notices=(answer(command, "why", params, collection=collection, alert=True, private=True),))


def _past(contact: Contact) -> dict[str, Value]:
    """What came last, and the rule that sent it."""
    kind, _, slot = contact.step.partition(":")
    return {"at": contact.at, "via": contact.medium, "rule": kind, "slot": int(slot) if slot else 0}


def help_text(state: State, command: AskHelp, ctx: Context) -> Decision:
    """A text that needs no collection."""
    return Decision(notices=(answer(command, command.topic, {"who": Who(command.by.member)}),))


def resync(state: State, command: Resync, ctx: Context) -> Decision:
    """The roster was read anew on the way here; what the chat sees is what to compare with."""
    params: dict[str, Value] = {"known": len(state.roster), "numbers": state.open_numbers}
    return Decision(notices=(answer(command, "resynced", params),))


def set_reminders(state: State, command: SetReminders, ctx: Context) -> Decision:
    """One word stops all reminders to oneself, everywhere; another brings them back."""
    me = replace(state.members[command.by.member], muted=not command.on)
    key = "reminders_on" if command.on else "reminders_off"
    return Decision(members=(me,), notices=(answer(command, key, {}),))


def set_consent(state: State, command: SetConsent, ctx: Context) -> Decision:
    """SMS and calls only with a number that its owner gave, in private; withdrawing erases it."""
    if not command.reply.private:
        return Decision(notices=(answer(command, "consent_in_private", {}),))
    me = replace(state.members[command.by.member], phone=command.phone, consent=bool(command.phone))
    key = "consent_given" if command.phone else "consent_withdrawn"
    return Decision(members=(me,), notices=(answer(command, key, {"ending": command.phone[-2:]}),))


def set_language(state: State, command: SetLanguage, ctx: Context) -> Decision:
    """Of a chat, by its admins; of oneself, in private."""
    assert state.chat is not None
    said = answer(command, "language_set", {})
    if command.reply.private:
        me = replace(state.members[command.by.member], locale=command.locale)
        return Decision(members=(me,), chat=replace(state.chat, locale=command.locale), notices=(said,))
    if not command.by.admin:
        raise NotAllowed(organiser=None)
    return Decision(chat=replace(state.chat, locale=command.locale), notices=(said,))
