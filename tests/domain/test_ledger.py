"""The ledger: what is written stays, and what does not stay is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import ledger
from bot.domain.ledger import Entry, Posting
from bot.domain.model import Chain, CollectionId

C = CollectionId("k" * 16)
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _written(count: int = 4) -> tuple[list[Entry], Chain]:
    entries, chain = [], Chain()
    for n in range(1, count + 1):
        postings = (Posting("received:sandbox", n), Posting("owed:2", -n))
        entry, chain = ledger.append(
            chain,
            postings,
            collection=C,
            kind="charged",
            at=AT + timedelta(seconds=n),
            currency="CNY",
            by="channel:sandbox",
            reference=f"sandbox:{n}",
        )
        entries.append(entry)
    return entries, chain


def test_what_was_appended_holds() -> None:
    assert ledger.check(C, *_written()) == ()
    assert ledger.check(C, [], Chain()) == ()


def test_an_unbalanced_booking_is_refused() -> None:
    with pytest.raises(ValueError, match="do not balance"):
        ledger.append(Chain(), [Posting("asked", 1)], collection=C, kind="x", at=AT, currency="CNY", by="member:1")


def test_postings_of_nothing_are_left_out() -> None:
    postings = [Posting("a", 5), Posting("b", 0), Posting("c", -5)]
    entry, _ = ledger.append(Chain(), postings, collection=C, kind="x", at=AT, currency="CNY", by="member:1")
    assert entry.postings == (Posting("a", 5), Posting("c", -5))


TAMPERED: dict[str, Callable[[Entry], Entry]] = {
    "kind": lambda e: replace(e, kind="waived"),
    "instant": lambda e: replace(e, at=e.at + timedelta(microseconds=1)),
    "currency": lambda e: replace(e, currency="EUR"),
    "author": lambda e: replace(e, by="member:9"),
    "reference": lambda e: replace(e, reference="sandbox:9"),
    "schema": lambda e: replace(e, schema=e.schema + 1),
    "collection": lambda e: replace(e, collection=CollectionId("other")),
    "amount": lambda e: replace(e, postings=tuple(replace(p, minor=p.minor * 2) for p in e.postings)),
    "account": lambda e: replace(e, postings=(e.postings[0], replace(e.postings[1], account="owed:3"))),
    "order of postings": lambda e: replace(e, postings=e.postings[::-1]),
    "posting": lambda e: replace(e, postings=e.postings[:1]),
    "hash": lambda e: replace(e, hash="0" * 64),
    "link": lambda e: replace(e, previous="0" * 64),
}


@pytest.mark.parametrize("where", range(4))
@pytest.mark.parametrize("what", TAMPERED)
def test_a_changed_field_is_found(where: int, what: str) -> None:
    entries, chain = _written()
    entries[where] = TAMPERED[what](entries[where])
    assert ledger.check(C, entries, chain)


@pytest.mark.parametrize("where", range(4))
def test_a_deleted_entry_is_found(where: int) -> None:
    entries, chain = _written()
    del entries[where]
    assert ledger.check(C, entries, chain)


def test_an_entry_put_in_twice_is_found() -> None:
    entries, chain = _written()
    assert ledger.check(C, [*entries[:2], *entries[1:]], chain)


def test_entries_in_another_order_are_found() -> None:
    entries, chain = _written()
    entries[1], entries[2] = entries[2], entries[1]
    assert ledger.check(C, entries, chain)


def test_a_ledger_rewritten_from_an_entry_on_is_found_by_the_header() -> None:
    entries, chain = _written()
    forged, _ = ledger.append(
        Chain(3, entries[2].hash), (), collection=C, kind="nothing", at=AT, currency="CNY", by="member:1"
    )
    (finding,) = ledger.check(C, [*entries[:3], forged], chain)
    assert (finding.collection, finding.seq) == (C, 0)


def test_balances_are_the_sums_of_the_postings() -> None:
    entries, _ = _written()
    assert ledger.balances(entries) == {"received:sandbox": 10, "owed:2": -10}
