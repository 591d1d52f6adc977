"""What the clock does to a group: who is reminded, where, and when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.domain.command import (
    Actor,
    Adjust,
    AskPreview,
    AskToPay,
    Claim,
    Close,
    Dispute,
    Join,
    Keep,
    LetGo,
    Reject,
    Rest,
    SetReminders,
    Waive,
)
from bot.domain.decision import Decision
from bot.domain.errors import NotAllowed
from bot.domain.model import Member, MemberId, Mode
from bot.domain.notice import Medium, Reply
from bot.domain.policy import Policy, Quiet
from tests.domain.group import ANN, BO, CAI, CHAT, MEI, NOON, Group, pinged, said, steps, told


def _owing(**changes: object) -> Group:
    """Mei collects 100 from each; Ann and Bo owe. ``changes`` are Ann's."""
    ann = replace(Member(ANN, "Ann"), **changes)  # type: ignore[arg-type]
    group = Group(Member(MEI, "Mei"), ann, Member(BO, "Bo"))
    group.collect(300)
    return group


def _crowd(heads: int, **policy: object) -> Group:
    people = [Member(MemberId(n), f"M{n}") for n in range(1, heads + 2)]
    group = Group(*people, policy=replace(Policy(), **policy))  # type: ignore[arg-type]
    group.collect(100, Mode.EACH)
    return group


# -- who ------------------------------------------------------------------------------------------------------


def test_those_who_owe_are_reminded_in_one_message() -> None:
    decided = _owing().at(hours=6)
    assert pinged(decided) == [ANN, BO]
    assert said(decided, Medium.CHAT) == ["reminder"]
    assert told(decided, "reminder").once
    assert steps(decided) == [("reminder:1", "sent", "due")]


def test_nobody_hears_anything_before_the_time() -> None:
    assert _owing().at(hours=5, minutes=59) == replace(Decision(), touched=_owing().header.id)


def test_who_has_paid_claimed_or_was_waived_is_not_reminded() -> None:
    group = _crowd(4)
    group.pay(MemberId(2))
    group.say(Claim, MemberId(3))
    group.insist(Waive, MEI, member=MemberId(4))
    assert pinged(group.at(hours=6)) == [5]


def test_who_can_be_written_to_is_reminded_in_private() -> None:
    decided = _owing(reachable=True).at(hours=6)
    assert told(decided, "reminder_private").member == ANN
    assert pinged(decided) == [BO]


def test_one_word_stops_all_reminders_and_is_kept_as_the_reason() -> None:
    group = _owing()
    group.do(SetReminders(by=Actor(ANN), reply=Reply(CHAT), on=False))
    decided = group.at(hours=6)
    assert pinged(decided) == [BO]
    assert ("reminder:1", "skipped", "muted") in steps(decided)


def test_when_all_said_stop_nothing_is_sent() -> None:
    group = _owing(muted=True)
    group.pay(BO)
    assert said(group.at(hours=6)) == []


def test_a_message_mentions_four_and_a_slot_three_messages() -> None:
    group = _crowd(20)
    decided = group.at(hours=6)
    assert said(decided, Medium.CHAT) == ["reminder", "reminder_more", "reminder_more"]
    assert len(pinged(decided)) == 12
    assert told(decided, "reminder").params["more"] == 8


def test_in_turn_everybody_is_mentioned_equally_often() -> None:
    group = _crowd(20)
    named = [m for slot in range(1, 6) for m in pinged(group.at(hours=6 * slot))]
    assert {named.count(m) for m in group.roster if m != MEI} == {3}


# -- when -----------------------------------------------------------------------------------------------------


def test_there_are_twelve_reminders_and_then_a_summary() -> None:
    group = _owing()
    every = [group.at(hours=6 * slot) for slot in range(1, 13)]
    assert [len(pinged(d)) for d in every] == [2] * 12
    assert [said(d).count("summary") for d in every] == [0] * 11 + [1]
    assert told(every[-1], "summary").member == MEI
    assert {d.next_at for d in group.dues.values()} == {None}


