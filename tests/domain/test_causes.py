"""Every scenario of the catalogue, driven through the real decisions: the payer's class, what is told, what is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.causes import catalogue
from bot.domain.command import AskChannel, AskShare, AskStatus, ChannelAnswered, GiveBack, OpenDue, Rest
from bot.domain.decision import Decision
from bot.domain.interruption import Act, Catalogue, Scenario, Stage
from bot.domain.model import Intent, IntentState, Mode, Progress, RefundState, Stall
from bot.domain.money import Money
from bot.domain.policy import Policy
from bot.i18n import LOCALES
from tests.domain.group import ANN, MEI, Group, said, told
from tests.render.words import RENDERER

S = IntentState
CAUSES = catalogue()
PEOPLE = [s for s in CAUSES.scenarios if s.source.endswith("interruption.py") and s.act is Act.NONE]
OURS = [s for s in CAUSES.scenarios if s.source.endswith(("moves.py", "holds.py"))]
REFUNDS = [s for s in CAUSES.scenarios if s.stage is Stage.REFUND]
ATTEMPTS = [s for s in CAUSES.scenarios if s not in (*PEOPLE, *OURS, *REFUNDS)]
STALLS = {
    Stall.NEVER_OPENED: Progress.INVITED,
    Stall.SILENT: Progress.OPENED,
    Stall.HESITANT: Progress.STARTED,
    Stall.TECHNICAL: Progress.FAILED,
}
OPERATIONS = {Stage.CREATE: "create", Stage.QUERY: "query", Stage.CLOSE: "close", Stage.PAY: "", Stage.NOTIFY: ""}


def _group(scenario: Scenario, *others: str) -> tuple[Group, Intent]:
    """Ann chose the scenario's channel (any: one that no row knows), and is where the scenario's stage says."""
    channel = scenario.channel or "some_bank"
    group = Group(policy=Policy(channels=(channel, *others), causes=CAUSES))
    group.collect(300)
    intent = group.start(ANN, channel=channel)
    if scenario.stage in (Stage.PAY, Stage.CLOSE, Stage.NOTIFY):
        group.do(ChannelAnswered(intent=intent.id, state=S.PENDING, operation="create", action={"kind": "qr"}))
    return group, group.intents[intent.id]


def _stop(group: Group, intent: Intent, scenario: Scenario) -> Decision:
    """The channel says it. A question and a closing are answered with no certainty, the rest with a no."""
    outcome = S.UNKNOWN if scenario.stage in (Stage.QUERY, Stage.CLOSE) else S.FAILED
    outcome = {"closed": S.CLOSED, "failed": S.FAILED, "unknown": S.UNKNOWN, "expired": S.CLOSED}.get(
        scenario.code, outcome
    )
    if scenario.code == "expired":
        group.now += timedelta(days=1)
    cause = "" if scenario.code in ("failed", "closed", "unknown") and not scenario.channel else scenario.code
    operation = OPERATIONS[scenario.stage]
    return group.do(ChannelAnswered(intent=intent.id, state=outcome, operation=operation, cause=cause))


def _asked(decided: Decision) -> list[tuple[str, str]]:
    return [(r.operation, r.channel) for r in decided.requests]


def test_there_are_more_than_230_and_each_says_where_it_is_from() -> None:
    assert len(CAUSES.scenarios) >= 230
    assert len({s.id for s in CAUSES.scenarios}) == len(CAUSES.scenarios)
    assert all(s.source for s in CAUSES.scenarios)
    assert {s.stage for s in CAUSES.scenarios} == set(Stage)
    assert {s.kind for s in CAUSES.scenarios} == set(Stall)
    assert {s.act for s in CAUSES.scenarios} == set(Act)


@pytest.mark.parametrize("scenario", ATTEMPTS, ids=lambda s: s.id)
def test_where_nothing_else_can_be_done_the_payer_is_classed_and_told(scenario: Scenario) -> None:
    group, intent = _group(scenario)
    group.policy = replace(group.policy, most_by_itself=0)
    decided = _stop(group, intent, scenario)
    assert group.dues[ANN].progress is STALLS[scenario.kind]
    assert group.dues[ANN].stall is scenario.kind
    words = [n.params["tell"] for n in decided.notices if n.key == "payment_stopped"]
    assert words == ([] if scenario.tell == "nothing" else [scenario.tell])
    assert ("payment_handed_over" in said(decided)) == (scenario.act is Act.HAND_OVER)


@pytest.mark.parametrize("scenario", ATTEMPTS, ids=lambda s: s.id)
def test_what_the_catalogue_says_is_done(scenario: Scenario) -> None:
    group, intent = _group(scenario, "other_bank")
    decided = _stop(group, intent, scenario)
    creating = scenario.stage is Stage.CREATE
    asked, now = _asked(decided), group.intents[intent.id]
    over = now.state in (S.FAILED, S.CLOSED) or (now.state is S.CLOSING and not creating)
    following = [i for i in group.intents.values() if i.tried]
    if scenario.act is Act.QUERY and scenario.stage is not Stage.QUERY and now.state is S.UNKNOWN:
        assert asked == [("query", intent.channel)]
        assert not following
    elif scenario.act is Act.RENEW and over:
        assert [i.channel for i in following] == [intent.channel]
    elif creating or (scenario.act is Act.SWITCH and over) or (scenario.stage is Stage.QUERY and over):
        assert [i.channel for i in following] == ["other_bank"]
    else:
        assert not following
    if now.state is S.UNKNOWN:
        assert now.next_at is not None


@pytest.mark.parametrize("scenario", REFUNDS, ids=lambda s: s.id)
def test_a_refund_that_does_not_go_is_told_in_words(scenario: Scenario) -> None:
    group, intent = _group(scenario)
    group.arrives(intent)
    group.insist(GiveBack, MEI, member=ANN)
    (refund,) = group.refunds.values()
    cause = "" if not scenario.channel and scenario.code == "failed" else scenario.code
    decided = group.answers(refund, RefundState.FAILED, cause)
    if group.refunds[refund.id].by_hand:
        assert scenario.code in ("not_supported", "cannot_refund")
        return
    tell = "" if scenario.code in ("closed", "unknown") and not scenario.channel else scenario.tell
    assert told(decided, "refund_failed").params["tell"] in (tell, "being_looked_into")


@pytest.mark.parametrize("scenario", REFUNDS, ids=lambda s: s.id)
def test_a_refund_that_is_answered_so_is_doubted_told_again_or_handed_over(scenario: Scenario) -> None:
    group, intent = _group(scenario)
    group.arrives(intent)
    group.insist(GiveBack, MEI, member=ANN)
    (refund,) = group.refunds.values()
    act = CAUSES.find(Stage.REFUND, intent.channel, scenario.code).act
    decided = group.answers(refund, RefundState.FAILED, scenario.code, "refund")
    now, asked = group.refunds[refund.id], [r.operation for r in decided.requests]
    if act is Act.QUERY:
        assert (now.state, asked) == (RefundState.UNKNOWN, ["query_refund"])
    elif act is Act.LATER:
        assert (now.state, asked) == (RefundState.CREATED, [])
    else:
        assert now.by_hand or now.state is RefundState.FAILED
    assert (now.next_at is not None) == (act in (Act.QUERY, Act.LATER)) == (not decided.notices)


@pytest.mark.parametrize("scenario", OURS, ids=lambda s: s.id)
def test_what_we_end_ourselves_is_told_on_the_page(scenario: Scenario) -> None:
    _, intent = _group(scenario)
    ended = replace(intent, state=S.CLOSED, cause=scenario.code)
    assert CAUSES.of_attempt(ended) is scenario


def test_a_code_that_nobody_knows_falls_to_its_stage_and_outcome() -> None:
    for stage in Stage:
        for outcome in (S.FAILED, S.UNKNOWN, S.CLOSED):
            for known in (CAUSES, Catalogue()):
                found = known.find(stage, "some_bank", "NO_SUCH_CODE", outcome)
                assert (found.channel, found.stage) == ("", stage)
    assert CAUSES.find(Stage.QUERY, "some_bank", "http_507", S.UNKNOWN).code == "http_5xx"


def test_every_scenario_has_its_words_in_both_languages() -> None:
    for locale in LOCALES:
        for tell in {s.tell for s in CAUSES.scenarios} - {"nothing"}:
            assert RENDERER.text(locale, f"causes.{tell}")
            assert RENDERER.text(locale, f"causes_short.{tell}")


def test_a_way_that_stopped_a_payer_is_avoided_until_it_works_or_was_only_late() -> None:
    group = Group(policy=Policy(channels=("stripe", "alipay"), causes=CAUSES))
    group.collect(300)
    first = group.start(ANN, channel="stripe")
    for state, cause, avoided in (
        (S.FAILED, "insufficient_funds", {"stripe"}),
        (S.UNKNOWN, "timeout", {"stripe"}),
        (S.CLOSED, "expired", set()),
        (S.FAILED, "checkout_expired", set()),
        (S.PAID, "", set()),
    ):
        ended = replace(first, state=state, cause=cause, action={"kind": "qr"})
        assert CAUSES.stopped([replace(first, state=S.FAILED, cause="insufficient_funds"), ended]) == avoided


# -- bounds --------------------------------------------------------------------------------------------------


def test_an_order_that_expires_is_renewed_only_so_often() -> None:
    expired = next(s for s in CAUSES.scenarios if s.id == "any/pay/expired")
    group, intent = _group(expired)
    for _ in range(6):
        group.now += timedelta(days=1)
        group.do(ChannelAnswered(intent=intent.id, state=S.CLOSED, operation="query"))
        fresh = [i for i in group.intents.values() if i.state is S.CREATED]
        if not fresh:
            break
        (intent,) = fresh
        group.do(ChannelAnswered(intent=intent.id, state=S.PENDING, operation="create", action={"kind": "qr"}))
    assert len(group.intents) == 1 + group.policy.most_switches
    assert group.intents[intent.id].cause == "expired"


def test_a_closing_that_was_not_asked_about_starts_nothing_beside_it() -> None:
    expired = next(s for s in CAUSES.scenarios if s.id == "any/pay/expired")
    group, intent = _group(expired)
    group.now += timedelta(days=1)
    decided = group.do(ChannelAnswered(intent=intent.id, state=S.CLOSED, operation="close"))
    assert _asked(decided) == [("query", "some_bank")]
    assert [i.state for i in group.intents.values()] == [S.CLOSING, S.WAITING]
    decided = group.do(ChannelAnswered(intent=intent.id, state=S.CLOSED, operation="query"))
    assert _asked(decided) == [("create", "some_bank")]


@pytest.mark.parametrize("scenario", [s for s in ATTEMPTS if s.stage is Stage.PAY and s.unsure], ids=lambda s: s.id)
def test_what_its_payer_is_told_to_wait_for_is_found_out(scenario: Scenario) -> None:
    group, intent = _group(scenario, "other_bank")
    _stop(group, intent, scenario)
    now = group.intents[intent.id]
    assert (now.state, now.next_at is not None) == (S.UNKNOWN, True)
    assert group.dues[ANN].unsettled


def test_what_was_unclear_and_turns_out_to_be_closed_is_opened_anew_while_its_payer_is_there() -> None:
    doubted = next(s for s in CAUSES.scenarios if s.stage is Stage.PAY and s.act is Act.QUERY and s.channel)
    for minutes, opened in ((1, 1), (20, 0)):
        group, intent = _group(doubted, "other_bank")
        _stop(group, intent, doubted)
        group.now += timedelta(minutes=minutes)
        decided = group.do(ChannelAnswered(intent=intent.id, state=S.CLOSED, operation="query"))
        assert _asked(decided) == [("create", intent.channel)] * opened
        assert sum(bool(i.tried) for i in group.intents.values()) == opened


def test_a_closing_that_only_a_person_can_mend_is_told_to_the_organiser_once() -> None:
    broken = next(s for s in CAUSES.scenarios if s.stage is Stage.CLOSE and s.act is Act.HAND_OVER and not s.channel)
    group, intent = _group(broken, "other_bank")
    group.start(ANN, channel="other_bank")
    said_no = ChannelAnswered(intent=intent.id, state=S.UNKNOWN, operation="close", cause=broken.code)
    assert said(group.do(said_no)) == ["payment_handed_over"]
    assert said(group.do(said_no)) == []
    assert group.intents[intent.id].state is S.CLOSING


def test_a_channel_that_asks_for_patience_is_tried_again_in_a_minute() -> None:
    busy = next(s for s in CAUSES.scenarios if s.id == "any/create/http_429")
    group, intent = _group(busy)
    assert _asked(_stop(group, intent, busy)) == []
    (later,) = [i for i in group.intents.values() if i.state is S.WAITING]
    assert later.next_at is not None
    assert _asked(group.do(AskChannel(intent=later.id))) == []
    group.now = later.next_at
    assert _asked(group.do(AskChannel(intent=later.id))) == [("create", "some_bank")]


def test_who_pays_again_does_not_wait_for_that_minute() -> None:
    busy = next(s for s in CAUSES.scenarios if s.id == "any/create/http_429")
    group, intent = _group(busy)
    _stop(group, intent, busy)
    again = group.start(ANN, channel="some_bank")
    assert again.state is S.CREATED
    assert sum(i.state is S.WAITING for i in group.intents.values()) == 0


def test_who_is_classed_silent_again_starts_when_they_come_back() -> None:
    group, intent = _group(next(s for s in CAUSES.scenarios if s.id == "any/pay/failed"))
    group.do(ChannelAnswered(intent=intent.id, state=S.FAILED, cause="NO_SUCH_CODE"))
    assert group.dues[ANN].stall is Stall.TECHNICAL
    group.start(ANN, channel="some_bank")
    assert group.dues[ANN].stall is Stall.HESITANT


# -- people who stop without a code --------------------------------------------------------------------------


def _person(scenario: Scenario) -> tuple[Group, Intent | None]:
    """Ann did, and left undone, what the scenario says."""
    group, intent = Group(policy=Policy(channels=("some_bank",), causes=CAUSES)), None
    group.collect(*((None, Mode.SELF) if scenario.code == "no_amount" else (300,)))
    if scenario.stage is Stage.CHOOSE:
        group.do(OpenDue(collection=group.header.id, member=ANN))
    if scenario.stage is Stage.PAY:
        if scenario.code == "held":
            group.policy = replace(group.policy, hold_above=(Money(1, "CNY"),))
        intent = group.start(ANN, channel="some_bank")
    later = {"looked": 1, "left": 1, "reminded": 6, "looked_reminded": 7, "reminded_often": 24}
    for hour in range(later.get(scenario.code, 0)):
        group.at(hours=hour + 1.01)
    match scenario.code:
        case "resting" | "promised":
            until = group.now + timedelta(hours=9)
            group.say(Rest, ANN, until=until, promised=scenario.code == "promised")
        case "part_paid":
            due = group.dues[ANN]
            group.dues[ANN] = replace(due, paid=50)
        case "switching":
            group.do(ChannelAnswered(intent=intent.id, state=S.PENDING, operation="create"))  # type: ignore[union-attr]
            group.policy = replace(group.policy, channels=("some_bank", "other_bank"))
            intent = group.start(ANN, channel="other_bank")
        case "trouble":
            group.dues[ANN] = replace(group.dues[ANN], progress=Progress.FAILED)
    return group, group.intents[intent.id] if intent else None


@pytest.mark.parametrize("scenario", PEOPLE, ids=lambda s: s.id)
def test_who_stops_without_trouble_is_classed_by_what_they_did_and_when(scenario: Scenario) -> None:
    group, latest = _person(scenario)
    due = group.dues[ANN]
    assert CAUSES.of_payer(due, latest, group.now) is scenario
    assert due.stall is scenario.kind


def test_the_organiser_can_settle_by_one_tap_what_is_handed_over() -> None:
    broken = next(s for s in CAUSES.scenarios if s.id == "any/create/not_configured")
    group, intent = _group(broken)
    handed = told(_stop(group, intent, broken), "payment_handed_over")
    assert handed.member == MEI
    assert [b.label for row in handed.buttons for b in row] == ["confirm", "waive"]


def test_my_share_says_what_to_do_next_and_status_says_why_people_stopped() -> None:
    refused = next(s for s in CAUSES.scenarios if s.tell == "not_enough" and s.stage is Stage.PAY)
    group, intent = _group(refused)
    _stop(group, intent, refused)
    assert told(group.say(AskShare, ANN), "share").params["tell"] == "not_enough"
    status = told(group.say(AskStatus, MEI), "status_names").params
    assert status["causes"] == ({"tell": "declined_by_bank", "count": 1}, {"tell": "open_it", "count": 1})
    assert "causes" not in told(group.say(AskStatus, MEI), "status").params
