"""Asking for money: collect, undo, join, declare."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import ledger
from bot.domain.command import Actor, AskHelp, AskStatus, Cancel, Declare, Join, OpenDue, Undo, Waive, Which
from bot.domain.decide import decide
from bot.domain.decision import Context, State
from bot.domain.errors import (
    AlreadyIn,
    AskOrganiser,
    NobodyToAsk,
    NoCollection,
    NotAllowed,
    NothingToPay,
    NotOpen,
    NotOwing,
    OnlyInGroup,
    PostAsYourself,
    TooLate,
    TooLittle,
    TooMuch,
    WhichCollection,
)
from bot.domain.model import ChatId, CollectionState, DueState, Member, Mode
from bot.domain.money import Money
from bot.domain.notice import Medium, Reply
from bot.domain.policy import Policy
from tests.domain.group import ANN, BO, CAI, CHAT, MEI, NOON, Group, said, told


@pytest.fixture
def group() -> Group:
    return Group()


# -- collect ----------------------------------------------------------------------------------------------------


def test_a_total_is_split_among_everybody_known_the_organiser_included(group: Group) -> None:
    group.collect(20000)
    assert sorted(d.amount or 0 for d in group.dues.values()) == [6666, 6667, 6667]
    assert sum(d.amount or 0 for d in group.dues.values()) == 20000


def test_the_organisers_own_share_is_settled_from_the_start(group: Group) -> None:
    group.collect(300)
    assert group.dues[MEI].state is DueState.PAID
    assert (group.header.tally.settled, group.header.tally.paid) == (1, 100)
    assert ledger.balances(group.entries) == {"owed:2": 100, "owed:3": 100, "own": 100, "asked": -300}


def test_an_organiser_who_collects_for_somebody_else_owes_like_everybody() -> None:
    group = Group(policy=Policy(organiser_pays=True))
    group.collect(300)
    assert group.dues[MEI].state is DueState.INVITED


def test_the_card_is_posted_at_once_and_what_was_understood_is_read_back(group: Group) -> None:
    decided = group.collect(20000, title="Dinner")
    assert said(decided) == ["card", "collected"]
    assert told(decided, "card").medium is Medium.CARD
    back = told(decided, "collected")
    assert (back.params["title"], back.params["heads"], back.params["reminders"]) == ("Dinner", 3, 12)
    assert back.params["total"] == Money(20000, "CNY")
    assert [button.label for row in back.buttons for button in row] == ["undo"]


def test_the_same_is_asked_of_each(group: Group) -> None:
    group.collect(5000, Mode.EACH)
    assert {d.amount for d in group.dues.values()} == {5000}


def test_amounts_can_be_fixed_one_by_one(group: Group) -> None:
    group.collect(mode=Mode.FIXED, fixed=((ANN, 3000), (BO, 5000), (ANN, 1)))
    assert {m: d.amount for m, d in group.dues.items()} == {ANN: 3001, BO: 5000}
    assert group.header.amount == 8001


def test_only_those_named_are_asked(group: Group) -> None:
    group.collect(100, only=(BO, ANN, BO))
    assert list(group.dues) == [BO, ANN]


def test_the_organiser_and_others_can_stay_out(group: Group) -> None:
    group.collect(100, exclude=(ANN,), include_organiser=False)
    assert list(group.dues) == [BO]


def test_an_organiser_alone_has_nobody_to_ask() -> None:
    with pytest.raises(NobodyToAsk):
        Group(Member(MEI)).collect(100)


def test_nobody_is_asked_for_less_than_one_unit(group: Group) -> None:
    with pytest.raises(TooLittle) as refused:
        group.collect(2)
    assert refused.value.params["minimum"] == Money(3, "CNY")


def test_money_is_collected_in_groups_only(group: Group) -> None:
    group.chat = replace(group.chat, private=True)
    with pytest.raises(OnlyInGroup):
        group.collect(100)


def test_nobody_who_hides_may_touch_money_but_may_ask_for_help(group: Group) -> None:
    hidden = Actor(MEI, admin=True, anonymous=True)
    with pytest.raises(PostAsYourself):
        group.collect(100, by=hidden)
    assert said(group.do(AskHelp(by=hidden, reply=Reply(CHAT)))) == ["help"]


def test_the_collection_keeps_the_payee_of_its_beginning(group: Group) -> None:
    group.members[MEI] = replace(group.members[MEI], payee="Alipay 138", payee_picture="qr")
    group.collect(300)
    group.members[MEI] = replace(group.members[MEI], payee="another")
    assert (group.header.payee, group.header.payee_picture) == ("Alipay 138", "qr")


# -- undo ---------------------------------------------------------------------------------------------------------


def test_undo_takes_everything_back(group: Group) -> None:
    group.collect(300)
    decided = group.say(Undo, MEI)
    assert said(decided) == ["card", "undone"]
    assert group.header.state is CollectionState.CANCELLED
    assert set(ledger.balances(group.entries).values()) == {0}
    assert {d.next_at for d in group.dues.values()} == {None}


def test_undo_is_for_the_organiser_and_for_a_minute(group: Group) -> None:
    group.collect(300)
    with pytest.raises(NotAllowed):
        group.say(Undo, ANN, by=Actor(ANN, admin=True))
    group.now = NOON + timedelta(seconds=61)
    with pytest.raises(TooLate):
        group.say(Undo, MEI)


def test_what_somebody_paid_for_is_not_undone(group: Group) -> None:
    group.collect(300)
    group.pay(ANN, 1)
    with pytest.raises(TooLate):
        group.say(Undo, MEI)


# -- which ----------------------------------------------------------------------------------------------------------


def test_without_a_collection_there_is_nothing_to_join(group: Group) -> None:
    group.collect(300)
    group.collection = None
    with pytest.raises(NoCollection):
        group.do(Join(by=Actor(CAI), reply=Reply(CHAT), which=Which(CHAT)))


def test_a_button_carried_into_another_chat_finds_nothing(group: Group) -> None:
    group.collect(300)
    with pytest.raises(NoCollection):
        group.say(Join, CAI, reply=Reply(ChatId(99), press="p"))


def test_of_several_collections_one_must_be_named() -> None:
    asked = AskStatus(by=Actor(ANN), reply=Reply(CHAT), which=Which(CHAT))
    with pytest.raises(WhichCollection) as refused:
        decide(State(open_numbers=(3, 5)), asked, Context(NOON, Policy(), ()))
    assert refused.value.params["numbers"] == (3, 5)


# -- join -------------------------------------------------------------------------------------------------------------


def test_before_the_first_payment_a_newcomer_makes_the_split_anew(group: Group) -> None:
    group.collect(300)
    assert said(group.say(Join, CAI)) == ["joined", "card"]
    assert [d.amount for d in group.dues.values()] == [75, 75, 75, 75]
    assert (group.header.tally.heads, group.header.tally.amount) == (4, 300)
    assert group.dues[MEI].paid == 75


def test_after_it_the_organiser_is_asked_first(group: Group) -> None:
    group.collect(300)
    group.pay(ANN)
    asked = group.say(Join, CAI)
    assert said(asked) == ["propose_join", "join_asked"]
    assert (told(asked, "propose_join").member, asked.proposals[0].by) == (MEI, MEI)
    assert CAI not in group.dues


def test_a_yes_lets_them_in_and_credits_those_who_paid_more(group: Group) -> None:
    group.collect(300)
    group.pay(ANN)
    decided = group.agree(group.say(Join, CAI))
    credit = told(decided, "credited")
    assert (credit.member, credit.params["over"]) == (ANN, Money(25, "CNY"))
    assert (group.dues[ANN].paid, group.dues[CAI].amount) == (75, 75)


def test_where_each_pays_the_same_a_newcomer_changes_nothing_for_others(group: Group) -> None:
    group.collect(5000, Mode.EACH)
    group.pay(ANN)
    group.say(Join, CAI)
    assert (group.dues[CAI].amount, group.dues[BO].amount) == (5000, 5000)


def test_one_joins_once_and_not_where_amounts_were_fixed(group: Group) -> None:
    group.collect(300)
    with pytest.raises(AlreadyIn):
        group.say(Join, ANN)
    fixed = Group()
    fixed.collect(mode=Mode.FIXED, fixed=((ANN, 100),))
    with pytest.raises(AskOrganiser):
        fixed.say(Join, CAI)


def test_a_newcomers_first_reminder_does_not_follow_at_once(group: Group) -> None:
    group.collect(5000, Mode.EACH)
    group.now = NOON + timedelta(hours=5)
    group.say(Join, CAI)
    assert group.dues[CAI].next_at == NOON + timedelta(hours=12)


# -- declare ----------------------------------------------------------------------------------------------------------


def test_in_a_voluntary_collection_everybody_says_their_own_amount(group: Group) -> None:
    group.collect(mode=Mode.SELF, goal=2000)
    assert {d.amount for d in group.dues.values()} == {None}
    assert said(group.say(Declare, ANN, amount=700)) == ["declared", "card"]
    assert group.dues[ANN].amount == 700
    group.say(Declare, ANN, amount=500)
    assert ledger.balances(group.entries)["owed:2"] == 500


@pytest.mark.parametrize(("amount", "refusal"), [(9, TooLittle), (501, TooMuch), (0, TooLittle)])
def test_a_declared_amount_keeps_within_the_bounds(group: Group, amount: int, refusal: type[Exception]) -> None:
    group.collect(mode=Mode.SELF, minimum=10, maximum=500)
    with pytest.raises(refusal):
        group.say(Declare, ANN, amount=amount)


def test_one_cannot_declare_less_than_one_has_paid(group: Group) -> None:
    group.collect(mode=Mode.SELF)
    group.say(Declare, ANN, amount=700)
    group.pay(ANN, 600)
    with pytest.raises(TooLittle):
        group.say(Declare, ANN, amount=599)


def test_amounts_that_were_set_are_not_declared(group: Group) -> None:
    group.collect(300)
    with pytest.raises(AskOrganiser):
        group.say(Declare, ANN, amount=1)


def test_who_has_no_due_has_nothing_to_declare(group: Group) -> None:
    group.collect(mode=Mode.SELF)
    with pytest.raises(NotOwing):
        group.say(Declare, CAI, amount=100)


def test_who_was_waived_has_nothing_to_declare(group: Group) -> None:
    group.collect(mode=Mode.SELF)
    group.insist(Waive, MEI, member=ANN)
    with pytest.raises(NothingToPay):
        group.say(Declare, ANN, amount=100)


def test_a_collection_that_was_called_off_takes_nobody_in(group: Group) -> None:
    group.collect(300)
    group.insist(Cancel, MEI)
    with pytest.raises(NotOpen):
        group.say(Join, CAI)
    with pytest.raises(NotOpen):
        group.do(OpenDue(collection=group.header.id, member=ANN))


def test_the_organisers_own_share_stays_settled_whatever_becomes_of_it(group: Group) -> None:
    group.collect(mode=Mode.SELF)
    group.say(Declare, MEI, amount=500)
    assert (group.dues[MEI].state, group.dues[MEI].next_at) == (DueState.PAID, None)
    assert ledger.balances(group.entries) == {"own": 500, "asked": -500}


def test_an_organiser_who_joins_later_owes_nothing_to_themselves(group: Group) -> None:
    group.collect(5000, mode=Mode.EACH, include_organiser=False)
    group.say(Join, MEI)
    assert (group.dues[MEI].amount, group.dues[MEI].state) == (5000, DueState.PAID)
