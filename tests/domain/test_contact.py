"""The contact policy: whom a step may reach, and the one reason that speaks against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from bot.domain import contact
from bot.domain.contact import Gate, People, Reason
from bot.domain.decision import Contact, Contacted
from bot.domain.model import ChatId, Collection, CollectionId, MemberId, Mode
from bot.domain.policy import GENTLE, GENTLE_HOURS, Policy, Quiet

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANN, BO, CAI = MemberId(2), MemberId(3), MemberId(4)
ZONE, BERLIN = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")
POLICY = Policy()
COLLECTION = Collection(
    CollectionId("k"), 1, ChatId(7), MemberId(1), "", Mode.EQUAL, "CNY", NOON, POLICY.every, POLICY.lasting
)
OTHER = CollectionId("other")
NEAR = People(reachable={ANN, BO, CAI}, consenting={ANN, BO, CAI})


def _came(
    member: MemberId, at: datetime, step: str = "reminder:1", *, medium: str = "private", of: str = "k"
) -> Contact:
    return Contact(CollectionId(of), step, medium, "sent", "due", (member,), at)


def _why_not(
    *past: Contact,
    step: str = "reminder:5",
    medium: contact.Medium = "private",
    people: People = NEAR,
    policy: Policy = POLICY,
    now: datetime = NOON,
    collection: Collection = COLLECTION,
    phoned: tuple[Contacted, ...] = (),
    zone: ZoneInfo = ZONE,
) -> Reason | None:
    """What speaks against reaching Ann; None when nothing does."""
    asked = Gate(policy, zone, collection, past, phoned).ask(step, medium, (ANN,), people, now)
    return asked.refused[0][0] if asked.refused else None


# -- reasons ----------------------------------------------------------------------------------------------------


def test_where_nothing_speaks_against_it_a_member_is_reached() -> None:
    assert _why_not() is None


@pytest.mark.parametrize("reason", ["claimed", "disputed", "promised", "snoozed", "muted"])
@pytest.mark.parametrize("medium", sorted(contact.MEDIA))
def test_who_is_to_be_left_alone_is_reached_by_no_medium(reason: str, medium: contact.Medium) -> None:
    people = replace(NEAR, **{reason: {ANN}})  # type: ignore[arg-type]
    assert _why_not(people=people, medium=medium, step=medium) == reason


def test_every_reason_is_put_to_each_member_by_itself() -> None:
    people = People(reachable={ANN, BO, CAI}, muted={BO}, claimed={CAI})
    asked = Gate(POLICY, ZONE, COLLECTION, ()).ask("reminder:1", "private", (ANN, BO, CAI), people, NOON)
    assert asked.sent == [ANN]
    assert asked.refused == [(Reason.CLAIMED, (CAI,)), (Reason.MUTED, (BO,))]


def test_as_many_as_were_announced_come_and_no_more() -> None:
    three = replace(COLLECTION, contract=3)
    past = [_came(ANN, NOON - n * DAY, f"reminder:{n}") for n in (1, 2, 3)]
    assert _why_not(*past[:2], collection=three) is None
    assert _why_not(*past, collection=three) is Reason.CONTRACT
    assert _why_not(*[_came(ANN, c.at, c.step, of=OTHER) for c in past], collection=three) is None


def test_another_collections_message_stands_for_a_reminder_that_follows_closely() -> None:
    assert _why_not(_came(ANN, NOON - 2 * HOUR, of=OTHER)) is Reason.MERGED
    assert _why_not(_came(ANN, NOON - 3 * HOUR, of=OTHER)) is None
    assert _why_not(_came(BO, NOON - 2 * HOUR, of=OTHER)) is None
    assert _why_not(_came(ANN, NOON - HOUR, "service_notice", medium="service_notice")) is Reason.MERGED


def test_a_step_comes_once_a_local_date_even_when_the_clock_is_set_back() -> None:
    honolulu = ZoneInfo("Pacific/Honolulu")
    before = _came(ANN, NOON + 4 * HOUR)  # 06:00 there; NOON is 02:00 of the same date
    assert _why_not(before, step="reminder:1", zone=honolulu) is Reason.TWICE
    assert _why_not(_came(ANN, NOON - 3 * HOUR), step="reminder:1", zone=honolulu) is None  # 23:00 the day before


# -- ceilings ---------------------------------------------------------------------------------------------------

CALM = replace(POLICY, ceilings=GENTLE, gentle_hours=GENTLE_HOURS)


def test_gently_a_member_is_reached_once_a_day_and_three_times_a_week_over_all_media() -> None:
    assert _why_not(_came(ANN, NOON - 2 * HOUR, "sms", medium="sms"), policy=CALM, step="call", medium="call") is (
        Reason.BUDGET
    )
    week = [_came(ANN, NOON - n * DAY, f"reminder:{n}", of=OTHER) for n in (1, 3, 6)]
    assert _why_not(*week, policy=CALM) is Reason.BUDGET
    assert _why_not(*week[:2], policy=CALM) is None
    assert _why_not(*week[:2], _came(ANN, NOON - 7 * DAY), policy=CALM) is None


def test_gently_a_chat_gets_one_round_a_day() -> None:
    roster = _came(BO, NOON - 2 * HOUR, medium="chat", of=OTHER)
    assert _why_not(roster, policy=CALM, medium="chat") is Reason.BUDGET
    assert _why_not(roster, policy=CALM) is None


@pytest.mark.parametrize(("hour", "minute", "quiet"), [(20, 30, True), (20, 29, False), (8, 59, True), (9, 0, False)])
@pytest.mark.parametrize("medium", sorted(contact.MEDIA))
def test_gently_nothing_comes_from_half_past_eight_to_nine(
    hour: int, minute: int, quiet: bool, medium: contact.Medium
) -> None:
    found = _why_not(policy=CALM, medium=medium, step=medium, now=NOON.replace(hour=hour, minute=minute))
    assert found is (Reason.QUIET_HOURS if quiet else None)


@pytest.mark.parametrize("medium", ["sms", "call"])
def test_no_configuration_lets_a_phone_ring_at_night(medium: contact.Medium) -> None:
    loose = replace(POLICY, quiet_personal=Quiet(time(3), time(4)))
    assert _why_not(policy=loose, medium=medium, step=medium, now=NOON.replace(hour=21)) is Reason.QUIET_HOURS
    assert _why_not(policy=loose, medium=medium, step=medium, now=NOON.replace(hour=7)) is Reason.QUIET_HOURS


@pytest.mark.parametrize(("days", "reason"), [(6, Reason.BUDGET), (7, None)])
def test_after_a_call_was_answered_none_comes_for_a_week(days: int, reason: Reason | None) -> None:
    answered = Contacted(ANN, "answer", NOON - days * DAY)
    assert _why_not(phoned=(answered,), step="call", medium="call") is reason
    assert _why_not(phoned=(answered,), step="sms", medium="sms") is None


def test_the_contract_counts_what_the_ceilings_leave() -> None:
    assert POLICY.most_contacts == 15, "12 reminders and the three rungs of the ladder"
    assert CALM.most_contacts == 3
    assert replace(CALM, lasting=timedelta(days=20)).most_contacts == 9


@given(st.lists(st.integers(0, 14), max_size=40), st.integers(1, 12))
def test_turns_go_round_so_that_nobody_is_named_twice_more_than_another(leaving: list[int], most: int) -> None:
    waiting, past = [MemberId(n) for n in range(15)], list[Contact]()
    for slot, gone in enumerate(leaving):
        gate = Gate(POLICY, ZONE, COLLECTION, past)
        named = gate.turns(waiting, most)
        assert len(named) == min(most, len(waiting))
        past.append(Contact(COLLECTION.id, f"reminder:{slot}", "chat", "sent", "due", tuple(named), NOON + slot * HOUR))
        waiting = [m for m in waiting if m != gone or len(waiting) == 1]
        times = [sum(m in c.members for c in past) for m in waiting]
        assert max(times) - min(times) <= 1


# -- quiet hours ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quiet", "hour", "expected"),
    [
        (None, 3, False),
        (Quiet(time(9), time(9)), 9, False),
        (Quiet(time(21), time(8)), 21, True),
        (Quiet(time(21), time(8)), 3, True),
        (Quiet(time(21), time(8)), 8, False),
        (Quiet(time(1), time(7)), 1, True),
        (Quiet(time(1), time(7)), 0, False),
        (Quiet(time(1), time(7)), 7, False),
    ],
)
def test_quiet_hours_may_cross_midnight_and_end_on_the_hour(quiet: Quiet | None, hour: int, expected: bool) -> None:
    assert contact.is_quiet(() if quiet is None else (quiet,), ZONE, NOON.replace(hour=hour)) is expected


@pytest.mark.parametrize(
    ("night", "morning"),
    [
        (datetime(2026, 3, 28, 21, tzinfo=UTC), datetime(2026, 3, 29, 6, tzinfo=UTC)),
        (datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 7, tzinfo=UTC)),
    ],
    ids=["an hour shorter", "an hour longer"],
)
def test_the_night_of_a_clock_change_ends_at_eight_by_the_wall(night: datetime, morning: datetime) -> None:
    assert contact.quiet_end((POLICY.quiet_personal,), BERLIN, night) == morning


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_in_the_future() -> None:
    second = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 02:15 for the second time
    assert contact.quiet_end((Quiet(time(22), time(2, 30)),), BERLIN, second) == second.replace(minute=30)


@given(
    night=st.sampled_from([datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)]),
    now=st.timedeltas(timedelta(0), 48 * HOUR),
    ahead=st.timedeltas(timedelta(0), 12 * HOUR),
)
def test_around_a_clock_change_quiet_hours_end_in_the_future(night: datetime, now: timedelta, ahead: timedelta) -> None:
    local = (night + now).astimezone(BERLIN)
    quiet = Quiet(local.time(), (local + ahead).time())
    if contact.is_quiet((quiet,), BERLIN, night + now):
        assert contact.quiet_end((quiet,), BERLIN, night + now) > night + now


# -- what is remembered -----------------------------------------------------------------------------------------

HISTORY = st.lists(
    st.builds(
        Contact,
        st.sampled_from([CollectionId("k"), CollectionId("k"), OTHER]),
        st.sampled_from(["reminder:1", "reminder:5", "promise", "sms", "claim"]),
        st.sampled_from([*sorted(contact.MEDIA), "organiser"]),
        st.sampled_from(["sent", "sent", "sent", "skipped"]),
        st.just("due"),
        st.lists(st.sampled_from([ANN, BO, CAI]), min_size=1, max_size=3, unique=True).map(tuple),
        st.integers(0, 24 * 40).map(lambda hours: NOON - HOUR * hours),
    ),
    max_size=60,
)


def _remembered(policy: Policy, collection: Collection, past: list[Contact]) -> list[Contact]:
    """What the store tells of ``past`` (``store.contacts``)."""
    back, week = NOON - contact.looks_back(policy, collection.every), NOON - 7 * DAY
    mine = [x for x in past if x.outcome == "sent" and x.medium in contact.MEDIA and x.collection == collection.id]
    whole = contact.may_reach_the_contract(collection, policy, len({(x.step, x.at) for x in mine}))
    old = [x for x in mine if whole or x.medium == "chat"]
    near = [x for x in past if x.outcome == "sent" and x.at > (week if x.medium == "organiser" else back)]
    return [x for x in past if x in near or x in old]


@given(
    past=HISTORY,
    step=st.sampled_from(["reminder:5", "reminder:9", "promise", "sms"]),
    medium=st.sampled_from(sorted(contact.MEDIA)),
    gentle=st.booleans(),
    every=st.sampled_from([6, 24, 24 * 5, 24 * 20]),
    contract=st.integers(1, 30),
)
def test_what_is_not_remembered_would_change_no_decision(
    past: list[Contact], step: str, medium: contact.Medium, gentle: bool, every: int, contract: int
) -> None:
    past = list({(x.collection, x.step, x.at, m): replace(x, members=(m,)) for x in past for m in x.members}.values())
    past.sort(key=lambda x: x.at)
    policy = Policy(ceilings=GENTLE) if gentle else POLICY
    collection = replace(COLLECTION, every=HOUR * every, lasting=DAY * 60, contract=contract)
    told = [x for x in past if x.medium != "organiser" or x.at > NOON - 7 * DAY]
    whole, remembered = (
        Gate(policy, BERLIN, collection, known) for known in (told, _remembered(policy, collection, past))
    )
    for gate in (whole, remembered):
        gate.note(_came(BO, NOON, "reminder:7"))
    asked = [gate.ask(step, medium, (ANN, BO, CAI), NEAR, NOON) for gate in (whole, remembered)]
    assert asked[0] == asked[1]
    assert whole.turns([ANN, BO, CAI], 2) == remembered.turns([ANN, BO, CAI], 2)
    assert whole.nudge("claims", NOON) == remembered.nudge("claims", NOON)
    assert whole.stale(NOON) == remembered.stale(NOON)
