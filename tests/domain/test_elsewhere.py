"""Money that went back without us: booked once, off the right dues, and told of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import command as c, ledger
from bot.domain.decision import Decision
from bot.domain.errors import Gone, TooSoon
from bot.domain.model import (
    Astray,
    Charge,
    DueState,
    Fate,
    IntentId,
    IntentState,
    Listing,
    RefundState,
    Standing,
    Stray,
)
from bot.domain.notice import Reply
from tests.domain.books import hold
from tests.domain.group import ANN, BO, CHAT, MEI, Group

PRIVATE = Reply(CHAT, message="m", private=True)


@pytest.fixture
def group() -> Group:
    """Mei, Ann and Bo, 100 each; Ann has paid."""
    group = Group()
    group.collect(300)
    group.pay(ANN)
    return group


def _charge(group: Group) -> Charge:
    return next(iter(group.charges.values()))


def _said(decided: Decision) -> set[str]:
    return {n.key for n in decided.notices}


def test_a_refund_on_the_channels_own_pages_is_a_refund(group: Group) -> None:
    decided = group.do(group.back(_charge(group)))
    (refund,) = decided.refunds
    assert (refund.state, refund.amount, refund.cause) == (RefundState.REFUNDED, 100, "elsewhere")
    assert group.dues[ANN].state is DueState.REFUNDED
    assert group.dues[ANN].returned == 100
    assert _said(decided) == {"returned_elsewhere", "returned_to_you", "card"}
    assert not ledger.balances(group.entries)["received:sandbox"]


def test_a_part_that_went_back_is_asked_for_no_more(group: Group) -> None:
    group.do(group.back(_charge(group), 30))
    assert (group.dues[ANN].amount, group.dues[ANN].paid, group.dues[ANN].state) == (70, 70, DueState.PAID)


def test_it_counts_once_whatever_tells_of_it(group: Group) -> None:
    back = group.back(_charge(group), 30)
    group.do(back)
    assert group.do(back) == Decision()
    assert group.do(replace(back, reference="", total=True)) == Decision()
    assert len(group.do(replace(back, reference="", total=True, amount=50)).refunds) == 1
    assert group.dues[ANN].paid == 50


def test_ours_is_part_of_all_that_went_back(group: Group) -> None:
    (refund,) = group.insist(c.GiveBack, MEI, member=ANN, amount=30).refunds
    assert group.do(group.back(_charge(group), 30, reference="", total=True)) == Decision()
    group.answers(refund, RefundState.REFUNDED)
    assert group.do(group.back(_charge(group), 30, reference="", total=True)) == Decision()


def test_what_is_on_no_due_goes_back_first(group: Group) -> None:
    again = group.start(BO)
    group.arrives(again, 130)
    group.say(c.Accept, MEI, member=BO)
    group.do(group.back(group.charges["sandbox", list(group.charges)[-1][1]], 30))
    assert (group.dues[BO].credit, group.dues[BO].paid, group.dues[BO].state) == (0, 100, DueState.PAID)


def test_what_the_payers_bank_took_back_is_owed_again_and_rests(group: Group) -> None:
    decided = group.do(group.back(_charge(group), kind="dispute"))
    assert (group.dues[ANN].paid, group.dues[ANN].remaining, group.dues[ANN].standing) == (0, 100, Standing.DISPUTED)
    (told,) = (n for n in decided.notices if n.key == "returned_elsewhere")
    assert [b.label for row in told.buttons for b in row] == ["owes", "let_go"]
    assert not [n for n in group.at(hours=6).notices if n.member == ANN]
    group.say(c.Keep, MEI, member=ANN)
    assert group.dues[ANN].unsettled
    group.pay(ANN)
    assert group.dues[ANN].state is DueState.PAID


def test_a_dispute_that_is_won_pays_what_it_had_paid(group: Group) -> None:
    back = group.back(_charge(group), kind="dispute")
    group.do(back)
    decided = group.do(replace(back, undone=True))
    assert (group.dues[ANN].state, group.dues[ANN].credit, group.dues[ANN].returned) == (DueState.PAID, 0, 0)
    assert "came_again" in _said(decided)
    assert group.do(replace(back, undone=True)) == Decision()


def test_a_refund_that_bounces_is_credit(group: Group) -> None:
    back = group.back(_charge(group), 30)
    group.do(back)
    group.do(replace(back, undone=True))
    assert (group.dues[ANN].amount, group.dues[ANN].credit) == (70, 30)
    assert group.held(ANN) == {Listing.OVERPAID: 30}


def test_what_was_paid_for_others_comes_off_theirs_after_the_payers_own() -> None:
    group = Group()
    group.collect(300)
    group.do(c.AskToPay(by=c.Actor(ANN), reply=PRIVATE, which=c.Which(CHAT, id=group.header.id), covers=(BO,)))
    group.pay(ANN)
    decided = group.do(group.back(_charge(group), 150))
    assert [(r.member, r.paid_for, r.amount) for r in decided.refunds] == [(ANN, 0, 100), (ANN, BO, 50)]
    assert (group.dues[ANN].state, group.dues[BO].paid) == (DueState.REFUNDED, 50)
    assert {n.member for n in decided.notices if n.key == "returned_to_you"} == {ANN, BO}


def test_more_than_there_is_is_told_and_not_booked(group: Group) -> None:
    decided = group.do(group.back(_charge(group), 120))
    assert sum(r.amount for r in decided.refunds) == 100
    assert "returned_too_much" in _said(decided)
    (kept,) = decided.strays
    assert (kept.amount, kept.why, kept.open) == (20, Astray.BEYOND, True)
    assert group.do(group.back(_charge(group), 120)) == Decision()
    listed = group.do(c.AskMoney(by=c.Actor(MEI), reply=PRIVATE))
    assert [b.label for row in listed.notices[1].buttons for b in row] == ["settled"]
    for answer in (c.CountStray, c.ReturnStray):
        with pytest.raises(Gone):
            group.do(answer(by=c.Actor(MEI), reply=PRIVATE, stray=kept.id))
    group.do(c.SettleStray(by=c.Actor(MEI), reply=PRIVATE, stray=kept.id))
    assert [s.fate for s in group.strays.values()] == [Fate.SETTLED]


def test_more_than_there_is_that_comes_again_is_off_the_list(group: Group) -> None:
    back = group.back(_charge(group), 120)
    group.do(back)
    for _ in range(2):
        group.do(replace(back, undone=True))
        group.do(back)
        assert [s.fate for s in group.strays.values()] == [Fate.SETTLED]
        assert (group.dues[ANN].credit, group.dues[ANN].returned) == (100, 0)
        hold(group)


def test_what_goes_back_before_its_charge_is_known_is_to_be_told_again(group: Group) -> None:
    intent = group.start(BO)
    back = replace(group.back(_charge(group)), charge="later", intent=intent.id)
    with pytest.raises(TooSoon):
        group.do(back)
    group.arrives(intent, reference="later")
    assert group.do(back).refunds


def test_money_that_came_for_an_attempt_that_was_called_off_and_went_back_with_it_never_was_here(group: Group) -> None:
    """Alipay gives back by itself what had come when it is told to cancel."""
    intent = group.start(BO)
    group.do(c.ChannelAnswered(intent=intent.id, state=IntentState.CLOSED, cause="refunded_by_cancel"))
    assert group.do(replace(group.back(_charge(group)), charge="unheard of", intent=intent.id)) == Decision()


def test_refunds_of_another_shop_on_the_same_account_are_none_of_our_business(group: Group) -> None:
    foreign = replace(group.back(_charge(group)), charge="theirs", intent=IntentId("theirs"))
    assert group.do(foreign) == Decision()
    assert group.do(replace(group.back(_charge(group)), currency="EUR")) == Decision()


def test_money_that_could_not_be_booked_and_went_back_is_off_the_list(group: Group) -> None:
    group.arrives(group.start(BO), reference="x", currency="EUR")
    (kept,) = group.strays.values()
    back = replace(group.back(_charge(group)), charge="x", currency="EUR", intent=IntentId(kept.intent))
    assert [s.fate for s in group.do(back).strays] == [Fate.RETURNED]


def _euros(group: Group) -> tuple[Stray, c.RecordReturn]:
    """Bo paid 20.00 euros, says the channel; and what it says when they go back."""
    group.arrives(group.start(BO), 2000, reference="x", currency="EUR")
    (kept,) = group.strays.values()
    return kept, replace(group.back(_charge(group), 2000), charge="x", currency="EUR", reference="re-x")


@pytest.mark.parametrize("kind", ["refund", "dispute"])
def test_another_currency_that_was_counted_and_went_back_counts_no_more(group: Group, kind: str) -> None:
    kept, back = _euros(group)
    group.do(c.CountStray(by=c.Actor(MEI), reply=PRIVATE, stray=kept.id))
    back = replace(back, kind=kind)  # type: ignore[arg-type]
    for _ in range(2):
        decided = group.do(back)
        assert (group.dues[BO].paid, group.dues[BO].returned) == (0, 100)
        hold(group)
    assert decided == Decision()
    group.do(replace(back, undone=True))
    assert (group.dues[BO].paid + group.dues[BO].credit, group.dues[BO].returned) == (100, 0)
    hold(group)


@pytest.mark.parametrize("counted", [False, True])
def test_a_part_of_what_is_not_booked_as_what_it_is_is_for_a_person_to_settle(group: Group, counted: bool) -> None:
    kept, back = _euros(group)
    if counted:
        group.do(c.CountStray(by=c.Actor(MEI), reply=PRIVATE, stray=kept.id))
    paid = group.dues[BO].paid
    decided = group.do(replace(back, amount=500))
    assert "returned_too_much" in _said(decided)
    (part,) = decided.strays
    assert (part.amount, part.currency, part.why, part.open) == (500, "EUR", Astray.BEYOND, True)
    assert group.do(replace(back, amount=500)) == Decision()
    assert group.dues[BO].paid == paid
    hold(group)


def test_what_was_not_booked_and_comes_again_waits_for_an_answer_anew(group: Group) -> None:
    kept, back = _euros(group)
    group.do(back)
    decided = group.do(replace(back, undone=True))
    assert [s.fate for s in decided.strays] == [Fate.OPEN]
    assert [r.state for r in decided.refunds] == [RefundState.FAILED]
    for told in (replace(back, undone=True), back):
        assert group.do(told) == Decision()
    group.do(c.CountStray(by=c.Actor(MEI), reply=PRIVATE, stray=kept.id))
    assert group.dues[BO].paid == 100


@pytest.mark.parametrize("amount", [500, 2000])
def test_of_what_was_not_booked_news_may_overtake_other_news_too(group: Group, amount: int) -> None:
    kept, back = _euros(group)
    for undone in (True, False, True):
        group.do(replace(back, amount=amount, undone=undone))
        assert group.strays["sandbox", "x"].open
        assert [s.open for s in group.strays.values()] == [True, False]
    group.do(c.CountStray(by=c.Actor(MEI), reply=PRIVATE, stray=kept.id))
    assert group.do(replace(back, amount=amount)) == Decision()
    assert group.dues[BO].paid == 100


def test_what_is_on_the_list_is_not_booked_besides_when_there_is_something_to_book_it_on(group: Group) -> None:
    (ours,) = group.insist(c.GiveBack, MEI, member=ANN).refunds
    group.answers(ours, RefundState.REFUNDED)
    back = group.back(_charge(group))
    group.do(back)
    group.answers(ours, RefundState.FAILED, "account_closed")
    assert group.do(back) == Decision()
    assert group.dues[ANN].credit == 100
    hold(group)


def test_what_is_on_its_way_back_at_our_word_is_told_of_again_when_that_has_ended(group: Group) -> None:
    kept, back = _euros(group)
    (ours,) = group.agree(group.do(c.ReturnStray(by=c.Actor(MEI), reply=PRIVATE, stray=kept.id))).refunds
    with pytest.raises(TooSoon):
        group.do(back)
    group.answers(ours, RefundState.FAILED, "charge_already_refunded")
    assert [s.fate for s in group.do(back).strays] == [Fate.RETURNED]


# -- in whatever order, and under whatever name --------------------------------------------------------------------


def test_news_that_overtakes_other_news_changes_nothing(group: Group) -> None:
    back = group.back(_charge(group), kind="dispute")
    group.do(replace(back, undone=True))
    group.do(back)
    assert (group.dues[ANN].state, group.dues[ANN].returned) == (DueState.PAID, 0)
    hold(group)


def test_a_dispute_that_is_won_after_they_paid_anew_is_their_credit(group: Group) -> None:
    back = group.back(_charge(group), kind="dispute")
    group.do(back)
    group.say(c.Keep, MEI, member=ANN)
    group.say(c.Confirm, MEI, member=ANN)
    group.do(replace(back, undone=True))
    assert (group.dues[ANN].paid, group.dues[ANN].credit) == (100, 100)
    hold(group)


def test_a_dispute_that_is_won_pays_again_for_whom_it_had_paid() -> None:
    group = Group()
    group.collect(300)
    group.do(c.AskToPay(by=c.Actor(ANN), reply=PRIVATE, which=c.Which(CHAT, id=group.header.id), covers=(BO,)))
    group.pay(ANN)
    back = group.back(_charge(group), kind="dispute")
    group.do(back)
    assert [group.dues[m].state for m in (ANN, BO)] == [DueState.DISPUTED] * 2
    hold(group)
    group.do(replace(back, undone=True))
    assert [group.dues[m].state for m in (ANN, BO)] == [DueState.PAID] * 2
    hold(group)


@pytest.mark.parametrize("kind", ["refund", "dispute"])
def test_how_a_dispute_ends_is_the_same_money(group: Group, kind: str) -> None:
    back = group.back(_charge(group), kind="dispute", reference="pp-1")
    group.do(back)
    assert group.do(replace(back, reference="r-2", kind=kind)) == Decision()  # type: ignore[arg-type]
    group.do(replace(back, reference="r-2", undone=True))
    assert group.dues[ANN].state is DueState.PAID
    hold(group)


def test_what_was_to_go_back_by_hand_and_went_on_the_channels_pages_has_gone(group: Group) -> None:
    (by_hand,) = group.insist(c.GiveBack, MEI, member=ANN, by_hand=True).refunds
    decided = group.do(group.back(_charge(group)))
    assert list(group.refunds) == [by_hand.id]
    assert (group.refunds[by_hand.id].state, group.refunds[by_hand.id].way) == (RefundState.REFUNDED, "sandbox")
    assert _said(decided) == {"refund_gone"}
    hold(group)


def test_what_was_to_go_back_by_hand_is_known_where_the_channel_tells_the_sum_alone(group: Group) -> None:
    group.do(group.back(_charge(group), 30, reference="a", total=True))
    group.insist(c.GiveBack, MEI, member=ANN, amount=40, by_hand=True)
    group.do(group.back(_charge(group), 70, reference="b", total=True))
    assert (group.dues[ANN].amount, group.dues[ANN].returned) == (30, 70)
    assert all(r.state is RefundState.REFUNDED for r in group.refunds.values())
    hold(group)


def test_how_a_dispute_of_a_part_ends_is_the_same_money(group: Group) -> None:
    back = group.back(_charge(group), 40, kind="dispute", reference="pp-1")
    group.do(back)
    assert group.do(replace(back, reference="r-2")) == Decision()
    assert (group.dues[ANN].paid, group.dues[ANN].returned) == (60, 40)
    hold(group)


def test_while_ours_is_on_its_way_the_same_on_the_channels_pages_is_to_be_told_again(group: Group) -> None:
    (ours,) = group.insist(c.GiveBack, MEI, member=ANN).refunds
    back = group.back(_charge(group))
    with pytest.raises(TooSoon):
        group.do(back)
    group.answers(ours, RefundState.FAILED, "charge_already_refunded")
    assert group.do(back).strays == ()
    assert (group.dues[ANN].credit, group.dues[ANN].returned) == (0, 100)
    hold(group)


def test_where_a_channel_tells_the_sum_alone_each_part_is_found_in_whatever_order(group: Group) -> None:
    charge, sums = _charge(group), {"a": 30, "b": 50, "c": 100}
    for reference in ("c", "a", "b"):
        at = group.now + timedelta(hours="abc".index(reference))
        group.do(group.back(charge, sums[reference], reference=reference, at=at, total=True))
    assert {r.reference: r.amount for r in group.refunds.values()} == {"a": 30, "b": 20, "c": 50}
    assert group.dues[ANN].returned == 100
    hold(group)
