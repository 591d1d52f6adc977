"""Signing up: places, the waitlist, and all or nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from bot.domain import command as c, ledger
from bot.domain.curve import curve
from bot.domain.decide.places import waiting
from bot.domain.errors import (
    AlreadyIn,
    CannotLeave,
    NeedsQuorum,
    NotOwing,
    NotYet,
    PlacesDoNotFit,
    Refusal,
    TooLittle,
)
from bot.domain.model import CollectionState, Member, MemberId, Mode, Standing, Tally
from tests.domain.group import ANN, BO, CAI, MEI, NOON, Group, said, told

PEOPLE = tuple(MemberId(n) for n in range(1, 9))


def activity(cap: int = 2, **options: object) -> Group:
    """¥50 each, ``cap`` places, nobody in yet."""
    group = Group()
    group.collect(5_000, Mode.EACH, cap=cap, **options)
    return group


def line(group: Group) -> list[MemberId]:
    return [due.member for due in waiting(tuple(group.dues.values()))]


def amounts(group: Group) -> dict[MemberId, int | None]:
    return {member: due.amount for member, due in group.dues.items() if due.counts}


# -- places ---------------------------------------------------------------------------------------------------


def test_nobody_is_presumed_to_come() -> None:
    group = activity()
    assert group.dues == {}
    assert group.header.tally == Tally()


def test_whoever_comes_first_has_a_place_and_the_others_wait_in_order() -> None:
    group = activity()
    for member in (ANN, BO, CAI, MEI):
        group.say(c.Join, member)
    assert amounts(group) == {ANN: 5_000, BO: 5_000}
    assert line(group) == [CAI, MEI]
    assert told(group.say(c.AskStatus, BO), "status").params["heads"] == 2


def test_those_who_are_named_have_the_first_places() -> None:
    group = activity(only=(BO, ANN, CAI))
    assert amounts(group) == {BO: 5_000, ANN: 5_000}
    assert line(group) == [CAI]


def test_a_place_that_becomes_free_goes_to_whoever_waits_longest_and_they_are_asked_to_pay() -> None:
    group = activity()
    for member in (ANN, BO, CAI, MEI):
        group.say(c.Join, member)
        group.now += timedelta(minutes=1)
    left = group.say(c.Leave, ANN)
    assert told(left, "moved_up").member == CAI
    assert told(left, "moved_up").open_pay
    assert amounts(group) == {BO: 5_000, CAI: 5_000}
    assert line(group) == [MEI]
    group.say(c.Join, ANN)
    assert line(group) == [MEI, ANN]


def test_who_waits_owes_nothing_and_is_not_reminded() -> None:
    group = activity(cap=1)
    group.say(c.Join, ANN)
    group.say(c.Join, BO)
    assert group.dues[BO].remaining == 0
    assert group.dues[BO].next_at is None
    with pytest.raises(Refusal):
        group.say(c.AskToPay, BO)


def test_a_late_one_has_reminders_of_their_own_on_the_collections_grid() -> None:
    group = activity()
    group.now = NOON + timedelta(days=5, hours=1)
    group.say(c.Join, ANN)
    assert group.dues[ANN].next_at == NOON + timedelta(days=5, hours=6)
    assert group.dues[ANN].slot == 0


def test_who_leaves_the_waitlist_lets_nobody_move_up() -> None:
    group = activity(cap=1)
    for member in (ANN, BO, CAI):
        group.say(c.Join, member)
    assert said(group.say(c.Leave, BO)) == ["left", "card"]
    assert line(group) == [CAI]


def test_what_was_paid_for_a_place_given_back_is_the_payers_credit_and_pays_if_they_come_after_all() -> None:
    group = activity()
    group.say(c.Join, ANN)
    group.pay(ANN)
    left = group.say(c.Leave, ANN)
    assert told(left, "left_paid").member == MEI
    assert (group.dues[ANN].paid, group.dues[ANN].credit) == (0, 5_000)
    group.say(c.Join, ANN)
    assert (group.dues[ANN].paid, group.dues[ANN].credit) == (5_000, 0)


def test_one_cannot_sign_up_twice_or_leave_what_one_is_not_in() -> None:
    group = activity(cap=1)
    group.say(c.Join, ANN)
    with pytest.raises(AlreadyIn):
        group.say(c.Join, ANN)
    group.say(c.Join, BO)
    with pytest.raises(AlreadyIn) as caught:
        group.say(c.Join, BO)
    assert caught.value.params["waits"] == 1
    with pytest.raises(NotOwing):
        group.say(c.Leave, CAI)


def test_where_everybody_was_asked_only_the_organiser_takes_somebody_off() -> None:
    group = Group()
    group.collect(5_000, Mode.EACH)
    with pytest.raises(CannotLeave):
        group.say(c.Leave, ANN)


# -- all or nothing -------------------------------------------------------------------------------------------


def boat(quorum: int = 3, **options: object) -> Group:
    """¥100 in all, with at least ``quorum``."""
    group = Group()
    group.collect(10_000, quorum=quorum, **options)
    return group


def test_nobody_is_asked_to_pay_before_there_are_enough() -> None:
    group = boat()
    group.say(c.Join, ANN)
    group.say(c.Join, BO)
    assert group.header.state is CollectionState.GATHERING
    assert group.dues[ANN].amount is None
    assert group.dues[ANN].next_at is None
    for ask in (c.AskToPay, c.Claim):
        with pytest.raises(NotYet):
            group.say(ask, ANN)
    group.now += timedelta(days=1)
    assert group.tick().notices == ()


def test_with_the_last_one_who_is_needed_it_is_on_and_the_reminders_clock_starts() -> None:
    group = boat()
    for member in (ANN, BO):
        group.say(c.Join, member)
    group.now += timedelta(days=2)
    opened = group.say(c.Join, CAI)
    assert told(opened, "opened_up").params["heads"] == 3
    assert sorted(amounts(group).values()) == [3_333, 3_333, 3_334]  # type: ignore[type-var]
    assert group.header.opened_at == group.now
    assert group.dues[ANN].next_at == group.now + timedelta(hours=6)
    assert [e.kind for e in group.entries] == ["opened"]


def test_enough_who_are_named_at_once_open_it_at_once() -> None:
    group = boat(only=(ANN, BO, CAI))
    assert group.header.open
    assert sum(amounts(group).values()) == 10_000  # type: ignore[arg-type]


def test_the_organisers_own_share_is_settled_when_it_opens() -> None:
    group = boat(quorum=2)
    group.say(c.Join, MEI)
    group.say(c.Join, ANN)
    assert group.dues[MEI].paid == group.dues[MEI].amount == 5_000


def test_too_few_in_time_and_it_is_called_off_without_a_booking() -> None:
    group = boat(deadline=NOON + timedelta(days=1))
    group.say(c.Join, ANN)
    lapse = c.Lapse(collection=group.header.id)
    assert group.do(lapse).collection is None
    group.now += timedelta(days=1)
    assert said(group.do(lapse)) == ["card", "lapsed"]
    assert group.header.state is CollectionState.CANCELLED
    assert group.entries == []
    assert group.do(lapse).collection is None


def test_it_gathers_until_the_deadline_or_the_start_or_for_a_week() -> None:
    start, deadline = NOON + timedelta(days=3), NOON + timedelta(days=2)
    assert boat(starts_at=start, deadline=deadline).header.deadline == deadline
    assert boat(starts_at=start).header.deadline == start
    assert boat().header.deadline == NOON + timedelta(days=7)


def test_one_who_leaves_while_it_gathers_is_simply_off() -> None:
    group = boat()
    group.say(c.Join, ANN)
    group.say(c.Leave, ANN)
    assert group.header.tally.heads == 0
    group.say(c.Join, ANN)
    assert group.header.tally.heads == 1


def test_one_who_leaves_before_money_came_leaves_the_others_a_new_split() -> None:
    group = boat(quorum=2)
    for member in (ANN, BO, CAI):
        group.say(c.Join, member)
    group.say(c.Leave, CAI)
    assert amounts(group) == {ANN: 5_000, BO: 5_000}


def test_once_money_came_the_organiser_decides_whether_the_others_pay_more() -> None:
    group = boat(quorum=2)
    for member in (ANN, BO, CAI):
        group.say(c.Join, member)
    group.pay(ANN)
    proposed = group.say(c.Leave, BO)
    assert told(proposed, "propose_leaving").member == MEI
    assert len(amounts(group)) == 3
    group.agree(proposed)
    assert amounts(group) == {ANN: 5_000, CAI: 5_000}


def test_who_moves_up_takes_the_place_at_its_price_so_that_nobody_elses_share_changes() -> None:
    group = boat(quorum=3, cap=3)
    for member in (ANN, BO, CAI, MEI):
        group.say(c.Join, member)
    before = amounts(group)
    group.pay(BO)
    group.say(c.Leave, ANN)
    after = amounts(group)
    assert after[MEI] == before[ANN]
    assert {m: after[m] for m in (BO, CAI)} == {m: before[m] for m in (BO, CAI)}


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"cap": 2, "quorum": 3}, PlacesDoNotFit),
        ({"cap": 2}, NeedsQuorum),
        ({"cap": 20_000, "quorum": 2}, TooLittle),
    ],
)
def test_what_could_have_no_price_is_not_begun(options: dict[str, int], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        Group().collect(10_000, **options)


def test_the_price_curve_tells_the_largest_share_at_each_point() -> None:
    group = boat(quorum=18, cap=24)
    group.collection = group.header
    assert [(p.heads, p.more, p.minor) for p in curve(group.header)] == [(18, 0, 556), (21, 3, 477), (24, 6, 417)]
    group = activity(cap=9, quorum=3)
    assert [(p.heads, p.minor) for p in curve(group.header)] == [(3, 5_000)]


# -- whatever happens -----------------------------------------------------------------------------------------

STEPS = st.lists(st.tuples(st.sampled_from(["join", "leave", "pay", "part"]), st.sampled_from(PEOPLE)), max_size=40)


@given(
    total=st.integers(100, 10**7),
    quorum=st.integers(1, 5),
    spare=st.integers(0, 3),
    mode=st.sampled_from([Mode.EQUAL, Mode.EACH]),
    steps=STEPS,
)
def test_whatever_people_do_the_shares_are_exact_the_places_kept_and_the_books_balanced(
    total: int, quorum: int, spare: int, mode: Mode, steps: list[tuple[str, MemberId]]
) -> None:
    group = Group(*(Member(m, f"member {m}") for m in PEOPLE))
    group.collect(total, mode, quorum=quorum, cap=quorum + spare)
    for step, member in steps:
        group.now += timedelta(minutes=1)
        try:
            if step in ("join", "leave"):
                decided = group.say(c.Join if step == "join" else c.Leave, member)
                if decided.proposals:
                    group.agree(decided)
            elif group.header.open:
                group.pay(member, 1 if step == "part" else None)
        except Refusal:
            continue
        _sound(group, total, mode)


def _sound(group: Group, total: int, mode: Mode) -> None:
    header, counting = group.header, [d for d in group.dues.values() if d.counts]
    assert header.tally == sum((d.tally for d in group.dues.values()), Tally())
    assert header.cap is not None
    assert len(counting) <= header.cap
    assert len(counting) == header.cap or not line(group)
    assert all(d.paid >= 0 and d.credit >= 0 and (d.amount or 0) >= d.paid for d in group.dues.values())
    if header.open and counting:
        asked = [d.amount for d in counting]
        assert asked == [total] * len(counting) if mode is Mode.EACH else sum(asked) == total  # type: ignore[arg-type]
    if not header.open:
        assert not group.entries
    balances = ledger.balances(group.entries)
    assert sum(balances.values()) == 0
    for due in group.dues.values():
        assert balances.get(ledger.owed(due.member), 0) == due.remaining
        assert due.standing is not Standing.WAITING or due.amount is None
    arrived = sum(x.amount for x in group.charges.values())
    own = balances.get(ledger.OWN, 0)
    assert arrived + own == sum(d.paid + d.credit for d in group.dues.values())


def test_whom_the_organiser_drops_lets_the_next_one_in_at_the_same_price() -> None:
    for group in (activity(cap=2), boat(quorum=2, cap=2)):
        for member in (ANN, BO, CAI):
            group.say(c.Join, member)
        before = amounts(group)
        preview = group.say(c.Drop, MEI, member=ANN)
        assert "moved_up" not in said(preview)
        assert amounts(group) == before
        assert told(group.agree(preview), "moved_up").member == CAI
        assert amounts(group) == {BO: before[BO], CAI: before[ANN]}
