"""Taking a collection back, and calling it off: nobody is asked for anything more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import ledger
from bot.domain.command import Undo
from bot.domain.decide.draft import Draft, by
from bot.domain.decide.guards import running
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import NotAllowed, TooLate
from bot.domain.ledger import Posting
from bot.domain.model import CollectionState, Due, Listing, Standing


def undo(state: State, command: Undo, ctx: Context) -> Decision:
    """Take back a fresh collection: by its organiser, within the window, before any money."""
    draft = running(state, command, ctx)
    if command.by.member != draft.collection.organiser:
        raise NotAllowed(organiser=draft.about()["organiser"])
    money = any(d.paid and not draft.mine(d) for d in state.dues.values())
    if money or ctx.now - draft.collection.opened_at > ctx.policy.undo_window:
        raise TooLate(number=draft.collection.number)
    call_off(draft, tuple(state.dues.values()), kind="undone", by_whom=by(command.by.member))
    draft.answer(command, "undone")
    return replace(draft.decision(), silenced=(draft.collection.id,))


def call_off(draft: Draft, dues: Sequence[Due], *, kind: str, by_whom: str) -> int:
    """Ask for nothing more, and list what was paid to be given back. Returns that sum."""
    postings, listed = [], 0
    for due in (d for d in dues if not d.outside):
        mine = draft.mine(due)
        back = ledger.OWN if mine else ledger.listed(Listing.CANCELLED, due.member)
        waived = due.amount - due.paid if due.standing is Standing.WAIVED and due.amount else 0
        listed += 0 if mine else due.paid
        postings += [
            Posting(ledger.owed(due.member), -due.remaining),
            Posting(ledger.WAIVED, -waived),
            Posting(back, -due.paid),
            Posting(ledger.ASKED, due.amount or 0),
        ]
        draft.put(replace(due, standing=Standing.DROPPED, paid=0, stalled_at=None), next_at=None)
    draft.book(kind, postings, by=by_whom)
    draft.change(state=CollectionState.CANCELLED)
    draft.card()
    return listed
