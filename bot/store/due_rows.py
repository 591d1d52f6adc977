"""Dues as rows: what is read and written most."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from bot.domain.ledger import micros
from bot.domain.model import CollectionId, Due, MemberId, Progress, Standing
from bot.store.codec import clean, instant, maybe, stored
from bot.store.rows import DUE, members_of, members_row

DUE_COLUMNS = (
    DUE.c.member_id,
    DUE.c.amount,
    DUE.c.anchor_at,
    DUE.c.paid,
    DUE.c.progress,
    DUE.c.standing,
    DUE.c.stalled_at,
    DUE.c.slot,
    DUE.c.rung,
    DUE.c.next_at,
    DUE.c.claim,
    DUE.c.credit,
    DUE.c.weight,
    DUE.c.pinned,
    DUE.c.rest_until,
    DUE.c.promised,
    DUE.c.paying_for,
    DUE.c.tag,
    DUE.c.returned,
)
DUE_SELECT = sa.select(*DUE_COLUMNS)


def due_of(row: Any) -> Due:
    return Due(
        MemberId(row[0]),
        row[1],
        instant(row[2]),
        row[3],
        Progress(row[4]),
        Standing(row[5]),
        maybe(row[6]),
        row[7],
        row[8],
        maybe(row[9]),
        row[10],
        row[11],
        row[12],
        bool(row[13]),
        maybe(row[14]),
        bool(row[15]),
        members_of(row[16]) if row[16] else (),
        row[17],
        row[18],
    )


DUE_KEYS: Final = (
    *("collection_id", "member_id", "ordinal", "amount", "paid", "progress", "standing", "state", "anchor_at"),
    *("stalled_at", "slot", "rung", "next_at", "claim", "credit", "weight", "pinned", "rest_until", "promised"),
    *("paying_for", "tag", "returned"),
)


def due_row(collection: CollectionId, ordinal: int, d: Due) -> tuple[Any, ...]:
    """In the order of ``DUE_KEYS``: a command writes a thousand of them."""
    return (
        collection,
        d.member,
        ordinal,
        d.amount,
        d.paid,
        d.progress.value,
        d.standing.value,
        d.state.value,
        micros(d.anchor_at),
        stored(d.stalled_at),
        d.slot,
        d.rung,
        stored(d.next_at),
        clean(d.claim) if d.claim else "",
        d.credit,
        d.weight,
        d.pinned,
        stored(d.rest_until),
        d.promised,
        members_row(d.paying_for) if d.paying_for else "",
        d.tag,
        d.returned,
    )
