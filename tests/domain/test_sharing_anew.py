"""Adding, dropping, splitting anew: what is read back is what is done, to whom it is told, and what comes of money."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.command import Add, Adjust, AskHistory, Drop, Join, Resplit, Undo, Waive
from bot.domain.errors import AlreadyIn, DoesNotAddUp, NeedsAmount, NeedsReason, NothingChanges, NotOwing, NotSplit
from bot.domain.model import DueState, Mode
from bot.domain.money import Money
from bot.domain.notice import Medium, Who
from tests.domain.group import ANN, BO, CAI, MEI, NOON, Group, said, told


@pytest.fixture
def group() -> Group:
    """Each of three owes 100; the organiser's own is settled."""
    made = Group()
    made.collect(300)
    return made


def amounts(group: Group) -> dict[int, int | None]:
    return {m: d.amount for m, d in group.dues.items() if d.counts}


def yuan(minor: int) -> Money:
    return Money(minor, "CNY")


# -- adding -----------------------------------------------------------------------------------------------------


def test_somebody_added_shares_the_total_and_everybody_it_touches_is_told(group: Group) -> None:
    group.pay(ANN)
    proposed = group.say(Add, MEI, member=CAI)
    preview = proposed.notices[0].params
    assert preview["money"] == yuan(75)
    assert preview["others"] == ({"count": 3, "who": (), "before": yuan(100), "after": yuan(75)},)
    assert (preview["credits"], preview["credit"]) == (1, yuan(25))
    assert (preview["starting"], preview["stopping"], preview["top_ups"]) == (1, 0, 0)
    decided = group.agree(proposed)
    assert amounts(group) == {MEI: 75, ANN: 75, BO: 75, CAI: 75}
    assert group.dues[ANN].credit == 25
    told_to = {n.member: n.params["how"] for n in decided.notices if n.key == "changed_for_you"}
    assert told_to == {ANN: "changed", BO: "changed", CAI: "added"}, "not the one who did it"
    assert all(n.medium is Medium.PRIVATE for n in decided.notices if n.key == "changed_for_you")
    assert said(decided, Medium.CHAT) == ["added"]


def test_an_amount_that_is_said_stands_and_the_others_share_the_rest(group: Group) -> None:
    group.insist(Add, MEI, member=CAI, amount=30)
    assert amounts(group) == {MEI: 90, ANN: 90, BO: 90, CAI: 30}
    assert group.dues[CAI].pinned


def test_a_newcomers_first_reminder_is_not_at_once(group: Group) -> None:
    group.now = NOON + timedelta(hours=11)
    group.insist(Add, MEI, member=CAI)
    assert group.dues[CAI].next_at == NOON + timedelta(hours=18)


def test_where_each_has_an_amount_of_their_own_nobody_else_is_touched() -> None:
    each = Group()
    each.collect(50, Mode.EACH)
    decided = each.insist(Add, MEI, member=CAI)
    assert each.dues[CAI].amount == 50
    assert [n.member for n in decided.notices if n.key == "changed_for_you"] == [CAI]
    fixed = Group()
    fixed.collect(mode=Mode.FIXED, fixed=((ANN, 30), (BO, 50)))
    with pytest.raises(NeedsAmount):
        fixed.say(Add, MEI, member=CAI)
    fixed.insist(Add, MEI, member=CAI, amount=20)
    assert fixed.header.tally.amount == 100
    chosen = Group()
    chosen.collect(mode=Mode.SELF)
    chosen.insist(Add, MEI, member=CAI)
    assert chosen.dues[CAI].amount is None


def test_nobody_is_added_twice(group: Group) -> None:
    with pytest.raises(AlreadyIn):
        group.say(Add, MEI, member=ANN)


# -- dropping ---------------------------------------------------------------------------------------------------


def test_what_somebody_who_is_dropped_had_paid_is_their_credit_and_the_others_top_up(group: Group) -> None:
    group.pay(ANN)
    group.pay(BO)
    proposed = group.say(Drop, MEI, member=ANN, reason="ill")
    preview = proposed.notices[0].params
    assert (preview["credit"], preview["top_ups"], preview["top_up"]) == (yuan(100), 1, yuan(50))
    assert (preview["starting"], preview["total"]) == (1, yuan(300))
    decided = group.agree(proposed)
    assert amounts(group) == {MEI: 150, BO: 150}
    assert (group.dues[ANN].state, group.dues[ANN].credit) == (DueState.DROPPED, 100)
    assert group.dues[BO].remaining == 50
    mine = next(n for n in decided.notices if n.member == ANN)
    assert (mine.params["how"], mine.params["credit"], mine.params["reason"]) == ("dropped", yuan(100), "ill")


def test_the_credit_of_somebody_dropped_counts_when_they_come_back(group: Group) -> None:
    group.pay(ANN)
    group.insist(Drop, MEI, member=ANN)
    group.say(Join, ANN)
    assert (group.dues[ANN].state, group.dues[ANN].paid, group.dues[ANN].credit) == (DueState.PAID, 100, 0)
    assert amounts(group) == {MEI: 100, ANN: 100, BO: 100}


def test_who_had_paid_and_owes_again_is_not_reminded_at_once(group: Group) -> None:
    group.pay(BO)
    group.now = NOON + timedelta(hours=20)
    group.insist(Drop, MEI, member=ANN)
    assert group.dues[BO].next_at == NOON + timedelta(hours=24)


