"""The organiser reads over what people pay, and which ways the router passed over because of how they do."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import command as c
from bot.domain.notice import Value
from tests.domain.group import ANN, MEI, Group, told


def _line(group: Group) -> dict[str, Value]:
    lines = told(group.say(c.AskStatus, MEI), "status_names").params["lines"]
    return next(line for line in lines if line["who"].member == ANN)  # type: ignore[union-attr,index,call-overload,return-value]


def test_a_way_that_was_passed_over_for_how_it_does_is_named_with_its_reason() -> None:
    group = Group()
    group.collect(300)
    intent = group.start(ANN)
    reasons = {"sandbox": "best", "alipay": "slow", "stripe": "currency", "paypal": "resting"}
    group.intents[intent.id] = replace(intent, reasons=reasons)
    line = _line(group)
    assert line["way"] == "sandbox"
    assert line["passed"] == ({"way": "alipay", "why": "slow"}, {"way": "paypal", "why": "resting"})


def test_who_has_not_tried_to_pay_has_no_way() -> None:
    group = Group()
    group.collect(300)
    assert (_line(group)["way"], _line(group)["passed"]) == ("", ())
