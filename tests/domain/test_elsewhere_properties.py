"""Whatever channels tell of money that went back, in whatever order and however often: the books hold."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import given, strategies as st

from bot.domain import command as c
from bot.domain.errors import Refusal, TooSoon
from bot.domain.model import RefundState
from bot.domain.notice import Reply
from tests.domain.books import hold
from tests.domain.group import ANN, BO, CHAT, MEI, Group

NEWS = st.fixed_dictionaries({
    "reference": st.sampled_from("abcd"),
    "amount": st.sampled_from([30, 50, 70, 100, 150, 200, 250]),
    "kind": st.sampled_from(["refund", "dispute"]),
    "undone": st.booleans(),
    "total": st.booleans(),
    "hours": st.integers(0, 3),
})  # fmt: skip
ACTS = st.sampled_from(["refund", "by_hand", "gone", "keep", "let_go", "confirm", "waive", "adjust", "pay", "close"])


@given(st.booleans(), st.lists(st.one_of(NEWS, ACTS), max_size=8))
def test_the_books_hold_and_news_counts_once(covers: bool, events: list[Any]) -> None:
    group = Group()
    group.collect(300)
    if covers:
        reply = Reply(CHAT, message="m", private=True)
        group.do(c.AskToPay(by=c.Actor(ANN), reply=reply, which=c.Which(CHAT, id=group.header.id), covers=(BO,)))
    group.pay(ANN)
    for event in events:
        if isinstance(event, str):
            with suppress(Refusal):
                _act(group, event)
        else:
            _told(group, dict(event))
        hold(group)


def _told(group: Group, facts: dict[str, Any]) -> None:
    charge = next(x for x in group.charges.values() if x.channel == "sandbox")
    at = group.now + timedelta(hours=facts.pop("hours"))
    back = group.back(charge, at=at, **facts)
    with suppress(TooSoon):
        group.do(back)
    before = (group.header, dict(group.dues), dict(group.refunds), dict(group.strays))
    with suppress(TooSoon):
        group.do(back)
    assert (group.header, group.dues, group.refunds, group.strays) == before


def _act(group: Group, act: str) -> None:
    match act:
        case "refund" | "by_hand":
            group.insist(c.GiveBack, MEI, member=ANN, amount=50, by_hand=act == "by_hand")
        case "gone":
            for refund in [r for r in group.refunds.values() if r.state is RefundState.CREATED]:
                group.answers(refund, RefundState.REFUNDED)
        case "keep":
            group.say(c.Keep, MEI, member=ANN)
        case "let_go":
            group.say(c.LetGo, MEI, member=ANN)
        case "confirm":
            group.say(c.Confirm, MEI, member=ANN)
        case "waive":
            group.insist(c.Waive, MEI, member=ANN)
        case "adjust":
            group.insist(c.Adjust, MEI, member=ANN, amount=60)
        case "pay":
            group.pay(ANN)
        case "close":
            group.say(c.Close, MEI)
