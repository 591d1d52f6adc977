"""The two clocks of a due, as functions of now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from bot.domain import dunning, forecast
from bot.domain.contact import Gate, Reason
from bot.domain.decision import Contacted
from bot.domain.dunning import Climb, Escalation, Turn
from bot.domain.forecast import Planned
from bot.domain.model import (
    ChatId,
    Collection,
    CollectionId,
    CollectionState,
    Due,
    Member,
    MemberId,
    Mode,
    Standing,
)
from bot.domain.policy import Policy, Quiet

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERY, MOST = 6 * HOUR, 12
ANN = MemberId(2)
POLICY = Policy()
ZONE = ZoneInfo("UTC")
CONSENTING = Member(ANN, "Ann", reachable=True, phone="+8613800000000", consent=True)
STALLED = Due(ANN, 500, NOON, stalled_at=NOON)
WAITS = (Standing.ACTIVE, Standing.CLAIMED, Standing.DISPUTED)
COLLECTION = Collection(
    CollectionId("k"), 1, ChatId(7), MemberId(1), "", Mode.EQUAL, "CNY", NOON, POLICY.every, POLICY.lasting
)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"])
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def _turn(slot: int, *, at: timedelta) -> Turn:
    return dunning.turn(NOON, slot, EVERY, MOST, now=NOON + at)


def _escalate(
    due: Due, now: datetime, member: Member = CONSENTING, *before: Contacted, zone: ZoneInfo = ZONE
) -> Escalation:
    return dunning.escalate(due, member, POLICY, zone, Gate(POLICY, zone, COLLECTION, (), before), now)


def _foreseen(
    due: Due, member: Member, collection: Collection = COLLECTION, policy: Policy = POLICY, *before: Contacted
) -> list[Planned]:
    return list(forecast.foresee(due, member, collection, policy, ZONE, (), before, NOON))


# -- reminders ------------------------------------------------------------------------------------------------


def test_a_reminder_comes_every_six_hours_and_the_twelfth_is_the_last() -> None:
    slot, at, sent = 0, NOON, []
    while (step := dunning.turn(NOON, slot, EVERY, MOST, now=at)).next_at is not None:
        slot, at = step.slot, step.next_at
        sent += [(step.sent, at)] if step.sent else []
    assert (step.sent, step.last, at) == (12, True, NOON + 72 * HOUR)
    assert [k for k, _ in sent] == list(range(1, 12))


def test_before_its_time_nothing_is_dealt_with() -> None:
    assert _turn(0, at=6 * HOUR - timedelta(microseconds=1)) == Turn(0, NOON + 6 * HOUR, ())


def test_after_downtime_one_reminder_stands_for_all_that_were_missed() -> None:
    step = _turn(0, at=20 * HOUR)
    assert (step.sent, step.next_at) == (3, NOON + 24 * HOUR)
    assert step.skipped == ((1, Reason.MISSED), (2, Reason.MISSED))


def test_a_late_reminder_swallows_the_slot_that_is_close_behind() -> None:
    step = _turn(2, at=22 * HOUR)
    assert (step.sent, step.slot, step.next_at) == (3, 4, NOON + 30 * HOUR)
    assert step.skipped == ((4, Reason.MERGED),)


def test_a_bot_that_comes_back_after_the_end_sends_nothing() -> None:
    step = _turn(10, at=78 * HOUR)
    assert (step.sent, step.next_at, step.last) == (0, None, True)
    assert step.skipped == ((11, Reason.MISSED), (12, Reason.EXPIRED))


@given(st.lists(st.integers(0, 100 * 60), max_size=40))
def test_whenever_the_bot_wakes_every_slot_is_dealt_with_once(minutes: list[int]) -> None:
    slot, dealt, sent = 0, [], []
    for now in sorted(NOON + timedelta(minutes=m) for m in minutes):
        step = dunning.turn(NOON, slot, EVERY, MOST, now=now)
        dealt += [k for k, _ in step.skipped] + ([step.sent] if step.sent else [])
        sent += [now] if step.sent else []
        slot = step.slot
        assert step.next_at is None or step.next_at > now
    assert sorted(dealt) == list(range(1, slot + 1))
    assert all(later - earlier >= EVERY / 2 for earlier, later in pairwise(sent))


@given(st.integers(0, 80 * 60))
def test_a_newcomers_first_reminder_is_half_an_interval_away(minutes: int) -> None:
    now = NOON + timedelta(minutes=minutes)
    slot = dunning.first_slot(NOON, EVERY, now)
    assert EVERY / 2 <= dunning.slot_at(NOON, EVERY, slot + 1) - now <= EVERY * 3 / 2


# -- the ladder ---------------------------------------------------------------------------------------------------


def _climbs(due: Due, now: datetime, member: Member = CONSENTING, *before: Contacted) -> tuple[Climb, ...]:
    return _escalate(due, now, member, *before).climbs


def test_a_stalled_payer_gets_an_sms_a_notice_and_a_call() -> None:
    due, climbs = STALLED, []
    while (at := dunning.rung_at(due, POLICY, due.rung)) is not None:
        step = _escalate(due, at)
        climbs += [(at - NOON, climb.via, climb.outcome) for climb in step.climbs]
        due = replace(due, rung=step.rung)
    assert climbs == [
        (timedelta(minutes=3), "sms", "sent"),
        (timedelta(minutes=15), "service_notice", "sent"),
        (timedelta(hours=24), "call", "sent"),
    ]


def test_before_three_minutes_nothing_is_climbed() -> None:
    step = _escalate(STALLED, NOON + timedelta(minutes=2))
    assert (step.rung, step.next_at, step.climbs) == (0, NOON + timedelta(minutes=3), ())


def test_without_an_attempt_there_is_no_ladder() -> None:
    step = _escalate(replace(STALLED, stalled_at=None), NOON + 99 * HOUR)
    assert (step.next_at, step.climbs) == (None, ())


def test_after_downtime_only_the_latest_rung_is_climbed() -> None:
    assert _climbs(STALLED, NOON + HOUR) == (
        Climb("sms", "skipped", Reason.MISSED),
        Climb("service_notice", "sent", Reason.DUE),
    )


@pytest.mark.parametrize(
    ("member", "rung", "reason"),
    [
        (replace(CONSENTING, muted=True), 0, Reason.MUTED),
        (replace(CONSENTING, muted=True), 1, Reason.MUTED),
        (replace(CONSENTING, consent=False), 0, Reason.NO_CONSENT),
        (replace(CONSENTING, phone=""), 2, Reason.NO_CONSENT),
        (replace(CONSENTING, reachable=False), 1, Reason.UNREACHABLE),
    ],
)
def test_nobody_is_reached_who_said_no_or_cannot_be(member: Member, rung: int, reason: Reason) -> None:
    at = dunning.rung_at(STALLED, POLICY, rung)
    assert at is not None
    (climb,) = _climbs(replace(STALLED, rung=rung), at, member)
    assert (climb.outcome, climb.reason) == ("skipped", reason)


@pytest.mark.parametrize(
    ("before", "outcome"),
    [
        ((("sms", 23),), "skipped"),
        ((("sms", 24),), "sent"),
        ((("call", 23),), "sent"),
        ((("sms", 30), ("sms", 60), ("call", 167)), "skipped"),
        ((("sms", 30), ("sms", 60), ("call", 168)), "sent"),
        ((("service_notice", 1),) * 9, "sent"),
    ],
)
def test_one_sms_a_day_and_three_contacts_a_week_are_the_ceiling(
    before: tuple[tuple[str, int], ...], outcome: str
) -> None:
    at = NOON + timedelta(minutes=3)
    known = [Contacted(ANN, medium, at - hours * HOUR) for medium, hours in before]
    (climb,) = _climbs(STALLED, at, CONSENTING, *known)
    assert (climb.outcome, climb.reason) == (outcome, Reason.DUE if outcome == "sent" else Reason.BUDGET)


@pytest.mark.parametrize(("hours", "outcome"), [(71, "skipped"), (72, "sent")])
def test_a_call_comes_once_in_three_days(hours: int, outcome: str) -> None:
    at = NOON + 24 * HOUR
    (climb,) = _climbs(replace(STALLED, rung=2), at, CONSENTING, Contacted(ANN, "call", at - hours * HOUR))
    assert climb.outcome == outcome


def test_what_others_got_is_not_counted() -> None:
    at = NOON + timedelta(minutes=3)
    (climb,) = _climbs(STALLED, at, CONSENTING, *[Contacted(MemberId(9), "sms", NOON)] * 3)
    assert climb.outcome == "sent"


def test_an_sms_at_night_is_left_out_when_a_notice_follows_before_the_morning() -> None:
    night = NOON.replace(hour=22)
    step = _escalate(replace(STALLED, stalled_at=night), night + timedelta(minutes=3))
    assert step.climbs == (Climb("sms", "skipped", Reason.QUIET_HOURS),)
    assert (step.rung, step.next_at) == (1, night + timedelta(minutes=15))


def test_a_call_at_night_waits_for_the_morning() -> None:
    stalled = NOON.replace(hour=23)
    due, night, morning = replace(STALLED, stalled_at=stalled, rung=2), stalled + 24 * HOUR, stalled + 33 * HOUR
    step = _escalate(due, night)
    assert (step.rung, step.next_at) == (2, morning)
    assert step.climbs == (Climb("call", "deferred", Reason.QUIET_HOURS),)
    assert _climbs(due, morning) == (Climb("call", "sent", Reason.DUE),)


@given(stalled=INSTANTS, rung=st.integers(0, 3), late=st.timedeltas(timedelta(0), 40 * HOUR), zone=ZONES)
def test_a_clock_that_was_dealt_with_never_comes_up_again_at_once(
    stalled: datetime, rung: int, late: timedelta, zone: str
) -> None:
    due = replace(STALLED, stalled_at=stalled, rung=rung)
    step = _escalate(due, stalled + late, zone=ZoneInfo(zone))
    assert step.next_at is None or step.next_at > stalled + late


# -- the plan ---------------------------------------------------------------------------------------------------


def test_the_sweep_comes_for_whichever_clock_is_first() -> None:
    assert dunning.next_at(replace(STALLED, stalled_at=None), COLLECTION, POLICY) == NOON + 6 * HOUR
    assert dunning.next_at(STALLED, COLLECTION, POLICY) == NOON + timedelta(minutes=3)
    assert dunning.next_at(replace(STALLED, rung=2), COLLECTION, POLICY) == NOON + 6 * HOUR
    assert dunning.next_at(replace(STALLED, rung=3, slot=12), COLLECTION, POLICY) is None


@pytest.mark.parametrize(
    "due",
    [
        replace(STALLED, paid=500),
        *(replace(STALLED, standing=s) for s in Standing if s not in WAITS),
    ],
    ids=lambda due: due.state.value,
)
def test_nothing_is_planned_for_those_who_are_settled(due: Due) -> None:
    assert dunning.next_at(due, COLLECTION, POLICY) is None
    assert not _foreseen(due, CONSENTING)


@pytest.mark.parametrize("standing", [Standing.CLAIMED, Standing.DISPUTED])
def test_what_waits_for_the_organiser_is_looked_at_and_reaches_nobody(standing: Standing) -> None:
    due = replace(STALLED, stalled_at=None, standing=standing)
    assert dunning.next_at(due, COLLECTION, POLICY) == NOON + 6 * HOUR
    assert {(p.sent, p.reason.value) for p in _foreseen(due, CONSENTING)} == {(False, standing.value)}


def test_nothing_is_planned_in_a_closed_collection() -> None:
    closed = replace(COLLECTION, state=CollectionState.CLOSED)
    assert dunning.next_at(STALLED, closed, POLICY) is None
    assert not _foreseen(STALLED, CONSENTING, closed)


def test_the_preview_lists_every_contact_in_order_with_its_reason() -> None:
    planned = _foreseen(STALLED, CONSENTING)
    assert [p.at for p in planned] == sorted(p.at for p in planned)
    assert [(p.at - NOON, p.via) for p in planned if p.via != "private"] == [
        (timedelta(minutes=3), "sms"),
        (timedelta(minutes=15), "service_notice"),
        (timedelta(hours=24), "call"),
    ]
    private = [(p.at - NOON, p.reason) for p in planned if p.via == "private"]
    enough = {EVERY * k: Reason.CONTRACT for k in (10, 11, 12)}
    assert private == [(EVERY * k, enough.get(EVERY * k, Reason.DUE)) for k in range(1, 13)]
    assert sum(p.sent for p in planned) == COLLECTION.most_contacts


def test_the_preview_says_what_will_be_left_out_and_why() -> None:
    quiet = replace(POLICY, quiet_chat=Quiet(time(23), time(7)))
    silent = Member(ANN, "Ann", muted=True)
    awake = replace(silent, muted=False)
    muted = _foreseen(STALLED, silent, COLLECTION, quiet)
    assert {(p.sent, p.reason) for p in muted} == {(False, Reason.MUTED)}
    resting = replace(STALLED, stalled_at=None)
    planned = _foreseen(resting, awake, COLLECTION, quiet)
    assert {p.at.hour for p in planned if p.reason is Reason.QUIET_HOURS} == {0, 6}
    assert [p.sent for p in planned].count(True) == 6


def test_the_preview_counts_its_own_messages_against_the_budget() -> None:
    yesterday = [Contacted(ANN, "sms", NOON - days * 24 * HOUR) for days in (2, 4)]
    planned = _foreseen(STALLED, CONSENTING, COLLECTION, POLICY, *yesterday)
    assert [(p.via, p.reason) for p in planned if p.via in ("sms", "call")] == [
        ("sms", Reason.DUE),
        ("call", Reason.BUDGET),
    ]