def test_who_is_waived_or_has_not_chosen_can_be_dropped_as_well(group: Group) -> None:
    group.insist(Waive, MEI, member=ANN)
    group.insist(Drop, MEI, member=ANN)
    assert amounts(group) == {MEI: 150, BO: 150}
    chosen = Group()
    chosen.collect(mode=Mode.SELF)
    chosen.insist(Drop, MEI, member=ANN)
    assert chosen.dues[ANN].state is DueState.DROPPED
    assert chosen.entries[-1].kind == "dropped"
    with pytest.raises(NotOwing):
        chosen.say(Drop, MEI, member=ANN)


def test_leaving_ones_own_share_to_the_others_needs_a_reason(group: Group) -> None:
    with pytest.raises(NeedsReason):
        group.say(Drop, MEI, member=MEI)


def test_the_place_of_somebody_dropped_goes_to_whoever_waits_and_is_taken_back_with_it() -> None:
    group = Group()
    group.collect(50, Mode.EACH, cap=2, only=(MEI, ANN))
    group.say(Join, BO)
    proposed = group.say(Drop, MEI, member=ANN)
    assert (proposed.notices[0].params["moving_up"], said(proposed)) == (1, ["propose_drop"])
    decided = group.agree(proposed)
    assert amounts(group) == {MEI: 50, BO: 50}
    assert [n.key for n in decided.notices if n.member == BO] == ["moved_up"], "once"
    group.say(Undo, MEI)
    assert amounts(group) == {MEI: 50, ANN: 50}
    assert group.dues[BO].state is DueState.WAITING


# -- splitting anew -----------------------------------------------------------------------------------------------


def test_what_was_set_by_hand_stays_and_the_preview_says_so(group: Group) -> None:
    group.insist(Adjust, MEI, member=ANN, amount=40)
    assert group.header.tally.amount == 240
    proposed = group.say(Resplit, MEI)
    assert proposed.notices[0].params["kept"] == 1
    assert proposed.notices[0].params["total"] == yuan(300)
    group.agree(proposed)
    assert amounts(group) == {MEI: 130, ANN: 40, BO: 130}
    group.insist(Resplit, MEI, everybody=True)
    assert amounts(group) == {MEI: 100, ANN: 100, BO: 100}
    assert not group.dues[ANN].pinned


def test_the_named_get_their_weights_and_equal_makes_it_equal_again(group: Group) -> None:
    group.insist(Resplit, MEI, weights=((ANN, 200), (BO, 0)))
    assert amounts(group) == {MEI: 100, ANN: 200, BO: 0}
    group.insist(Drop, MEI, member=BO)
    assert amounts(group) == {MEI: 100, ANN: 200}, "weights stay until they are set anew"
    group.insist(Resplit, MEI)
    assert amounts(group) == {MEI: 150, ANN: 150}


def test_somebody_named_shares_again_though_their_amount_was_set_by_hand(group: Group) -> None:
    group.insist(Adjust, MEI, member=ANN, amount=40)
    group.insist(Resplit, MEI, weights=((ANN, 100),))
    assert amounts(group) == {MEI: 100, ANN: 100, BO: 100}


def test_a_split_by_shares_keeps_them_unless_it_is_to_be_equal() -> None:
    group = Group()
    group.collect(400, Mode.SHARES, weights=((MEI, 100), (ANN, 200), (BO, 100)))
    group.insist(Drop, MEI, member=BO)
    assert amounts(group) == {MEI: 133, ANN: 267}
    with pytest.raises(NothingChanges):
        group.say(Resplit, MEI)
    group.insist(Resplit, MEI, equal=True)
    assert amounts(group) == {MEI: 200, ANN: 200}


def test_what_cannot_be_split_is_said(group: Group) -> None:
    with pytest.raises(NothingChanges):
        group.say(Resplit, MEI)
    for member in (MEI, ANN, BO):
        group.insist(Adjust, MEI, member=member, amount=150)
    with pytest.raises(DoesNotAddUp):
        group.say(Resplit, MEI)
    each = Group()
    each.collect(50, Mode.EACH)
    with pytest.raises(NotSplit):
        each.say(Resplit, MEI)


# -- between the preview and the yes -------------------------------------------------------------------------------


def test_what_was_read_is_read_again_when_somebody_pays_meanwhile(group: Group) -> None:
    proposed = group.say(Drop, MEI, member=ANN)
    group.pay(ANN)
    again = group.agree(proposed)
    assert amounts(group) == {MEI: 100, ANN: 100, BO: 100}, "nothing is changed blindly"
    assert told(again, "propose_drop").params["stale"] is True
    assert told(again, "propose_drop").params["credit"] == yuan(100)
    group.agree(again)
    assert amounts(group) == {MEI: 150, BO: 150}


def test_what_does_not_touch_the_numbers_does_not_hold_it_up(group: Group) -> None:
    proposed = group.say(Adjust, MEI, member=ANN, amount=80)
    group.pay(BO)
    assert "adjusted" in said(group.agree(proposed))


# -- the history --------------------------------------------------------------------------------------------------


def test_the_history_says_who_did_what_to_whom_and_why(group: Group) -> None:
    group.insist(Add, MEI, member=CAI, reason="came too")
    lines = told(group.say(AskHistory, BO), "history").params["lines"]
    assert isinstance(lines, tuple)
    added = next(line for line in lines if line["kind"] == "added")  # type: ignore[call-overload, index]
    assert (added["by"], added["about"], added["reason"]) == (Who(MEI), Who(CAI), "came too")  # type: ignore[call-overload, index]
