"""The outbox: what is to be sent, written with its cause in one transaction, sent under a lease."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.domain.decision import RefundRequest, Request
from bot.domain.ledger import micros
from bot.domain.model import CollectionId
from bot.domain.notice import Notice
from bot.store import codec
from bot.store.base import Base
from bot.store.changes import PAYEE_CHANGE
from bot.store.codec import instant, maybe
from bot.store.prepared import Prepared
from bot.store.returning import REFUND
from bot.store.rows import COLLECTION, DUE, INTENT, OUTBOX

ANSWER_PRIORITY, LAST_PRIORITY = 0, 9
_UNFINISHED = ("pending", "sending")
_WATCHED = (*_UNFINISHED, "dead", "unknown")


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A leased row: a notice to send or a request to make. ``token`` proves the lease."""

    id: int
    lane: str
    notice: Notice | None
    request: Request | RefundRequest | None
    attempts: int
    created_at: datetime
    token: str
    once: bool


_EARLIER = OUTBOX.alias("earlier")
_TWIN = OUTBOX.alias("twin")
_HEADS = (
    sa.select(OUTBOX.c.id)
    .where(
        OUTBOX.c.state == "pending",
        OUTBOX.c.not_before <= sa.bindparam("now"),
        OUTBOX.c.priority <= sa.bindparam("least"),
        ~sa.exists().where(
            _EARLIER.c.lane == OUTBOX.c.lane,
            _EARLIER.c.id < OUTBOX.c.id,
            sa.text("earlier.state IN ('pending', 'sending')"),  # literally: the planner matches outbox_lane by it
        ),
    )
    .order_by(OUTBOX.c.priority, OUTBOX.c.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = Prepared(
    sa.update(OUTBOX)
    .where(OUTBOX.c.id.in_(_HEADS))
    .values(
        state="sending",
        leased_until=sa.bindparam("until"),
        attempts=OUTBOX.c.attempts + 1,
        token=sa.bindparam("lease_token"),
    )
    .returning(
        OUTBOX.c.id,
        OUTBOX.c.lane,
        OUTBOX.c.kind,
        OUTBOX.c.payload,
        OUTBOX.c.attempts,
        OUTBOX.c.created_at,
        OUTBOX.c.once,
        OUTBOX.c.priority,
    )
)
_LATEST: Any = sa.select(
    sa.func.count(),
    sa.func.sum(sa.case((sa.or_(*(OUTBOX.c.state == state for state in _UNFINISHED)), 1), else_=0)),
    sa.func.min(OUTBOX.c.created_at),
).where(
    OUTBOX.c.round == sa.bindparam("id"),
    sa.text("round != ''"),  # literally: the planner matches outbox_round by it
    OUTBOX.c.created_at
    == sa.select(sa.func.max(_TWIN.c.created_at))
    .where(_TWIN.c.round == sa.bindparam("id"), sa.text("twin.round != ''"))
    .scalar_subquery(),
)
_ROUND = Prepared(_LATEST)
_EXPIRED = sa.and_(OUTBOX.c.state == "sending", OUTBOX.c.leased_until < sa.bindparam("now"))
_ANY_EXPIRED = Prepared(sa.select(OUTBOX.c.id).where(_EXPIRED).limit(1))
_MINE = sa.update(OUTBOX).where(
    OUTBOX.c.id == sa.bindparam("my_id"), OUTBOX.c.token == sa.bindparam("my_token"), OUTBOX.c.state == "sending"
)
_SENT = Prepared(_MINE.values(state="sent", reference=sa.bindparam("to_reference"), error=""))


@dataclass(frozen=True, slots=True)
class Round:
    """The latest large round of reminders of one collection: how many there are, how many still wait."""

    total: int
    left: int
    began_at: datetime


class Outbox(Base):
    """The part of a transaction that sends."""

    def claim(self, now: datetime, *, lease: timedelta, most: int, answers_only: bool = False) -> list[OutboxRow]:
        """Lease what may be sent now: the first unfinished row of each lane; ``answers_only`` those to presses.
        Rows whose lease ran out come again, except those that may be sent once only: nobody knows whether they were."""
        self._expire(micros(now))
        token = secrets.token_hex(8)
        least = ANSWER_PRIORITY if answers_only else LAST_PRIORITY
        bound = {"now": micros(now), "most": most, "least": least} | {
            "until": micros(now + lease),
            "lease_token": token,
        }
        rows = _CLAIM.all(self.connection, bound)
        leased = []
        for row in sorted(rows, key=lambda r: (r.priority, r.id)):
            payload = codec.loads(row.payload)
            leased.append(
                OutboxRow(
                    id=row.id,
                    lane=row.lane,
                    notice=payload if isinstance(payload, Notice) else None,
                    request=payload if isinstance(payload, Request | RefundRequest) else None,
                    attempts=row.attempts,
                    created_at=instant(row.created_at),
                    token=token,
                    once=row.once,
                )
            )
        return leased

    def _expire(self, now: int) -> None:
        if _ANY_EXPIRED.first(self.connection, {"now": now}) is None:
            return
        twin = sa.exists().where(_TWIN.c.merge_key == OUTBOX.c.merge_key, _TWIN.c.state == "pending")
        for extra, state in ((OUTBOX.c.once, "unknown"), (twin, "sent"), (sa.true(), "pending")):
            again = sa.update(OUTBOX).where(_EXPIRED, extra).values(state=state, error="lease ran out")
            self.connection.execute(again, {"now": now})

    def _finish(self, row: OutboxRow, **values: object) -> bool:
        """Change a row we hold the lease of; False when the lease is somebody else's by now."""
        self.stirred = True
        mine = {"my_id": row.id, "my_token": row.token}
        return bool(self.connection.execute(_MINE.values(values), mine).rowcount)

    def sent(self, row: OutboxRow, *, reference: str = "") -> bool:
        self.stirred = True
        mine = {"my_id": row.id, "my_token": row.token, "to_reference": reference}
        return bool(_SENT.run(self.connection, mine))

    def postpone(self, row: OutboxRow, until: datetime, error: str, *, counted: bool = True) -> bool:
        """Try again at ``until``; being told to wait is no failed try (``counted=False``). A card that has been asked
        for anew meanwhile is left to that row."""
        twin = sa.select(_TWIN.c.id).where(_TWIN.c.merge_key == f"card:{_card(row)}", _TWIN.c.state == "pending")
        if _card(row) and self.connection.execute(twin).first() is not None:
            later = sa.update(OUTBOX).where(OUTBOX.c.merge_key == f"card:{_card(row)}", OUTBOX.c.state == "pending")
            self.connection.execute(later.values(not_before=micros(until)))
            return self._finish(row, state="sent", error=error)
        tries = row.attempts if counted else row.attempts - 1
        return self._finish(
            row, state="pending", not_before=micros(until), error=error, leased_until=None, attempts=tries
        )

    def dead(self, row: OutboxRow, error: str) -> bool:
        """Give up; kept for the operator."""
        return self._finish(row, state="dead", error=error)

    def skip(self, row: OutboxRow, why: str) -> bool:
        """Nothing to do, and nothing wrong: settled meanwhile, or a person who never spoke to the bot."""
        return self._finish(row, state="skipped", error=why)

    def unknown(self, row: OutboxRow, error: str) -> bool:
        """It may have been sent, and must not be sent twice."""
        return self._finish(row, state="unknown", error=error)

    def round(self, collection: CollectionId) -> Round | None:
        """How far the latest large round is; None when there is none, or it is over."""
        found = _ROUND.first(self.connection, {"id": collection})
        return Round(found[0], found[1], instant(found[2])) if found is not None and found[1] else None

    # -- what waits -----------------------------------------------------------------------------------------

    def next_instant(self, after: datetime | None = None) -> datetime | None:
        """When the next due, attempt, refund or postponed row comes up (later than ``after``); None: nothing waits."""
        since = micros(after) if after is not None else -1
        waits = (
            sa.select(sa.func.min(DUE.c.next_at)).where(DUE.c.next_at > since),
            sa.select(sa.func.min(INTENT.c.next_at)).where(INTENT.c.next_at > since),
            sa.select(sa.func.min(REFUND.c.next_at)).where(REFUND.c.next_at > since),
            sa.select(sa.func.min(PAYEE_CHANGE.c.next_at)).where(PAYEE_CHANGE.c.next_at > since),
            sa.select(sa.func.min(COLLECTION.c.deadline)).where(
                COLLECTION.c.state == sa.literal_column("'gathering'"), COLLECTION.c.deadline > since
            ),
            sa.select(sa.func.min(OUTBOX.c.not_before)).where(OUTBOX.c.state == "pending", OUTBOX.c.not_before > since),
        )
        found = [self.connection.execute(wait).scalar() for wait in waits]
        return maybe(min((at for at in found if at is not None), default=None))

    def latest(self) -> datetime | None:
        """When something was last written here."""
        return maybe(self.connection.execute(sa.select(sa.func.max(OUTBOX.c.created_at))).scalar())

    def outbox_depth(self) -> Mapping[str, int]:
        """Rows that are not sent, by state."""
        select = sa.select(OUTBOX.c.state, sa.func.count()).where(OUTBOX.c.state.in_(_WATCHED)).group_by(OUTBOX.c.state)
        return {"pending": 0, "sending": 0, "dead": 0, "unknown": 0} | dict(self.connection.execute(select).all())

    def expire_messages(self, before: datetime) -> int:
        """Forget what was sent before, or given up; how many rows."""
        over = sa.and_(OUTBOX.c.state.not_in(_UNFINISHED), OUTBOX.c.created_at < micros(before))
        return self.connection.execute(sa.delete(OUTBOX).where(over)).rowcount

    def oldest_outbox(self) -> datetime | None:
        select = sa.select(sa.func.min(OUTBOX.c.created_at)).where(OUTBOX.c.state.in_(_UNFINISHED))
        return maybe(self.connection.execute(select).scalar())

    def oldest_due(self, now: datetime) -> datetime | None:
        """The earliest instant that has passed and was not dealt with."""
        select = sa.select(sa.func.min(DUE.c.next_at)).where(DUE.c.next_at <= micros(now))
        return maybe(self.connection.execute(select).scalar())


def _card(row: OutboxRow) -> str:
    """The collection whose card the row is about, or empty."""
    return str(row.notice.collection) if row.notice is not None and row.notice.medium.value == "card" else ""
