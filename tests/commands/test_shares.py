"""A total by weights, and promises: what the lines mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import command as c
from bot.domain.model import Mode
from tests.commands.chat import ANNA, BEN, CHAT, NOW, said, unclear


@pytest.mark.parametrize(
    "text",
    [
        "/collect 300 shares @anna 2 @ben 0.5 Trip",
        "/collect ¥300 shares @anna 2 @ben 0.5 Trip",
        "/collect 300 CNY shares @anna 2, @ben 0.5 Trip",
        "收款 300 按份 @anna 2 @ben 0.5 Trip",
        "/收款 300元 按份 @anna ２ @ben 0.5 Trip",
    ],
)
def test_a_total_by_weights_is_understood(text: str) -> None:
    asked = said(c.Collect, text)
    assert (asked.mode, asked.amount, asked.title) == (Mode.SHARES, 30_000, "Trip")
    assert asked.weights == ((ANNA, 200), (BEN, 50))


@pytest.mark.parametrize(
    "text",
    [
        "/collect 300 shares",
        "/collect shares @anna 2",
        "/collect 300 shares @anna",
        "/collect 300 shares @anna 0",
        "/collect 300 shares @anna -1",
        "/collect 300 shares @anna 1e3",
        "/collect 300 shares @anna 100000",
        "/collect 300 shares 2 @anna",
    ],
)
def test_weights_that_make_no_sense_are_asked_about(text: str) -> None:
    assert "/collect" in unclear(text)["example"]


def test_the_word_may_stand_in_a_title() -> None:
    assert said(c.Collect, "/collect 300 equal our shares of the boat").title == "our shares of the boat"


# -- promises -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["/promise fri 18:00", "/promise #3 fri 18:00", '/promise "fri 18:00"', "/承诺 周五18:00"]
)
def test_a_promise_has_a_time_in_the_chats_zone(text: str) -> None:
    asked = said(c.Rest, text, timezone="Asia/Shanghai")
    assert asked.until == datetime(2026, 11, 27, 10, tzinfo=UTC)
    assert asked.promised
    assert asked.which == c.Which(CHAT, number=3 if "#3" in text else None)


def test_a_snooze_is_a_day() -> None:
    assert said(c.Rest, "/snooze").until == NOW + timedelta(days=1)
    assert said(c.Rest, "/snooze 3").which.number == 3
