"""Attempts and the ways they go: switching without anybody being charged twice, and asking until it is clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import intent as attempts
from bot.domain.command import AskChannel, ChannelAnswered, Close, StartPayment
from bot.domain.decide import decide
from bot.domain.decision import Context, Decision
from bot.domain.errors import Gone, NoWay, WayClosed
from bot.domain.model import Intent, IntentState
from bot.domain.policy import Policy
from bot.domain.routing import Pulse, Routes, Way
from tests.domain.group import ANN, MEI, NOON, Group, said

S = IntentState


@pytest.fixture
def group() -> Group:
    """Each of three owes 100, and there are three ways to pay it."""
    made = Group(policy=Policy(channels=("alipay", "wechatpay", "stripe", "manual")))
    made.collect(300)
    return made


def _choose(group: Group, channel: str = "", **options: Any) -> Intent:
    choice = StartPayment(collection=group.header.id, member=ANN, channel=channel, **options)
    decided = group.do(choice)
    assert decided.intent is not None
    return group.intents[decided.intent]


def _hears(group: Group, intent: Intent, state: IntentState, operation: str = "", **facts: Any) -> Decision:
    return group.do(ChannelAnswered(intent=intent.id, state=state, operation=operation, **facts))


def _asked(decided: Decision) -> list[tuple[str, str]]:
    return [(r.operation, r.channel) for r in decided.requests]


def _states(group: Group) -> dict[str, str]:
    """The latest attempt on each channel."""
    return {i.channel: i.state.value for i in group.intents.values()}


# -- choosing ------------------------------------------------------------------------------------------------


def test_who_does_not_care_gets_the_best_way_with_its_reasons(group: Group) -> None:
    group.routes = Routes({}, {"alipay": Pulse(slow=True)})
    intent = _choose(group)
    assert (intent.channel, intent.wanted) == ("wechatpay", "")
    assert intent.reasons == {"wechatpay": "best", "stripe": "next", "alipay": "slow"}


def test_who_chooses_gets_what_they_chose_however_slow_it_is(group: Group) -> None:
    group.routes = Routes({}, {"alipay": Pulse(slow=True)})
    intent = _choose(group, "alipay")
    assert (intent.channel, intent.wanted) == ("alipay", "alipay")
    assert next(iter(intent.reasons.items())) == ("alipay", "chosen")


def test_a_way_that_cannot_take_the_amount_is_refused_by_name_of_the_reason(group: Group) -> None:
    group.routes = Routes({"alipay": Way("alipay", maximum=50)})
    with pytest.raises(WayClosed) as refusal:
        _choose(group, "alipay", amount=51)
    assert refusal.value.params == {"why": "too_large"}
    assert _choose(group, "alipay", amount=50).channel == "alipay"


def test_where_no_way_works_one_is_told_so(group: Group) -> None:
    group.routes = Routes({name: Way(name, minimum=500) for name in group.policy.channels})
    with pytest.raises(NoWay):
        _choose(group)


def test_nothing_is_started_by_hand(group: Group) -> None:
    with pytest.raises(Gone):
        _choose(group, "manual")


def test_leaving_the_choice_to_us_goes_on_with_what_runs(group: Group) -> None:
    first = _choose(group, "stripe")
    assert _choose(group).id == first.id


# -- another way: close, ask, then start --------------------------------------------------------------------


@pytest.fixture
def switching(group: Group) -> tuple[Group, Intent, Intent]:
    """Ann was sent to Alipay, came back, and chose Stripe."""
    first = _choose(group, "alipay")
    _hears(group, first, S.PENDING, "create", reference="A1", action={"kind": "qr"})
    second = _choose(group, "stripe")
    return group, first, second


def test_another_way_waits_until_the_first_one_is_closed_and_asked_about(
    switching: tuple[Group, Intent, Intent],
) -> None:
    group, first, second = switching
    assert _states(group) == {"alipay": "closing", "stripe": "waiting"}
    decided = _hears(group, first, S.CLOSED, "close")
    assert _asked(decided) == [("query", "alipay")]
    assert _states(group) == {"alipay": "closing", "stripe": "waiting"}
    decided = _hears(group, first, S.CLOSED, "query")
    assert _asked(decided) == [("create", "stripe")]
    assert _states(group) == {"alipay": "closed", "stripe": "created"}
    assert group.intents[second.id].next_at == group.now + attempts.ANSWER_BY


def test_choosing_another_way_asks_for_nothing_but_the_closing(group: Group) -> None:
    _choose(group, "alipay")
    decided = group.do(StartPayment(collection=group.header.id, member=ANN, channel="stripe"))
    assert _asked(decided) == [("close", "alipay")]


def test_a_channel_that_cannot_be_asked_is_believed_when_it_closes(switching: tuple[Group, Intent, Intent]) -> None:
    group, first, _ = switching
    group.routes = Routes({"alipay": Way("alipay", can_query=False)})
    assert _asked(_hears(group, first, S.CLOSED, "close")) == [("create", "stripe")]


def test_what_turns_out_to_be_paid_while_it_is_closed_ends_the_other_one(
    switching: tuple[Group, Intent, Intent],
) -> None:
    group, first, second = switching
    decided = group.arrives(first)
    assert _asked(decided) == []
    assert (group.intents[second.id].state, group.intents[second.id].cause) == (S.CLOSED, "paid_before")


def test_a_part_that_was_paid_before_leaves_the_rest_to_go_on(group: Group) -> None:
    first = _choose(group, "alipay", amount=40)
    second = _choose(group, "stripe", amount=60)
    assert _asked(group.arrives(first)) == [("create", "stripe")]
    assert group.intents[second.id].state is S.CREATED


def test_an_event_of_the_channels_own_is_no_answer_to_our_question(switching: tuple[Group, Intent, Intent]) -> None:
    group, first, _ = switching
    assert _asked(_hears(group, first, S.CLOSED)) == []
    assert _states(group) == {"alipay": "closing", "stripe": "waiting"}


def test_a_creation_that_is_answered_while_it_is_closed_leads_nobody_on(group: Group) -> None:
    first = _choose(group, "alipay")
    _choose(group, "stripe")
    decided = _hears(group, first, S.PENDING, "create", reference="A1")
    assert _asked(decided) == []
    assert (group.intents[first.id].state, group.intents[first.id].reference) == (S.CLOSING, "A1")


def test_while_it_is_unclear_it_is_asked_soon_and_then_less_often_and_the_other_one_waits(
    switching: tuple[Group, Intent, Intent],
) -> None:
    group, first, second = switching
    _hears(group, first, S.UNKNOWN, "close", cause="timeout")
    waits, told = [], []
    while (at := group.intents[first.id].next_at) is not None:
        waits.append(at - group.now)
        group.now = at
        decided = group.do(AskChannel(intent=first.id))
        told += said(decided)
        if not decided.requests:
            break
        assert _asked(decided) == [("close", "alipay")]
        assert group.intents[second.id].state is S.WAITING
        _hears(group, first, S.UNKNOWN, "close", cause="timeout")
    assert waits == [*attempts.ASK_SOON, attempts.ANSWER_BY]
    assert group.now - NOON < timedelta(days=6)
    assert told == ["intent_unknown"]
    assert _states(group) == {"alipay": "unknown", "stripe": "closed"}


def test_who_tries_again_has_the_unclear_one_asked_about_at_once(group: Group) -> None:
    first = _choose(group, "alipay")
    group.routes = Routes()
    group.policy = replace(group.policy, most_switches=0)
    _hears(group, first, S.UNKNOWN, "create", cause="timeout")
    group.intents[first.id] = replace(group.intents[first.id], asked=7, next_at=None)
    decided = group.do(StartPayment(collection=group.header.id, member=ANN, channel="alipay"))
    assert _asked(decided) == [("close", "alipay")]
    assert decided.intent is not None
    assert group.intents[decided.intent].state is S.WAITING


def test_a_third_choice_takes_the_place_of_the_second(switching: tuple[Group, Intent, Intent]) -> None:
    group, first, second = switching
    third = _choose(group, "wechatpay")
    assert (group.intents[second.id].state, group.intents[second.id].cause) == (S.CLOSED, "replaced")
    _hears(group, first, S.CLOSED, "close")
    assert _asked(_hears(group, first, S.CLOSED, "query")) == [("create", "wechatpay")]
    assert group.intents[third.id].state is S.CREATED


def test_an_order_that_is_still_open_after_the_closing_is_closed_again(switching: tuple[Group, Intent, Intent]) -> None:
    group, first, _ = switching
    _hears(group, first, S.CLOSED, "close")
    _hears(group, first, S.PENDING, "query")
    assert _states(group) == {"alipay": "closing", "stripe": "waiting"}
    group.now += attempts.ASK_SOON[0]
    assert group.intents[first.id].next_at == group.now
    assert _asked(group.do(AskChannel(intent=first.id))) == [("close", "alipay")]


def test_nothing_starts_in_a_collection_that_was_closed_meanwhile(switching: tuple[Group, Intent, Intent]) -> None:
    group, first, second = switching
    group.say(Close, MEI)
    _hears(group, first, S.CLOSED, "close")
    assert _asked(_hears(group, first, S.CLOSED, "query")) == []
    assert group.intents[second.id].state is S.CLOSED


# -- trouble: the next way by itself --------------------------------------------------------------------------


def test_what_could_not_be_created_goes_on_by_the_next_way_at_once(group: Group) -> None:
    first = _choose(group)
    decided = _hears(group, first, S.FAILED, "create", cause="breaker_open")
    assert _asked(decided) == [("create", "wechatpay")]
    assert _states(group) == {"alipay": "failed", "wechatpay": "created"}
    (second,) = [i for i in group.intents.values() if i.channel == "wechatpay"]
    assert (second.tried, second.wanted, second.amount) == (("alipay",), "", 100)
    assert second.reasons == {"wechatpay": "best", "stripe": "next", "alipay": "tried"}


def test_a_creation_of_which_nobody_knows_is_closed_and_asked_about_first(group: Group) -> None:
    first = _choose(group)
    decided = _hears(group, first, S.UNKNOWN, "create", cause="timeout")
    assert _asked(decided) == [("close", "alipay")]
    assert _states(group) == {"alipay": "closing", "wechatpay": "waiting"}
    assert _asked(_hears(group, first, S.CLOSED, "close")) == [("query", "alipay")]
    assert _asked(_hears(group, first, S.CLOSED, "query")) == [("create", "wechatpay")]


def test_it_ends_after_two_switches(group: Group) -> None:
    group.policy = replace(group.policy, channels=(*group.policy.channels, "paypal"))
    intent = _choose(group)
    for channel in ("wechatpay", "stripe"):
        _hears(group, intent, S.FAILED, "create", cause="503")
        (intent,) = [i for i in group.intents.values() if i.channel == channel]
    decided = _hears(group, intent, S.FAILED, "create", cause="503")
    assert _asked(decided) == []
    assert "paypal" not in _states(group)
    assert group.dues[ANN].state.value == "failed"


def test_a_way_that_is_resting_is_no_way_out(group: Group) -> None:
    first = _choose(group, "alipay")
    group.routes = Routes({}, {"wechatpay": Pulse(resting=True), "stripe": Pulse(resting=True)})
    assert _asked(_hears(group, first, S.FAILED, "create", cause="503")) == []


def test_who_chose_by_name_is_remembered_to_have_wanted_it(group: Group) -> None:
    first = _choose(group, "stripe")
    _hears(group, first, S.FAILED, "create", cause="503")
    (second,) = [i for i in group.intents.values() if i.id != first.id]
    assert (second.channel, second.wanted, second.tried) == ("alipay", "stripe", ("stripe",))


def test_a_payment_that_fails_at_the_bank_is_left_to_the_payer(group: Group) -> None:
    first = _choose(group)
    _hears(group, first, S.PENDING, "create")
    assert _asked(_hears(group, first, S.FAILED, cause="insufficient_funds")) == []
    assert _states(group) == {"alipay": "failed"}


def test_money_that_settles_the_due_ends_what_else_runs(group: Group) -> None:
    first = _choose(group)
    _hears(group, first, S.PENDING, "create")
    late = replace(first, id="late", channel="stripe", state=S.CLOSED)  # type: ignore[arg-type]
    group.intents[late.id] = late
    assert _asked(group.arrives(late)) == [("close", "alipay")]
    assert _states(group) == {"alipay": "closing", "stripe": "paid"}


# -- asking until it is clear ---------------------------------------------------------------------------------


def test_an_attempt_that_stays_pending_for_ever_is_told_to_a_person_in_the_end(group: Group) -> None:
    intent = _choose(group)
    _hears(group, intent, S.PENDING, "create", expires_at=NOON + timedelta(minutes=15))
    told, asked = [], []
    while (at := group.intents[intent.id].next_at) is not None and len(asked) < 20:
        group.now = at
        decided = group.do(AskChannel(intent=intent.id))
        told += said(decided)
        for request in decided.requests:
            asked.append(request.operation)
            _hears(group, intent, S.PENDING, request.operation)
    assert told == ["intent_unknown"]
    assert (asked, group.intents[intent.id].state) == (["query"] * 2 + ["close"] * 7, S.PENDING)


def test_a_pending_attempt_is_looked_at_soon_in_case_the_channels_word_was_lost(group: Group) -> None:
    intent = _choose(group)
    end = NOON + timedelta(minutes=15)
    _hears(group, intent, S.PENDING, "create", expires_at=end)
    looks = []
    while (at := group.intents[intent.id].next_at) < end:  # type: ignore[operator]
        group.now = at
        looks.append((at - NOON, *_asked(group.do(AskChannel(intent=intent.id)))))
        assert _hears(group, intent, S.UNKNOWN, "query", cause="timeout") == Decision()
        assert group.intents[intent.id].state is S.PENDING
    assert looks == [(after, ("query", "alipay")) for after in attempts.LOOK_AFTER]
    group.now = end
    assert _asked(group.do(AskChannel(intent=intent.id))) == [("close", "alipay")]


def test_a_question_that_is_still_on_its_way_is_not_put_twice(group: Group) -> None:
    intent = _choose(group)
    state = group._state(AskChannel(intent=intent.id))
    asking = replace(state, asking=True)
    decided = decide(asking, AskChannel(intent=intent.id), Context(group.now, group.policy, ("x",)))
    assert (decided.requests, decided.intents[0].asked) == ((), 1)
