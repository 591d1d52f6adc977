"""Money in the store: what goes back, what fits no due, what pays elsewhere; and what ``verify`` sees of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain import command as c
from bot.domain.decision import RefundRequest
from bot.domain.model import CollectionId, IntentState, Listing, Refund, RefundState
from bot.domain.notice import Reply
from bot.store import Store
from tests.store.town import Town


def _found(store: Store) -> list[str]:
    return store.run(lambda work: [f.what for f in work.verify()])


@pytest.fixture
def paid(town: Town) -> CollectionId:
    """Ann has paid her 100, in two parts."""
    collection = town.collect()
    for number, minor in enumerate((60, 40)):
        town.do(town.charge(town.start(collection, town.ann, minor), f"ch-{number}"))
        town.now += timedelta(minutes=1)
    return collection


def _give_back(town: Town, collection: CollectionId, amount: int | None = None, **options: object) -> list[Refund]:
    decided = town.do(town.on(c.GiveBack, town.mei, collection, member=town.ann, amount=amount, **options))
    return list(decided.refunds)


def test_parts_go_back_newest_charge_first_and_are_asked_about_in_time(town: Town, paid: CollectionId) -> None:
    first, second = _give_back(town, paid, 70)
    assert [(r.charge, r.amount) for r in (first, second)] == [("ch-1", 40), ("ch-0", 30)]
    assert _found(town.store) == []
    requests = [row.request for row in town.claim() if isinstance(row.request, RefundRequest)]
    assert {(r.operation, r.refund) for r in requests} == {("refund", first.id), ("refund", second.id)}
    town.do(c.RefundAnswered(refund=first.id, state=RefundState.REFUNDED, reference="back"))
    town.do(c.RefundAnswered(refund=second.id, state=RefundState.UNKNOWN, cause="timeout"))
    assert town.store.run(lambda work: work.refund_asks(town.now, most=9)) == []
    assert town.store.run(lambda work: work.next_instant(town.now)) is not None
    later = town.now + timedelta(minutes=5)
    assert town.store.run(lambda work: work.refund_asks(later, most=9)) == [c.AskRefund(refund=second.id)]
    town.do(c.RefundAnswered(refund=second.id, state=RefundState.FAILED, cause="no"))
    assert town.store.run(lambda work: work.held(paid, town.ann)) == {Listing.OVERPAID: 30}
    assert _found(town.store) == []


def test_what_fits_no_due_is_listed_for_whoever_collects(town: Town, paid: CollectionId) -> None:
    intent = town.start(paid, town.bo)
    town.do(replace(town.charge(intent, "odd"), amount=130))
    town.do(replace(town.charge(intent, "euro"), currency="EUR"))
    town.do(replace(town.charge(intent, "nobody's"), intent=type(intent.id)("unknown")))
    ask = c.AskMoney(by=c.Actor(town.mei), reply=Reply(town.chat.id, message="m", private=True))
    state = town.store.run(lambda work: work.load(ask))
    assert [(x.member, x.held) for x in state.loose] == [(town.bo, (("wrong_amount", 130),))]
    assert [(s.reference, s.member) for s in state.strays] == [("euro", town.bo)]
    operator = replace(ask, by=c.Actor(town.ann, admin=True))
    state = town.store.run(lambda work: work.load(operator))
    assert ([s.reference for s in state.strays], state.loose) == (["nobody's"], ())
    town.do(c.SettleStray(by=operator.by, reply=operator.reply, stray=state.strays[0].id))
    assert town.store.run(lambda work: work.load(operator)).strays == ()
    town.do(town.on(c.Accept, town.mei, paid, member=town.bo))
    assert town.store.run(lambda work: work.held(paid, town.bo)) == {Listing.OVERPAID: 30}
    assert _found(town.store) == []


def test_credit_pays_elsewhere_and_both_books_say_so(town: Town, paid: CollectionId) -> None:
    _give_back(town, paid, 50, to_credit=True)
    other = town.collect(60)
    view = town.store.run(lambda work: work.cashier(other, town.ann))
    assert view is not None
    assert view.credit.minor == 50
    town.do(town.on(c.UseCredit, town.ann, other))
    dues = {x.member: x for x in town.store.run(lambda work: work.dues(other))}
    assert dues[town.ann].paid == 20
    assert town.store.run(lambda work: work.held(paid, town.ann)) == {Listing.OVERPAID: 30}
    receipt = town.store.run(lambda work: work.receipt(other, town.ann))
    assert receipt is not None
    assert [(line.channel, line.money.minor) for line in receipt.charges] == [("credit", 20)]
    assert _found(town.store) == []


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE refund SET amount = amount - 1 WHERE state = 'refunded'", "less the refunds"),
        ("UPDATE refund SET state = 'failed' WHERE state = 'created'", "under way"),
        ("UPDATE refund SET amount = amount + 1000 WHERE state = 'created'", "of one charge was given back"),
        ("UPDATE due SET returned = 0", "was given back something else"),
        ("DELETE FROM charge WHERE reference = 'ch-1'", "a charge that is not there"),
        ("DELETE FROM refund WHERE \"into\" != ''", "credit came that left no other"),
        ("DELETE FROM charge WHERE channel = 'credit'", "and never came"),
    ],
)
def test_what_was_changed_by_force_is_found(town: Town, paid: CollectionId, statement: str, what: str) -> None:
    _give_back(town, paid, 10, to_credit=True)
    town.do(town.on(c.UseCredit, town.ann, town.collect(30)))
    (first,) = _give_back(town, paid, 5)
    _give_back(town, paid, 5)
    town.do(c.RefundAnswered(refund=first.id, state=RefundState.REFUNDED))
    assert _found(town.store) == []
    town.store.run(lambda work: work.connection.execute(sa.text(statement)))
    assert any(what in found for found in _found(town.store)), _found(town.store)


def test_who_paid_another_amount_and_tries_again_is_not_asked_twice_when_it_counts(town: Town) -> None:
    collection = town.collect()
    town.do(replace(town.charge(town.start(collection, town.ann), "odd"), amount=90))
    again = town.start(collection, town.ann)
    town.do(town.on(c.Accept, town.mei, collection, member=town.ann))
    assert town.store.run(lambda work: work.attempt(again.id)).state is IntentState.CLOSING  # type: ignore[union-attr]
