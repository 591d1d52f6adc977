"""Statements of channels, in the store: which days were read, what the books have of their lines, and what they have
that no statement has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.decision import Decision
from bot.domain.ledger import micros
from bot.domain.model import DISPUTE, ELSEWHERE, SEEN, Charge, IntentId, Refund, Statement, Stray
from bot.ports import StatementLine
from bot.store.base import Base, insert_into
from bot.store.codec import clean, instant, maybe, stored
from bot.store.returning import REFUND, refund_of
from bot.store.rows import CHARGE, INTENT, charge_of, table
from bot.store.statement_tables import StatementLineRow, StatementRow
from bot.store.strays import STRAY, stray_of

STATEMENT, LINE = table(StatementRow), table(StatementLineRow)


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What the books have of one line."""

    charges: tuple[Charge, ...] = ()
    """The charge that it tells of, or, of a refund, that goes back; two where a person saw less than came."""
    stray: Stray | None = None
    """The same, where it could not be booked."""
    intent: IntentId | None = None
    """The attempt that it names, if it is one of ours."""
    refunds: tuple[Refund, ...] = ()
    """Those that it names: of ours, or what is known to have gone back without us, in as many parts as dues."""
    alike: tuple[Refund, ...] = ()
    """Those of its charge and amount that it may be about, though it does not name them, and no line before did."""
    noted: bool = False
    """It was read before."""


def statement_of(row: Any) -> Statement:
    return Statement(
        channel=row.channel,
        day=date.fromisoformat(row.day),
        read_at=maybe(row.read_at),
        counts=json.loads(row.counts),
        tries=row.tries,
        next_at=maybe(row.next_at),
        cause=row.cause,
    )


def _statement_row(s: Statement) -> dict[str, Any]:
    return {
        "channel": s.channel,
        "day": s.day.isoformat(),
        "read_at": stored(s.read_at),
        "counts": json.dumps(dict(s.counts)),
        "tries": s.tries,
        "next_at": stored(s.next_at),
        "cause": clean(s.cause),
    }


