"""``verify``: the books are right, cannot be changed in passing, and what was changed by force is found."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from bot.domain.command import Adjust, Cancel, Claim, Confirm, Join, Waive
from bot.domain.model import CollectionId
from bot.ports import Person
from bot.store import Store, Work
from tests.store.town import NOON, Town


@pytest.fixture
def lived(town: Town) -> CollectionId:
    """A collection in which much has happened."""
    collection = town.collect()
    intent = town.start(collection, town.ann, 60)
    town.do(town.charge(intent, "ch-1"))
    (late,) = town.store.run(lambda work: work.see(town.chat.id, [Person("4", "Cai")], "room", NOON))
    town.do(town.on(Join, late.id, collection))
    town.do(town.on(Adjust, town.mei, collection, member=town.ann, amount=40))
    town.do(town.on(Waive, town.mei, collection, member=town.bo))
    town.do(town.on(Claim, late.id, collection))
    town.do(town.on(Confirm, town.mei, collection, member=late.id))
    return collection


def _found(store: Store) -> list[str]:
    return store.run(lambda work: [f.what for f in work.verify()])


def _run(store: Store, statement: str) -> None:
    store.run(lambda work: work.connection.execute(sa.text(statement)))


def test_nothing_is_found_in_honest_books(store: Store, lived: CollectionId) -> None:
    assert _found(store) == []


def test_nothing_is_found_when_all_was_called_off(town: Town, lived: CollectionId) -> None:
    town.do(town.on(Cancel, town.mei, lived))
    assert _found(town.store) == []
    facts = town.store.run(lambda work: work.card_facts(lived))
    assert facts is not None
    assert facts.listed == 60 + 75


@pytest.mark.parametrize("table", ["entry", "posting"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET seq = seq + 100", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_the_books(
    store: Store, lived: CollectionId, table: str, statement: str
) -> None:
    with pytest.raises(DatabaseError, match="append-only"):
        _run(store, statement.format(table))
    assert _found(store) == []


def _by_force(work: Work) -> None:
    """Take the triggers off, as somebody with the database's password could."""
    if work.dialect == "postgresql":
        for table in ("entry", "posting"):
            work.connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        return
    names = work.connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
    for name in names:
        work.connection.execute(sa.text(f"DROP TRIGGER {name}"))


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE posting SET minor = minor * 2 WHERE seq = 2", "changed after it was written"),
        ("UPDATE entry SET kind = 'gift' WHERE seq = 2", "changed after it was written"),
        ("UPDATE entry SET at = at + 1 WHERE seq = 1", "changed after it was written"),
        ("DELETE FROM entry WHERE seq = 2", "missing or out of order"),
        ("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)", "the header says"),
        ("DELETE FROM posting WHERE seq = 2 AND line = 0", "does not balance"),
    ],
)
def test_a_tampered_ledger_is_found(store: Store, lived: CollectionId, statement: str, what: str) -> None:
    store.run(_by_force)
    _run(store, statement)
    assert any(what in found for found in _found(store))


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE due SET paid = paid - 1 WHERE paid = 40", "the ledger says otherwise"),
        ("UPDATE collection SET paid = paid + 1", "counters"),
        ("UPDATE charge SET amount = amount + 1 WHERE channel = 'sandbox'", "the charges"),
        ("DELETE FROM charge WHERE channel = 'sandbox'", "the charges"),
    ],
)
def test_a_fold_that_does_not_agree_with_the_ledger_is_found(
    store: Store, lived: CollectionId, statement: str, what: str
) -> None:
    _run(store, statement)
    assert any(what in found for found in _found(store))


def test_other_collections_are_not_blamed(town: Town, lived: CollectionId) -> None:
    other = town.collect(500)
    _run(town.store, f"UPDATE collection SET paid = paid + 1 WHERE id = '{lived}'")
    blamed = town.store.run(lambda work: {f.collection for f in work.verify()})
    assert (blamed, other in blamed) == ({lived}, False)
