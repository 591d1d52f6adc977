"""The places of an activity: who has one, who waits, and who moves up when one becomes free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import dunning, press
from bot.domain.decide.draft import Draft, by
from bot.domain.decide.shares import SPLIT, anew
from bot.domain.model import Due, MemberId, Mode, Standing
from bot.domain.notice import Button, Medium, Notice, Who


def taken(dues: Sequence[Due]) -> int:
    return sum(due.counts for due in dues)


def waiting(dues: Sequence[Due]) -> list[Due]:
    """The waitlist, in order: whoever came first."""
    return sorted((due for due in dues if due.standing is Standing.WAITING), key=lambda due: due.anchor_at)


def seated(due: Due, draft: Draft) -> Due:
    """``due`` with a place. Its reminders begin now, on the collection's grid, so that they come with the others'."""
    collection, now = draft.collection, draft.ctx.now
    first = dunning.first_slot(collection.opened_at, collection.every, now)
    anchor = dunning.slot_at(collection.opened_at, collection.every, first)
    return replace(due, amount=None, standing=Standing.ACTIVE, anchor_at=anchor, slot=0, stalled_at=None, rung=0)


def price(draft: Draft, newcomers: Sequence[MemberId], *, kind: str, said_by: MemberId) -> None:
    """Ask for what the changed number of heads makes of it. While it gathers nobody is asked for anything."""
    collection = draft.collection
    if collection.gathering:
        return
    if collection.mode is Mode.EACH:
        assert collection.amount is not None
        for member in newcomers:
            draft.reprice(draft.due(member), collection.amount, kind=kind, by=by(said_by))
    elif collection.mode in SPLIT:
        everybody = [due for due in draft.dues if due.counts]
        shares = anew(collection, everybody) if everybody else ()
        for due, share in zip(everybody, shares, strict=True):
            over = draft.reprice(due, share, kind=kind, by=by(said_by))
            if over:
                draft.credited(due.member, over, share)


def fill(draft: Draft, *, said_by: MemberId, at: int | None = None) -> tuple[MemberId, ...]:
    """A place may have become free: whoever waits longest moves up, is told in private and asked to pay. ``at`` is what
    the place cost, where a total is split: then nobody else's share changes. Returns who moved up."""
    collection = draft.collection
    if collection.cap is None:
        return ()
    free = max(0, collection.cap - taken(draft.dues))
    up = [due.member for due in waiting(draft.dues)[:free]]
    for member in up:
        draft.put(seated(draft.due(member), draft))
    if at is not None and len(up) == 1 and collection.mode in SPLIT and not collection.gathering:
        draft.reprice(draft.due(up[0]), at, kind="joined", by=by(said_by))
    elif up:
        price(draft, up, kind="joined", said_by=said_by)
    for member in up:
        draft.say(_moved_up(draft, draft.due(member)))
    return tuple(up)


def _moved_up(draft: Draft, due: Due) -> Notice:
    collection = draft.collection
    actions = ("out",) if collection.gathering else ("pay", "out")
    return Notice(
        "moved_up",
        Medium.PRIVATE,
        chat=collection.chat,
        member=due.member,
        collection=collection.id,
        params=draft.about(
            who=Who(due.member, ping=True),
            starts_at=collection.starts_at,
            place=collection.place,
            money=None if due.amount is None else collection.money(due.amount),
        ),
        buttons=(tuple(Button(action, press.encode(action, collection.id)) for action in actions),),
        open_pay=not collection.gathering,
    )
