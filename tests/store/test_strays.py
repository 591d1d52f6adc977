"""Money that could not be booked, in the store: whose it may be, its way back, and what ``verify`` sees of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.domain import command as c
from bot.domain.decision import RefundRequest
from bot.domain.errors import Gone
from bot.domain.model import CollectionId, Fate, IntentId, Refund, RefundState, Stray
from bot.domain.money import Money
from bot.domain.notice import Reply
from tests.store.town import Town


@pytest.fixture
def open_(town: Town) -> CollectionId:
    """Three owe 100 each."""
    return town.collect()


def _private(town: Town, member: int, *, admin: bool = False) -> dict[str, object]:
    return {"by": c.Actor(member, admin=admin), "reply": Reply(town.chat.id, message="m", private=True)}  # type: ignore[arg-type]


def _arrives(town: Town, open_: CollectionId, **changed: object) -> Stray:
    charge = town.charge(town.start(open_, town.ann), "odd")
    (kept,) = town.do(replace(charge, **changed)).strays  # type: ignore[arg-type]
    return kept


def _open(town: Town, member: int, *, admin: bool = False) -> tuple[Stray, ...]:
    ask = c.AskMoney(**_private(town, member, admin=admin))  # type: ignore[arg-type]
    return town.store.run(lambda work: work.load(ask)).strays


def _found(town: Town) -> list[str]:
    return town.store.run(lambda work: [f.what for f in work.verify()])


def _send_back(town: Town, kept: Stray, member: int, *, admin: bool = False) -> Refund:
    asked = town.do(c.ReturnStray(stray=kept.id, **_private(town, member, admin=admin)))  # type: ignore[arg-type]
    (refund,) = town.do(asked.proposals[0].command).refunds
    return refund


def test_whose_it_may_be_is_who_owes_just_that_much_first_who_tried_the_same_way(
    town: Town, open_: CollectionId
) -> None:
    town.now += timedelta(days=1)
    newer = town.collect(300)
    town.start(open_, town.bo)
    kept = _arrives(town, open_, intent=IntentId("lost"))
    assert [(x.collection, x.member) for x in town.store.run(lambda work: work.likely([kept]))] == [
        (open_, town.ann),
        (open_, town.bo),
        (newer, town.ann),
    ]
    assert town.store.run(lambda work: work.whose("sandbox", 99, "CNY")) == ()
    assert town.store.run(lambda work: work.whose("sandbox", 100, "EUR")) == ()


def test_its_attempt_is_known_again_and_what_was_asked_for(town: Town, open_: CollectionId) -> None:
    kept = _arrives(town, open_, currency="EUR")
    assert kept.asked == Money(100, "CNY")
    assert _open(town, town.mei) == (kept,)
    town.do(c.CountStray(stray=kept.id, **_private(town, town.mei)))  # type: ignore[arg-type]
    assert _open(town, town.mei) == ()
    assert town.store.run(lambda work: work.stray(kept.id)).fate is Fate.COUNTED  # type: ignore[union-attr]
    assert _found(town) == []


def test_it_counts_where_it_was_asked_for_and_nowhere_else(town: Town, open_: CollectionId) -> None:
    kept, other = _arrives(town, open_, currency="EUR"), town.collect(600)
    with pytest.raises(Gone):
        town.do(c.CountStray(stray=kept.id, collection=other, member=town.bo, **_private(town, town.mei)))  # type: ignore[arg-type]
    assert _open(town, town.mei) == (kept,)


def test_it_is_sent_back_by_the_channel_as_a_charge_of_its_own_and_asked_about_in_time(
    town: Town, open_: CollectionId
) -> None:
    kept = _arrives(town, open_, currency="EUR")
    refund = _send_back(town, kept, town.mei)
    known = town.store.run(lambda work: work.refund(refund.id))
    assert known is not None
    assert (known[1].reference, known[1].intent, known[1].currency) == ("odd", kept.intent, "EUR")
    requests = [row.request for row in town.claim() if isinstance(row.request, RefundRequest)]
    assert requests == [RefundRequest("refund", refund.id, "sandbox")]
    town.do(c.RefundAnswered(refund=refund.id, state=RefundState.UNKNOWN, cause="timeout"))
    later = town.now + timedelta(minutes=5)
    assert town.store.run(lambda work: work.refund_asks(later, most=9)) == [c.AskRefund(refund=refund.id)]
    assert _found(town) == []
    town.do(c.RefundAnswered(refund=refund.id, state=RefundState.REFUNDED))
    assert town.store.run(lambda work: work.stray(kept.id)).fate is Fate.RETURNED  # type: ignore[union-attr]
    assert _found(town) == []


def test_money_of_nobody_is_the_operators_and_goes_to_whom_they_say(town: Town, open_: CollectionId) -> None:
    kept = _arrives(town, open_, intent=IntentId("lost"))
    assert (_open(town, town.mei), _open(town, town.bo, admin=True)) == ((), (kept,))
    refund = _send_back(town, kept, town.bo, admin=True)
    town.do(c.RefundAnswered(refund=refund.id, state=RefundState.FAILED, cause="no"))
    (listed,) = _open(town, town.bo, admin=True)
    who = {"collection": open_, "member": town.ann, "stray": listed.id}
    town.do(c.CountStray(**who, **_private(town, town.bo, admin=True)))  # type: ignore[arg-type]
    assert [x.reference for x in town.store.run(lambda work: work.charges(open_, town.ann))] == ["odd"]
    assert _found(town) == []


def test_operators_are_known_by_their_platform_once_they_were_met(town: Town) -> None:
    known = town.store.run(lambda work: work.known(["room:1", "room:99", "telegram:2", "room:3"]))
    assert known == (town.mei, town.bo)
    assert town.store.run(lambda work: work.known([])) == ()


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM charge", "is said to be booked, and is not"),
        ("UPDATE stray SET fate = 'returned'", "something else went back"),
        ("UPDATE stray SET fate = 'counted' WHERE fate = 'returned'", "is said to be booked"),
        ("UPDATE refund SET amount = 1", "something else went back"),
    ],
)
def test_answers_that_were_changed_by_force_are_found(
    town: Town, open_: CollectionId, statement: str, what: str
) -> None:
    kept = _arrives(town, open_, currency="EUR")
    if "counted" in statement or "refund" in statement:
        town.do(c.RefundAnswered(refund=_send_back(town, kept, town.mei).id, state=RefundState.REFUNDED))
    else:
        town.do(c.CountStray(stray=kept.id, **_private(town, town.mei)))  # type: ignore[arg-type]
    assert _found(town) == []
    town.store.run(lambda work: work.connection.execute(sa.text(statement)))
    assert any(what in found for found in _found(town)), _found(town)
