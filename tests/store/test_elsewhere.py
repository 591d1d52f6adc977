"""Money that went back without us, in the store: found by its charge, once, and the books hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import command as c
from bot.domain.model import CollectionId, Fate, IntentId, RefundState
from bot.domain.notice import Reply
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


def test_an_old_sum_that_comes_late_parts_what_was_known_and_the_books_hold(town: Town, paid: CollectionId) -> None:
    town.do(_back(town, 70, "later", total=True, at=town.now + timedelta(hours=1)))
    for _ in range(2):
        town.do(_back(town, 30, "sooner", total=True))
    assert _found(town) == []


def test_more_than_a_person_saw_goes_back_whole_and_nothing_twice(town: Town) -> None:
    collection = town.collect()
    intent = town.start(collection, town.ann)
    town.do(c.ChannelAnswered(intent=intent.id, state=intent.state.UNKNOWN, cause="timeout"))
    town.do(town.on(c.Came, town.mei, collection, intent=intent.id))
    town.do(replace(town.charge(intent, "late"), amount=140))
    town.do(_back(town, 140, charge="late"))
    (due,) = (due for due in town.store.run(lambda work: work.dues(collection)) if due.member == town.ann)
    assert (due.paid, due.credit, due.returned) == (0, 0, 140)
    assert _found(town) == []


def test_what_may_have_gone_back_and_did_is_not_gone_twice(town: Town) -> None:
    charge = town.charge(town.start(town.collect(), town.ann), "ch")
    (kept,) = town.do(replace(charge, currency="EUR")).strays
    said = {"by": c.Actor(town.mei), "reply": Reply(town.chat.id, message="m", private=True), "stray": kept.id}
    (refund,) = town.do(town.do(c.ReturnStray(**said)).proposals[0].command).refunds  # type: ignore[arg-type]
    for _ in range(40):
        town.do(c.RefundAnswered(refund=refund.id, state=RefundState.UNKNOWN))
    assert town.store.run(lambda work: work.stray(kept.id)).fate is Fate.UNCLEAR  # type: ignore[union-attr]
    town.do(_back(town, kept.amount, currency="EUR"))
    assert town.store.run(lambda work: work.stray(kept.id)).fate is Fate.RETURNED  # type: ignore[union-attr]
    assert _found(town) == []


@pytest.mark.parametrize("kind", ["refund", "dispute"])
def test_another_currency_that_was_counted_is_found_when_it_goes_back(town: Town, kind: str) -> None:
    collection = town.collect()
    charge = town.charge(town.start(collection, town.ann), "ch")
    (kept,) = town.do(replace(charge, currency="EUR")).strays
    private = Reply(town.chat.id, message="m", private=True)
    town.do(c.CountStray(by=c.Actor(town.mei), reply=private, stray=kept.id))
    for amount in (40, kept.amount, kept.amount):
        town.do(_back(town, amount, f"re-{amount}", currency="EUR", kind=kind))
    (due,) = (due for due in town.store.run(lambda work: work.dues(collection)) if due.member == town.ann)
    assert (due.paid, due.returned) == (0, 100)
    assert _found(town) == []
    town.do(_back(town, kept.amount, f"re-{kept.amount}", currency="EUR", kind=kind, undone=True))
    assert _found(town) == []
