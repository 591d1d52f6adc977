"""Refunds that a channel would not make just now: the same one again, a few times, and then a person."""

from __future__ import annotations

import pytest

from adapters.causes import catalogue
from bot.domain.command import AskRefund, GiveBack
from bot.domain.decision import Decision
from bot.domain.model import Listing, Refund, RefundState
from bot.domain.policy import Policy
from tests.domain.group import ANN, MEI, Group, said

R = RefundState
BUSY, DOUBTFUL, FINAL = "http_429", "SYSTEM_ERROR", "NOT_ENOUGH"


@pytest.fixture
def group() -> Group:
    """Ann has paid 300, and is promised it back."""
    group = Group(policy=Policy(channels=("wechatpay",), causes=catalogue()))
    group.collect(300)
    group.arrives(group.start(ANN, channel="wechatpay"))
    group.insist(GiveBack, MEI, member=ANN)
    return group


def _refund(group: Group) -> Refund:
    (refund,) = group.refunds.values()
    return refund


def _says(group: Group, cause: str, operation: str = "refund") -> Decision:
    return group.answers(_refund(group), R.FAILED, cause, operation)


def _hour_comes(group: Group) -> list[str]:
    at = _refund(group).next_at
    assert at is not None
    group.now = at
    return [r.operation for r in group.do(AskRefund(refund=_refund(group).id)).requests]


def test_a_channel_that_is_busy_is_told_of_the_same_refund_again(group: Group) -> None:
    first = _refund(group)
    assert said(_says(group, BUSY)) == []
    assert _hour_comes(group) == ["refund"]
    group.answers(first, R.REFUNDED)
    assert (_refund(group).id, _refund(group).state) == (first.id, R.REFUNDED)


def test_after_the_third_time_a_person_hears_of_it_and_the_money_is_the_payers(group: Group) -> None:
    for _ in range(3):
        assert said(_says(group, BUSY)) == []
        assert _hour_comes(group) == ["refund"]
    assert set(said(_says(group, BUSY))) >= {"refund_failed", "refund_delayed"}
    assert _refund(group).state is R.FAILED
    assert group.held(ANN) == {Listing.OVERPAID: _refund(group).amount}


def test_a_no_that_is_doubted_is_asked_about_at_once_and_not_told_again(group: Group) -> None:
    assert [r.operation for r in _says(group, DOUBTFUL).requests] == ["query_refund"]
    group.answers(_refund(group), R.UNKNOWN, "timeout", "query_refund")
    assert _hour_comes(group) == ["query_refund"]


def test_what_the_channel_does_not_know_of_is_told_again_under_the_same_key(group: Group) -> None:
    key = _refund(group).id
    group.answers(_refund(group), R.UNKNOWN, "timeout", "refund")
    assert said(_says(group, "no_such_refund", "query_refund")) == []
    assert _hour_comes(group) == ["refund"]
    assert _refund(group).id == key


def test_a_no_without_hope_and_one_that_comes_by_itself_are_believed(group: Group) -> None:
    assert "refund_failed" in said(_says(group, FINAL))
    assert _refund(group).state is R.FAILED


def test_a_webhooks_no_is_the_channels_last_word(group: Group) -> None:
    assert "refund_failed" in said(_says(group, BUSY, ""))