class Statements(Base):
    """The part of a transaction that knows of them."""

    def statement(self, channel: str, day: date) -> Statement | None:
        return self.statements(channel, day, day).get(day)

    def statements(self, channel: str, first: date, last: date) -> Mapping[date, Statement]:
        """The days from ``first`` to ``last`` that were read, or asked for in vain."""
        between = STATEMENT.c.day.between(first.isoformat(), last.isoformat())
        select = sa.select(*STATEMENT.c).where(STATEMENT.c.channel == channel, between)
        return {found.day: found for found in map(statement_of, self.connection.execute(select))}

    def newest_statements(self) -> tuple[Statement, ...]:
        """The last day of each channel that was read."""
        last = sa.select(STATEMENT.c.channel, sa.func.max(STATEMENT.c.day)).where(STATEMENT.c.read_at.is_not(None))
        newest = last.group_by(STATEMENT.c.channel)
        rows = self.connection.execute(
            sa.select(*STATEMENT.c).where(sa.tuple_(STATEMENT.c.channel, STATEMENT.c.day).in_(newest))
        )
        return tuple(sorted(map(statement_of, rows), key=lambda s: s.channel))

    def unread_statements(self, since: date) -> tuple[Statement, ...]:
        """Days from ``since`` on that were asked for in vain, in order."""
        select = sa.select(*STATEMENT.c).where(STATEMENT.c.read_at.is_(None), STATEMENT.c.day >= since.isoformat())
        rows = self.connection.execute(select.order_by(STATEMENT.c.channel, STATEMENT.c.day))
        return tuple(map(statement_of, rows))

    def first_used(self, channel: str) -> datetime | None:
        """When the first attempt over it began."""
        first = self.connection.execute(sa.select(sa.func.min(INTENT.c.created_at)).where(INTENT.c.channel == channel))
        at = first.scalar()
        return None if at is None else instant(at)

    def keep_statements(self, decisions: Sequence[Decision]) -> None:
        """Those that were read or failed; lines of ours belong to the day in which they were found first."""
        if not any(decision.statements for decision in decisions):
            return
        insert = insert_into(self.dialect, STATEMENT)
        changing = {c.name: insert.excluded[c.name] for c in STATEMENT.c if not c.primary_key}
        upsert = insert.on_conflict_do_update(index_elements=["channel", "day"], set_=changing)
        once = insert_into(self.dialect, LINE).on_conflict_do_nothing()
        for decision in decisions:
            for statement in decision.statements:
                self.connection.execute(upsert, _statement_row(statement))
                mine = {"channel": statement.channel, "day": statement.day.isoformat()}
                rows = [mine | {"kind": kind, "reference": clean(ref)} for kind, ref in decision.stated]
                if rows:
                    self.connection.execute(once, rows)

    # -- the books beside it ----------------------------------------------------------------------------------

    def on_record(self, channel: str, lines: Sequence[StatementLine]) -> list[OnRecord]:
        """What the books have of each of ``lines``: a few hundred at most."""
        came = [line for line in lines if line.kind == "charge"]
        went = [line for line in lines if line.kind != "charge"]
        references = {line.reference for line in came} | {line.charge for line in went if line.charge}
        charges = self._charges(channel, references)
        strays = {s.reference: s for s in self._strays_of(channel, references)}
        intents = self._intents({line.intent for line in came})
        refunds = self._refunds(channel, went, charges)
        noted = self._noted(channel, {line.reference for line in went} | {r.reference for r in refunds})
        return [
            OnRecord(charges.get(line.reference, ()), strays.get(line.reference), _intent(line, intents))
            if line.kind == "charge"
            else _back(line, charges.get(line.charge, ()), strays.get(line.charge), refunds, noted)
            for line in lines
        ]

    def _charges(self, channel: str, references: Iterable[str]) -> Mapping[str, tuple[Charge, ...]]:
        """By the channel's reference. Few are known by another one, and those stand together in the index."""
        here = CHARGE.c.channel == channel
        by_name = sa.select(*CHARGE.c).where(here, CHARGE.c.reference.in_(references))
        ours = CHARGE.c.reference.startswith(SEEN)
        by_person = sa.select(*CHARGE.c).where(here, ours, CHARGE.c.known_as.in_(references))
        found: dict[str, tuple[Charge, ...]] = {}
        for select in (by_person, by_name):
            for charge in map(charge_of, self.connection.execute(select)):
                found[charge.at_channel] = (*found.get(charge.at_channel, ()), charge)
        return found

    def _strays_of(self, channel: str, references: Iterable[str]) -> list[Stray]:
        select = sa.select(*STRAY.c).where(STRAY.c.channel == channel, STRAY.c.reference.in_(references))
        return list(map(stray_of, self.connection.execute(select)))

    def called_off(self, ids: Iterable[str]) -> set[str]:
        """Those of these attempts that ended without money."""
        closed = sa.select(INTENT.c.id).where(INTENT.c.id.in_(list(ids)), INTENT.c.state == "closed")
        return set(self.connection.execute(closed).scalars())

    def _intents(self, ids: Iterable[str]) -> set[str]:
        return set(self.connection.execute(sa.select(INTENT.c.id).where(INTENT.c.id.in_(ids))).scalars())

    def _refunds(
        self, channel: str, lines: Sequence[StatementLine], charges: Mapping[str, tuple[Charge, ...]]
    ) -> list[Refund]:
        """All that ``lines`` may be about."""
        if not lines:
            return []
        of = {line.charge for line in lines if line.charge}
        of |= {charge.reference for line in lines for charge in charges.get(line.charge, ())}
        named = (
            REFUND.c.id.in_({line.intent for line in lines if line.intent}),
            REFUND.c.reference.in_({line.reference for line in lines}),
            REFUND.c.charge.in_(of),
        )
        select = sa.select(*REFUND.c).where(REFUND.c.channel == channel, REFUND.c.into == "", sa.or_(*named))
        rows = self.connection.execute(select.order_by(REFUND.c.created_at, REFUND.c.id))
        return list(map(refund_of, rows))

    def _noted(self, channel: str, references: Iterable[str]) -> set[str]:
        """Of what went back, what a statement named before."""
        here = LINE.c.channel == channel, LINE.c.kind != "charge", LINE.c.reference.in_(references)
        return set(self.connection.execute(sa.select(LINE.c.reference).where(*here)).scalars())

    def unstated(self, channel: str, since: datetime, until: datetime) -> tuple[Charge, ...]:
        """Charges from ``since`` on and before ``until`` that are in no statement."""
        known_as = sa.case((CHARGE.c.known_as != "", CHARGE.c.known_as), else_=CHARGE.c.reference)
        stated = sa.exists().where(LINE.c.channel == channel, LINE.c.kind == "charge", LINE.c.reference == known_as)
        told = sa.or_(CHARGE.c.known_as != "", sa.not_(CHARGE.c.reference.startswith(SEEN)))
        when = sa.and_(CHARGE.c.at >= micros(since), CHARGE.c.at < micros(until))
        select = sa.select(*CHARGE.c).where(CHARGE.c.channel == channel, when, told, sa.not_(stated))
        return tuple(map(charge_of, self.connection.execute(select.order_by(CHARGE.c.at, CHARGE.c.reference))))


def _intent(line: StatementLine, ours: set[str]) -> IntentId | None:
    return IntentId(line.intent) if line.intent in ours else None


def _back(
    line: StatementLine,
    charges: tuple[Charge, ...],
    stray: Stray | None,
    refunds: Sequence[Refund],
    noted: set[str],
) -> OnRecord:
    """What a line may be about that names neither an id of ours nor a reference we know: a refund whose reference was
    never told, or one made without us, of which a webhook may have called it otherwise."""
    mine = tuple(r for r in refunds if r.id == line.intent)
    of = {line.charge, *(charge.reference for charge in charges)}
    alike = tuple(
        r
        for r in refunds
        if (r.charge in of and r.amount == line.amount.minor and r.counts and not r.by_hand)
        and r.reference not in noted
        and (r.cause in (ELSEWHERE, DISPUTE) if r.reference else not line.intent)
    )
    return OnRecord(
        charges=charges,
        stray=stray,
        refunds=mine or tuple(r for r in refunds if r.reference == line.reference),
        alike=alike,
        noted=line.reference in noted,
    )
