"""What a change leaves behind, so that it can be taken back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from bot.domain.decide.draft import Draft
from bot.domain.decision import Decision, LastChange
from bot.domain.ledger import Posting
from bot.domain.model import CollectionState, Due, MemberId, Standing


def nothing(due: Due) -> Due:
    """The due of somebody before they had one."""
    return Due(due.member, None, due.anchor_at, standing=Standing.DROPPED)


def stake(due: Due) -> tuple[object, ...]:
    """What a change may change of a due: all but its clocks and what the payer did."""
    return due.amount, due.paid, due.credit, due.standing, due.weight, due.pinned


def remembered(draft: Draft, kind: str, *, by: MemberId, was: CollectionState = CollectionState.OPEN) -> Decision:
    """``draft`` as the decision, with what ``/undo`` needs of it. ``was``: the collection's state before it."""
    decided = draft.decision()
    pairs = [(before or nothing(after), after) for before, after in draft.changed()]
    touched = [(before, after) for before, after in pairs if stake(before) != stake(after)]
    moved = Counter[str]()
    for entry in decided.entries:
        for posting in entry.postings:
            moved[posting.account] += posting.minor
    last = LastChange(
        collection=draft.collection.id,
        kind=kind,
        by=by,
        at=draft.ctx.now,
        seq=draft.collection.chain.seq,
        state=was,
        before=tuple(before for before, _ in touched),
        after=tuple(after for _, after in touched),
        moved=tuple(Posting(account, minor) for account, minor in moved.items() if minor),
    )
    return replace(decided, last_change=last)
