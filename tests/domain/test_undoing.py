"""Taking the last change back: exactly, as another entry, or a no that says why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain import ledger
from bot.domain.command import Actor, Add, Adjust, Cancel, Close, Drop, GiveBack, Resplit, Undo, Waive
from bot.domain.decide.remembering import stake
from bot.domain.errors import CannotUndo, Gone, NotAllowed, TooLate
from bot.domain.model import CollectionState, MemberId
from tests.domain.group import ANN, BO, CAI, MEI, NOON, Group, said, told


@pytest.fixture
def group() -> Group:
    """Each of three owes 100; the organiser's own is settled, Ann has paid 40."""
    made = Group()
    made.collect(300)
    made.pay(ANN, 40)
    return made


def snapshot(group: Group) -> tuple[object, ...]:
    balances = {account: minor for account, minor in ledger.balances(group.entries).items() if minor}
    return {m: stake(d) for m, d in group.dues.items()}, group.header.tally, group.header.state, balances


CHANGES: list[tuple[type[Any], dict[str, Any]]] = [
    (Waive, {"member": ANN}),
    (Adjust, {"member": ANN, "amount": 20}),
    (Adjust, {"member": BO, "amount": 180}),
    (Drop, {"member": ANN}),
    (Drop, {"member": BO}),
    (Resplit, {"weights": ((ANN, 300),)}),
    (Cancel, {}),
]


@pytest.mark.parametrize(("kind", "options"), CHANGES)
def test_everything_is_as_it_was_and_the_books_have_one_more_entry(
    group: Group, kind: type[Any], options: dict[str, Any]
) -> None:
    before = snapshot(group)
    group.insist(kind, MEI, **options)
    changed, entries = snapshot(group), len(group.entries)
    assert changed != before
    decided = group.say(Undo, MEI)
    assert snapshot(group) == before
    assert len(group.entries) == entries + 1
    assert group.entries[-1].kind == "taken_back"
    assert "taken_back" in said(decided)
    for due in group.dues.values():
        assert (due.next_at is not None) is due.unsettled


def test_who_was_added_is_off_the_list_again(group: Group) -> None:
    group.insist(Add, MEI, member=CAI)
    group.say(Undo, MEI)
    assert {m: d.amount for m, d in group.dues.items() if d.counts} == {MEI: 100, ANN: 100, BO: 100}
    assert not group.dues[CAI].counts


def test_closing_by_mistake_is_taken_back_and_nobody_is_reminded_at_once(group: Group) -> None:
    group.now = NOON + timedelta(hours=20)
    group.say(Close, MEI)
    group.say(Undo, MEI)
    assert group.header.state is CollectionState.OPEN
    assert group.dues[BO].next_at == NOON + timedelta(hours=24)


def test_those_whom_it_touched_are_told(group: Group) -> None:
    group.insist(Drop, MEI, member=BO)
    decided = group.say(Undo, MEI)
    assert {n.member for n in decided.notices if n.key == "changed_for_you"} == {ANN, BO}
    assert told(decided, "taken_back").params["kind"] == "dropped"


def why_not(group: Group, **options: Any) -> str:
    with pytest.raises(CannotUndo) as no:
        group.say(Undo, MEI, **options)
    return str(no.value.params["why"])


def test_after_ten_minutes_it_stays(group: Group) -> None:
    group.insist(Waive, MEI, member=BO)
    group.now += timedelta(minutes=10, seconds=1)
    assert why_not(group) == "late"


def test_when_somebody_it_touched_has_paid_since_it_stays(group: Group) -> None:
    group.insist(Adjust, MEI, member=BO, amount=120)
    group.pay(BO, 5)
    assert why_not(group) == "money"


def test_when_money_went_back_since_it_stays(group: Group) -> None:
    group.insist(Drop, MEI, member=ANN)
    group.insist(GiveBack, MEI, member=ANN)
    assert why_not(group) == "money"


def test_money_of_others_does_not_hold_it_up(group: Group) -> None:
    group.insist(Adjust, MEI, member=BO, amount=120)
    group.pay(ANN)
    group.say(Undo, MEI)
    assert group.dues[BO].amount == 100


def test_only_the_last_change_and_only_once(group: Group) -> None:
    group.insist(Adjust, MEI, member=BO, amount=120)
    first = group.header.chain.seq
    group.insist(Adjust, MEI, member=ANN, amount=120)
    with pytest.raises(Gone):
        group.say(Undo, MEI, change=first)
    group.say(Undo, MEI, change=group.header.chain.seq)
    with pytest.raises(TooLate):
        group.say(Undo, MEI)
    assert (group.dues[ANN].amount, group.dues[BO].amount) == (100, 120)


def test_it_takes_somebody_in_charge(group: Group) -> None:
    group.insist(Adjust, MEI, member=BO, amount=120)
    with pytest.raises(NotAllowed):
        group.say(Undo, BO)
    group.say(Undo, BO, by=Actor(MemberId(BO), admin=True))
    assert group.dues[BO].amount == 100
