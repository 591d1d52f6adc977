"""Platforms that forget, and transfers that prove nothing."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.command import Claim, Close, Outage, SawTransfer
from tests.domain.group import ANN, CHAT, MEI, NOON, Group


def _outage(group: Group) -> list[str]:
    decided = group.do(Outage(chat=CHAT, since=NOON, until=NOON + timedelta(minutes=20)))
    return [notice.key for notice in decided.notices]


def test_after_an_outage_the_chat_is_told_while_something_is_collected() -> None:
    group = Group()
    group.collect(9_000)
    assert _outage(group) == ["outage"]
    group.say(Close, MEI)
    assert _outage(group) == []


def test_a_transfer_is_answered_to_who_owes_and_to_nobody_else() -> None:
    group = Group()
    group.collect(9_000)
    assert [n.key for n in group.say(SawTransfer, ANN).notices] == ["no_proof"]
    assert group.say(SawTransfer, MEI).notices == ()
    group.say(Claim, ANN)
    assert group.say(SawTransfer, ANN).notices == ()


def test_a_transfer_changes_nothing() -> None:
    group = Group()
    group.collect(9_000)
    before = dict(group.dues)
    group.say(SawTransfer, ANN)
    assert group.dues == before
