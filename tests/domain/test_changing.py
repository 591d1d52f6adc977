"""Changing while it runs: waive, adjust, close, cancel, leaving, losing the chat."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain import ledger
from bot.domain.command import Actor, Adjust, AskToPay, Cancel, ChatLost, Close, MemberLeft, Tick, Waive
from bot.domain.decision import Decision
from bot.domain.errors import BadAmount, NeedsReason, NotAllowed, NothingToPay, NotOpen, NotOwing
from bot.domain.model import CollectionState, DueState, Mode
from bot.domain.money import Money
from bot.domain.notice import Medium, Reply
from tests.domain.group import ANN, BO, CAI, CHAT, MEI, NOON, Group, said, told


@pytest.fixture
def group() -> Group:
    """Each of three owes 100; the organiser's own is settled."""
    made = Group()
    made.collect(300)
    return made


# -- proposals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options"), [(Waive, {"member": ANN}), (Adjust, {"member": ANN, "amount": 80}), (Cancel, {})]
)
def test_what_changes_others_money_is_read_back_and_changes_nothing_yet(
    group: Group, kind: type[Waive], options: dict[str, int]
) -> None:
    before = (group.header, dict(group.dues))
    decided = group.say(kind, MEI, **options)
    assert (group.header, group.dues) == before
    assert [b.label for row in decided.notices[0].buttons for b in row] == ["yes", "no"]
    assert decided.proposals[0].by == MEI
    assert decided.proposals[0].expires_at == NOON + timedelta(minutes=10)


def test_a_proposal_after_a_press_is_a_message_because_it_has_buttons(group: Group) -> None:
    decided = group.say(Cancel, MEI, reply=Reply(CHAT, press="p"))
    assert decided.notices[0].medium is Medium.CHAT


@pytest.mark.parametrize(
    ("kind", "options"),
    [(Waive, {"member": ANN}), (Adjust, {"member": ANN, "amount": 80}), (Cancel, {}), (Close, {})],
)
def test_only_the_organiser_and_admins_change_things(group: Group, kind: type[Waive], options: dict[str, int]) -> None:
    with pytest.raises(NotAllowed):
        group.say(kind, BO, **options)
    group.say(kind, BO, by=Actor(BO, admin=True), **options)


# -- waive ------------------------------------------------------------------------------------------------------


def test_a_waived_member_is_asked_no_more_and_all_may_know(group: Group) -> None:
    decided = group.insist(Waive, MEI, member=ANN, reason="birthday")
    assert said(decided) == ["waived", "changed_for_you", "card"]
    assert told(decided, "changed_for_you").member == ANN
    assert (group.dues[ANN].state, group.dues[ANN].remaining, group.dues[ANN].next_at) == (DueState.WAIVED, 0, None)
    assert (group.header.tally.settled, group.header.tally.amount) == (2, 200)
    assert ledger.balances(group.entries)["waived"] == 100


def test_what_was_paid_before_stays_when_the_rest_is_waived(group: Group) -> None:
    group.pay(ANN, 40)
    group.insist(Waive, MEI, member=ANN)
    assert (group.dues[ANN].paid, group.header.tally.paid) == (40, 140)
    assert ledger.balances(group.entries)["waived"] == 60


@pytest.mark.parametrize("mode", [Mode.EQUAL, Mode.SELF])
def test_one_waives_once(mode: Mode) -> None:
    group = Group()
    group.collect(300 if mode is Mode.EQUAL else None, mode)
    group.insist(Waive, MEI, member=ANN)
    with pytest.raises(NothingToPay):
        group.say(Waive, MEI, member=ANN)


def test_a_paid_due_is_not_waived_and_a_stranger_has_none(group: Group) -> None:
    group.pay(ANN)
    with pytest.raises(NothingToPay):
        group.say(Waive, MEI, member=ANN)
    with pytest.raises(NotOwing):
        group.say(Waive, CAI, member=CAI, by=Actor(CAI, admin=True))


def test_who_favours_themselves_says_why(group: Group) -> None:
    admin = Actor(ANN, admin=True)
    with pytest.raises(NeedsReason):
        group.say(Waive, ANN, member=ANN, by=admin)
    with pytest.raises(NeedsReason):
        group.say(Adjust, ANN, member=ANN, amount=1, by=admin)
    group.say(Adjust, ANN, member=ANN, amount=200, by=admin)
    group.say(Adjust, ANN, member=ANN, amount=1, by=admin, reason="was away")


# -- adjust -----------------------------------------------------------------------------------------------------


def test_a_due_is_set_anew_or_changed_by_an_amount(group: Group) -> None:
    group.insist(Adjust, MEI, member=ANN, amount=80)
    group.insist(Adjust, MEI, member=ANN, amount=-5, relative=True)
    assert (group.dues[ANN].amount, group.header.tally.amount) == (75, 275)
    with pytest.raises(BadAmount):
        group.say(Adjust, MEI, member=ANN, amount=-76, relative=True)


