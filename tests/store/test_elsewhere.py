"""Money that went back without us, in the store: found by its charge, once, and the books hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import command as c
from bot.domain.model import CollectionId, Fate, IntentId, RefundState
from tests.store.town import Town


@pytest.fixture
def paid(town: Town) -> CollectionId:
    """Ann has paid her 100, and Bo's."""
    collection = town.collect()
    town.do(town.on(c.AskToPay, town.ann, collection, covers=(town.bo,)))
    town.do(town.charge(town.start(collection, town.ann), "ch"))
    return collection


def _back(town: Town, amount: int, reference: str = "re", **facts: object) -> c.RecordReturn:
    said: dict[str, object] = {"channel": "sandbox", "charge": "ch", "currency": "CNY", "at": town.now}
    return c.RecordReturn(**said | {"amount": amount, "reference": reference} | facts)  # type: ignore[arg-type]


def _found(town: Town) -> list[str]:
    return town.store.run(lambda work: [f.what for f in work.verify()])


@pytest.mark.parametrize("kind", ["refund", "dispute"])
def test_it_comes_off_whom_it_had_paid_for_and_the_books_hold(town: Town, paid: CollectionId, kind: str) -> None:
    for _ in range(2):
        town.do(_back(town, 150, kind=kind))
    dues = {due.member: due for due in town.store.run(lambda work: work.dues(paid))}
    assert (dues[town.ann].paid, dues[town.ann].returned, dues[town.bo].paid) == (0, 150, 50)
    assert _found(town) == []
    town.do(_back(town, 150, kind=kind, undone=True))
    assert _found(town) == []


def test_a_sum_counts_what_is_known(town: Town, paid: CollectionId) -> None:
    town.do(_back(town, 30))
    assert not town.do(_back(town, 30, "sum", total=True)).refunds
    (refund,) = town.do(_back(town, 70, "sum", total=True)).refunds
    assert (refund.amount, refund.state) == (40, RefundState.REFUNDED)
    assert _found(town) == []


def test_what_a_person_saw_before_is_found_by_the_channels_name(town: Town) -> None:
    collection = town.collect()
    intent = town.start(collection, town.ann)
    town.do(c.ChannelAnswered(intent=intent.id, state=intent.state.UNKNOWN, cause="timeout"))
    town.do(town.on(c.Came, town.mei, collection, intent=intent.id))
    town.do(town.charge(intent, "late"))
    assert len(town.do(_back(town, 100, charge="late")).refunds) == 1
    assert _found(town) == []


def test_a_stray_that_went_back_is_off_the_list(town: Town) -> None:
    charge = town.charge(town.start(town.collect(), town.ann), "ch")
    (kept,) = town.do(replace(charge, intent=IntentId("lost"))).strays
    town.do(_back(town, kept.amount))
    assert town.store.run(lambda work: work.stray(kept.id)).fate is Fate.RETURNED  # type: ignore[union-attr]
    assert _found(town) == []