def test_after_downtime_there_is_one_reminder_and_no_burst() -> None:
    decided = _owing().at(hours=20)
    assert said(decided, Medium.CHAT) == ["reminder"]
    assert steps(decided) == [
        ("reminder:1", "skipped", "missed"),
        ("reminder:2", "skipped", "missed"),
        ("reminder:3", "sent", "due"),
    ]


def test_after_ten_days_away_there_is_only_the_summary() -> None:
    decided = _owing().at(days=10)
    assert said(decided) == ["summary"]
    assert ("reminder:12", "skipped", "expired") in steps(decided)


def test_members_whose_clocks_differ_still_share_one_message() -> None:
    group = _owing()
    group.now = NOON + timedelta(hours=5)
    group.say(Join, CAI)
    assert pinged(group.at(hours=6)) == [ANN, BO]
    group.at(hours=12)
    decided = group.at(hours=18)
    assert (said(decided, Medium.CHAT), pinged(decided)) == (["reminder"], [ANN, BO, CAI])


def test_in_the_quiet_hours_of_the_chats_own_zone_nothing_is_sent() -> None:
    group = Group(policy=Policy(quiet_chat=Quiet(time(22), time(8))), timezone="Asia/Shanghai")
    group.collect(300)
    decided = group.at(hours=6)  # 18:00 in London is 02:00 in Shanghai
    assert said(decided) == []
    assert steps(decided) == [("reminder:1", "skipped", "quiet_hours")]
    assert pinged(group.at(hours=12)) == [ANN, BO]


def test_what_is_closed_reminds_nobody() -> None:
    group = _owing()
    group.say(Close, MEI)
    assert said(group.at(hours=6)) == []


# -- the ladder -------------------------------------------------------------------------------------------------


def test_a_payer_who_stalled_climbs_the_ladder_and_is_reminded_beside_it() -> None:
    group = _owing(reachable=True, phone="+86138", consent=True)
    group.say(AskToPay, ANN)
    heard: list[tuple[timedelta, str]] = []
    while (at := group.dues[ANN].next_at) is not None and at <= NOON + timedelta(hours=24):
        group.now = at
        heard += [(at - NOON, n.key) for n in group.tick().notices if n.member == ANN]
    assert [(at, key) for at, key in heard if key != "reminder_private"] == [
        (timedelta(minutes=3), "escalation_sms"),
        (timedelta(minutes=15), "escalation_service_notice"),
        (timedelta(hours=24), "escalation_call"),
    ]
    assert [at for at, key in heard if key == "reminder_private"] == [timedelta(hours=6 * k) for k in range(1, 5)]


def test_a_new_step_of_the_payer_begins_the_ladder_anew_and_paying_ends_it() -> None:
    group = _owing(phone="+86138", consent=True)
    group.say(AskToPay, ANN)
    group.now = NOON + timedelta(minutes=2)
    group.start(ANN)
    assert said(group.at(minutes=3)) == []
    assert said(group.at(minutes=5)) == ["escalation_sms"]
    group.pay(ANN)
    assert said(group.at(minutes=20)) == []


def test_a_call_put_off_to_the_morning_keeps_nobody_awake() -> None:
    group = _owing(phone="+86138", consent=True)
    group.at(hours=10)
    group.say(AskToPay, ANN)
    called = []
    while (at := group.dues[ANN].next_at) is not None:
        assert at > group.now
        group.now = at
        called += [at - NOON] if "escalation_call" in said(group.tick()) else []
    assert called == [timedelta(hours=44)]


def test_a_change_at_night_after_a_call_was_put_off_costs_one_look_and_no_more() -> None:
    group = _owing(phone="+86138", consent=True)
    group.now = NOON + timedelta(hours=10)
    group.say(AskToPay, ANN)
    decided = group.at(hours=34)
    assert ("call", "deferred", "quiet_hours") in steps(decided)
    group.now += timedelta(minutes=1)
    group.insist(Adjust, MEI, member=ANN, amount=90)
    assert said(group.tick()) == []
    assert group.dues[ANN].next_at == NOON + timedelta(hours=42)