def test_what_is_paid_above_the_new_amount_is_a_credit_that_is_told(group: Group) -> None:
    group.pay(ANN)
    proposed = group.say(Adjust, MEI, member=ANN, amount=70)
    assert proposed.notices[0].params["credit"] == Money(30, "CNY")
    decided = group.agree(proposed)
    assert said(decided) == ["adjusted", "changed_for_you", "card"]
    assert told(decided, "changed_for_you").params["credit"] == Money(30, "CNY")
    assert (group.dues[ANN].paid, ledger.balances(group.entries)["listed:overpaid:2"]) == (70, -30)


def test_a_due_adjusted_to_what_is_paid_is_settled(group: Group) -> None:
    group.pay(ANN, 40)
    group.insist(Adjust, MEI, member=ANN, amount=40)
    assert (group.dues[ANN].state, group.dues[ANN].next_at) == (DueState.PAID, None)


def test_a_waived_due_that_is_adjusted_is_asked_for_again(group: Group) -> None:
    group.insist(Waive, MEI, member=ANN)
    group.insist(Adjust, MEI, member=ANN, amount=80)
    assert (group.dues[ANN].state, group.dues[ANN].remaining) == (DueState.INVITED, 80)
    assert (ledger.balances(group.entries)["waived"], ledger.balances(group.entries)["owed:2"]) == (0, 80)


def test_no_reminder_follows_at_once_when_a_waived_due_is_asked_for_again(group: Group) -> None:
    group.insist(Waive, MEI, member=ANN)
    group.now = NOON + timedelta(hours=20)
    group.insist(Adjust, MEI, member=ANN, amount=80)
    assert group.dues[ANN].next_at == NOON + timedelta(hours=24)


def test_lowering_the_organisers_own_share_gives_nothing_back(group: Group) -> None:
    decided = group.insist(Adjust, MEI, member=MEI, amount=80, reason="less to eat")
    assert said(decided) == ["adjusted", "card"]
    assert ledger.balances(group.entries)["own"] == 80


# -- close and cancel -------------------------------------------------------------------------------------------


def test_closing_stops_asking_and_keeps_what_is_paid(group: Group) -> None:
    group.pay(ANN)
    decided = group.say(Close, MEI)
    assert said(decided) == ["closed", "card"]
    assert group.header.state is CollectionState.CLOSED
    assert {d.next_at for d in group.dues.values()} == {None}
    assert group.dues[ANN].paid == 100
    with pytest.raises(NotOpen):
        group.say(Close, MEI)


def test_cancelling_lists_what_is_to_be_given_back(group: Group) -> None:
    group.pay(ANN, 40)
    decided = group.insist(Cancel, MEI)
    assert told(decided, "cancelled").params["payers"] == 1
    give_back = told(decided, "give_back")
    assert (give_back.member, give_back.params["money"]) == (MEI, Money(40, "CNY"))
    assert {d.state for d in group.dues.values()} == {DueState.DROPPED}
    left = {a: b for a, b in ledger.balances(group.entries).items() if b}
    assert left == {"received:sandbox": 40, "listed:cancelled:2": -40}


def test_a_waived_due_leaves_nothing_behind_when_all_is_called_off(group: Group) -> None:
    group.insist(Waive, MEI, member=ANN)
    group.insist(Cancel, MEI)
    assert set(ledger.balances(group.entries).values()) == {0}


def test_nobody_is_told_to_give_back_nothing(group: Group) -> None:
    assert "give_back" not in said(group.insist(Cancel, MEI))


# -- leaving ----------------------------------------------------------------------------------------------------


def test_who_leaves_owing_is_reminded_no_more_and_the_organiser_told(group: Group) -> None:
    group.say(AskToPay, ANN)
    decided = group.do(MemberLeft(collection=group.header.id, member=ANN))
    assert told(decided, "member_left").member == MEI
    assert (group.dues[ANN].next_at, group.dues[ANN].stalled_at) == (None, None)
    assert group.dues[ANN].remaining == 100


@pytest.mark.parametrize("member", [MEI, CAI])
def test_who_leaves_owing_nothing_is_nobodys_business(group: Group, member: int) -> None:
    assert group.do(MemberLeft(collection=group.header.id, member=member)) == Decision()  # type: ignore[arg-type]


def test_when_the_chat_is_lost_all_clocks_stop_and_the_books_stay(group: Group) -> None:
    group.do(ChatLost(chat=CHAT))
    assert group.chat.active is False
    assert {d.next_at for d in group.dues.values()} == {None}
    assert group.dues[ANN].remaining == 100


def test_the_clock_of_a_closed_collection_is_silenced_when_it_ticks(group: Group) -> None:
    group.say(Close, MEI)
    assert group.do(Tick(collection=group.header.id)) == Decision(silenced=(group.header.id,))
