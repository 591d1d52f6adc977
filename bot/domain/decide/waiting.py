"""Claims and disputes that wait for the organiser: reminders to those members rest, and the organiser is nudged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bot.domain import press
from bot.domain.command import Actor, ConfirmAll, Which
from bot.domain.contact import Gate, Reason
from bot.domain.decide.draft import Draft
from bot.domain.decision import Contact, Proposal, Waiting
from bot.domain.model import MemberId, Standing
from bot.domain.notice import Button, Reply, Value, Who

MOST_NAMED: Final = 8
"""Members with buttons of their own in one nudge: more than that is a list, not a message."""
_GOOD_FOR: Final = timedelta(days=7)
NUDGE: Final = "nudge"


def told(draft: Draft, step: str, member: MemberId) -> Contact:
    """The organiser heard of what ``member`` said, just now: the nudge leaves them time to answer."""
    return Contact(draft.collection.id, step, "organiser", "sent", Reason.DUE.value, (member,), draft.ctx.now)


def nudge(
    draft: Draft, waiting: Mapping[MemberId, Waiting], gate: Gate
) -> tuple[tuple[Contact, ...], tuple[Proposal, ...]]:
    """Ask the organiser about all that has waited for half an interval, in one message with one tap for each."""
    now, collection = draft.ctx.now, draft.collection
    overdue = gate.stale(now) if waiting else frozenset[MemberId]()
    stale = {m: w for m, w in waiting.items() if m in overdue}
    if not stale:
        return (), ()
    reason = gate.nudge(NUDGE, now)
    if reason is not Reason.DUE:
        return (Contact(collection.id, NUDGE, "organiser", "skipped", reason.value, (collection.organiser,), now),), ()
    claims = {m: w for m, w in stale.items() if w.standing is Standing.CLAIMED}
    disputes = {m: w for m, w in stale.items() if w.standing is Standing.DISPUTED}
    rows: list[tuple[Button, ...]] = [_row(draft, m, "arrived", "confirm", "reject") for m in list(claims)[:MOST_NAMED]]
    rows += [_row(draft, m, "still_owes", "owes", "let_go") for m in list(disputes)[:MOST_NAMED]]
    proposals: tuple[Proposal, ...] = ()
    if len(claims) > 1:
        all_of = ConfirmAll(
            by=Actor(collection.organiser),
            reply=Reply(collection.chat),
            confirmed=True,
            which=Which(collection.chat, id=collection.id),
            members=tuple(claims),
        )
        proposals = (Proposal(draft.ctx.fresh[0], collection.organiser, all_of, now + _GOOD_FOR),)
        rows.append((Button("all_arrived", press.encode("yes", proposals[0].id)),))
    draft.tell(
        collection.organiser,
        "claims_waiting",
        *rows,
        otherwise="hint",
        claims=_lines(draft, claims),
        disputes=_lines(draft, disputes),
        more=max(0, len(claims) - MOST_NAMED) + max(0, len(disputes) - MOST_NAMED),
    )
    sent = Contact(collection.id, NUDGE, "organiser", "sent", Reason.DUE.value, (collection.organiser,), now)
    return (sent,), proposals


def _row(draft: Draft, member: MemberId, label: str, action: str, other: str) -> tuple[Button, Button]:
    id_ = draft.collection.id
    return Button(label, press.encode(action, id_, member), who=member), Button(other, press.encode(other, id_, member))


def _lines(draft: Draft, those: Mapping[MemberId, Waiting]) -> tuple[Value, ...]:
    money = draft.collection.money
    return tuple(
        {"who": Who(m), "money": None if w.remaining is None else money(w.remaining)}
        for m, w in list(those.items())[:MOST_NAMED]
    )