def test_the_preview_tells_the_organiser_what_will_happen() -> None:
    decided = _owing(muted=True).say(AskPreview, MEI)
    preview = told(decided, "preview")
    assert (preview.medium, preview.member) == (Medium.PRIVATE, MEI)
    lines = preview.params["lines"]
    assert isinstance(lines, tuple)
    assert len(lines) == 24
    assert {line["reason"] for line in lines} == {"due", "muted"}  # type: ignore[call-overload, index]


# -- resting --------------------------------------------------------------------------------------------------


def _reminded(group: Group, hours: int) -> list[MemberId]:
    """Who is named in the reminders of one slot."""
    group.now = NOON + timedelta(hours=hours)
    return pinged(group.tick())


def test_who_promises_is_not_reminded_until_then_and_then_again() -> None:
    group = Group()
    group.collect(9_000)
    group.say(Rest, ANN, until=NOON + timedelta(hours=20), promised=True)
    assert ANN not in _reminded(group, 6)
    assert ANN not in _reminded(group, 12)
    assert ANN not in _reminded(group, 18)
    assert ANN in _reminded(group, 24)
    assert BO in _reminded(group, 30)


def test_a_promise_ends_the_follow_ups_and_the_organiser_hears_of_it_but_not_of_a_snooze() -> None:
    group = Group()
    group.collect(9_000)
    group.start(ANN)
    told_ = group.say(Rest, ANN, until=NOON + timedelta(hours=20), promised=True)
    assert [n.key for n in told_.notices] == ["promise_made", "resting"]
    assert group.dues[ANN].stalled_at is None
    assert [n.key for n in group.say(Rest, BO, until=NOON + timedelta(hours=20), promised=False).notices] == ["resting"]


def test_a_promise_beyond_the_plan_is_reminded_of_once_and_the_summary_comes_in_time() -> None:
    group = Group()
    group.collect(9_000)
    for member in (ANN, BO):
        group.say(Rest, member, until=NOON + timedelta(days=30), promised=True)
    for hours in range(6, 72, 6):
        assert _reminded(group, hours) == []
    assert said(group.at(hours=72)) == ["summary"]
    assert pinged(group.at(days=30)) == [ANN, BO]
    assert {d.next_at for d in group.dues.values()} == {None}


def test_a_promise_is_reminded_of_when_its_time_has_come_and_stands_for_the_slot_that_follows() -> None:
    group = _owing(reachable=True)
    promised = NOON + timedelta(hours=22)
    group.say(Rest, ANN, until=promised, promised=True)
    for hours in (6, 12, 18):
        assert "reminder_private" not in said(group.at(hours=hours))
    decided = group.at(hours=22)
    assert told(decided, "reminder_private").params["promised"] == promised
    assert steps(decided) == [("reminder:4", "merged", "merged"), ("promise", "sent", "promise")]
    assert "reminder_private" not in said(group.at(hours=24))
    assert "reminder_private" in said(group.at(hours=30))


def test_a_promise_that_ends_at_night_is_reminded_of_in_the_morning() -> None:
    group = Group(
        Member(MEI, "Mei"), Member(ANN, "Ann", reachable=True), policy=Policy(quiet_chat=Quiet(time(22), time(8)))
    )
    group.collect(300)
    group.say(Rest, ANN, until=NOON + timedelta(hours=11), promised=True)
    assert ("promise", "deferred", "quiet_hours") in steps(group.at(hours=11))
    assert said(group.at(hours=18)) == []
    assert "reminder_private" in said(group.at(hours=20))


def test_a_promise_that_passed_while_the_bot_was_away_is_not_brought_up_days_later() -> None:
    group = _owing(reachable=True)
    group.say(Rest, ANN, until=NOON + timedelta(hours=9), promised=True)
    decided = group.at(hours=16)
    assert ("promise", "skipped", "expired") in steps(decided)
    assert told(decided, "reminder_private").params["promised"] is None


