"""Which collection is meant: its number, first or last."""

from __future__ import annotations

from bot.domain import command as c
from tests.commands.chat import CHAT, said


def test_every_command_without_an_order_of_its_own_takes_a_number() -> None:
    for text in ("/status #3", "/status 3", "/状态 ＃3", "状态 #3", "/进度 3"):
        assert said(c.AskStatus, text).which == c.Which(CHAT, number=3)
    assert said(c.Cancel, "/cancel").which == c.Which(CHAT)
    assert said(c.AskToPay, "/pay #3 20").which.number == 3
    assert said(c.Adjust, "/adjust #3 @anna 80").which.number == 3
    assert said(c.Declare, "/give #3 50").which.number == 3


def test_the_number_may_come_last() -> None:
    assert said(c.AskToPay, "/pay 20 #3").which.number == 3
    assert said(c.Rest, "/promise fri 18:00 #3").which.number == 3
    assert said(c.Waive, "/waive @anna she brought the cake #3").which.number == 3
    assert said(c.Claim, "我付了 #3").which.number == 3