# -- what waits for the organiser -----------------------------------------------------------------------------


def test_claims_that_wait_rest_the_reminders_and_nudge_the_organiser_instead() -> None:
    group = _crowd(3)
    for n in (2, 3):
        group.say(Claim, MemberId(n))
    decided = group.at(hours=6)
    assert pinged(decided) == [4]
    nudge = told(decided, "claims_waiting")
    assert nudge.member == MEI
    assert [b.label for row in nudge.buttons for b in row] == ["arrived", "reject", "arrived", "reject", "all_arrived"]
    assert ("reminder:1", "skipped", "claimed") in steps(decided)
    group.agree(decided)
    assert {group.dues[MemberId(n)].state.value for n in (2, 3)} == {"paid"}
    assert group.dues[MemberId(4)].state.value == "invited"


def test_all_of_these_means_these_that_still_wait() -> None:
    group = _crowd(4)
    for n in (2, 3):
        group.say(Claim, MemberId(n))
    decided = group.at(hours=6)
    group.say(Claim, MemberId(4))
    group.say(Reject, MEI, member=MemberId(2))
    group.agree(decided)
    assert [group.dues[MemberId(n)].state.value for n in (2, 3, 4)] == ["invited", "paid", "claimed"]


def test_the_organiser_is_not_nudged_about_what_was_just_said_and_once_an_interval_at_most() -> None:
    group = _crowd(2)
    group.now = NOON + timedelta(hours=5)
    group.say(Claim, MemberId(2))
    assert "claims_waiting" not in said(group.at(hours=6))
    assert "claims_waiting" in said(group.at(hours=12))
    assert "claims_waiting" in said(group.at(hours=18))


def test_a_dispute_rests_and_the_organiser_lets_go_or_keeps_with_one_tap() -> None:
    group = _owing()
    decided = group.say(Dispute, ANN)
    assert [b.label for row in told(decided, "disputed").buttons for b in row] == ["owes", "let_go"]
    assert pinged(group.at(hours=6)) == [BO]
    assert group.dues[ANN].state.value == "disputed"
    group.say(Keep, MEI, member=ANN)
    assert ANN in pinged(group.at(hours=12))
    group.say(Dispute, ANN)
    assert "waived" in said(group.say(LetGo, MEI, member=ANN))
    assert pinged(group.at(hours=18)) == [BO]
    assert group.dues[ANN].state.value == "waived"


def test_only_who_is_in_charge_answers_a_dispute() -> None:
    group = _owing()
    group.say(Dispute, ANN)
    for answer in (Keep, LetGo):
        with pytest.raises(NotAllowed):
            group.say(answer, BO, member=ANN)


def test_more_time_is_told_to_the_organiser_and_needs_no_answer() -> None:
    group = _owing()
    decided = group.say(Rest, ANN, until=NOON + timedelta(hours=24), promised=False, asked=True)
    assert said(decided) == ["time_asked", "resting"]
    assert [pinged(group.at(hours=6 * k)) for k in range(1, 5)] == [[BO], [BO], [BO], [BO, ANN]]


def test_consent_is_asked_for_once_in_private_when_it_first_would_matter() -> None:
    group = _owing(reachable=True)
    group.say(AskToPay, ANN)
    assert said(group.at(minutes=3)) == ["consent_asked"]
    group.say(AskToPay, ANN)
    assert said(group.at(minutes=6)) == []


def test_a_promise_never_brings_a_reminder_back_that_was_sent() -> None:
    group = Group()
    group.collect(9_000)
    assert ANN in _reminded(group, 12)
    group.say(Rest, ANN, until=NOON + timedelta(hours=13), promised=False)
    group.now = NOON + timedelta(hours=17)
    assert group.tick().notices == ()
    assert ANN in _reminded(group, 18)
