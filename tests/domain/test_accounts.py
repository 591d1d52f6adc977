"""Another account for money that is being collected already: announced, waited for, stopped by anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.command import Actor, AgreePayee, Close, HoldPayee, NameHelper, SetPayee, SwitchPayee
from bot.domain.decision import Decision
from bot.domain.errors import Gone, NotAllowed, NotTheSame
from bot.domain.model import Member
from bot.domain.notice import Medium, Reply
from tests.domain.group import ANN, BO, CHAT, MEI, NOON, Group, said, told


@pytest.fixture
def group() -> Group:
    """Mei collects on an account of hers."""
    made = Group(Member(MEI, "Mei", payee="Alipay 1", reachable=True), Member(ANN, "Ann"), Member(BO, "Bo"))
    made.collect(300)
    return made


def moves_to(group: Group, text: str) -> Decision:
    return group.do(SetPayee(by=Actor(MEI), reply=Reply(CHAT, message="m", private=True), text=text))


def tick(group: Group, hours: float) -> Decision:
    group.now = NOON + timedelta(hours=hours)
    change = group.payee_changes[group.header.id]
    due = change.next_at is not None and change.next_at <= group.now
    return group.do(SwitchPayee(collection=group.header.id)) if due else Decision()


def test_it_is_announced_at_once_and_takes_effect_after_the_cool_down(group: Group) -> None:
    decided = moves_to(group, "Alipay 2")
    announced = told(decided, "payee_announced")
    assert (announced.medium, announced.params["at"]) == (Medium.CHAT, NOON + timedelta(hours=12))
    assert [b.label for row in announced.buttons for b in row] == ["unexpected"]
    assert group.header.payee == "Alipay 1"
    assert group.members[MEI].payee == "Alipay 2", "what she collects from now on says so at once"
    assert tick(group, 11.9) == Decision()
    assert said(tick(group, 12)) == ["payee_changed", "card"]
    assert group.header.payee == "Alipay 2"
    assert group.entries[-1].kind == "payee_changed"
    assert tick(group, 13) == Decision()


def test_where_nothing_was_said_before_it_is_said_at_once(group: Group) -> None:
    plain = Group()
    plain.collect(300)
    decided = moves_to(plain, "Alipay 2")
    assert "payee_announced" not in said(decided)
    tick(plain, 0)
    assert plain.header.payee == "Alipay 2"


def test_anybody_may_stop_it_and_another_in_charge_lets_it_go_on(group: Group) -> None:
    moves_to(group, "Alipay 2")
    held = group.say(HoldPayee, BO, reply=Reply(CHAT, press="p"))
    assert said(held, Medium.PRIVATE) == ["payee_held"]
    assert said(held, Medium.CHAT) == ["payee_held"]
    assert tick(group, 13) == Decision()
    with pytest.raises(Gone):
        group.say(HoldPayee, ANN)
    with pytest.raises(NotAllowed):
        group.say(AgreePayee, ANN)
    with pytest.raises(NotTheSame):
        group.say(AgreePayee, MEI)
    group.say(AgreePayee, ANN, by=Actor(ANN, admin=True))
    tick(group, 13)
    assert group.header.payee == "Alipay 2"


def test_to_say_it_again_does_not_undo_that_it_was_stopped(group: Group) -> None:
    moves_to(group, "Alipay 2")
    group.say(HoldPayee, BO)
    moves_to(group, "Alipay 3")
    assert tick(group, 30) == Decision()
    assert group.header.payee == "Alipay 1"


def test_with_a_co_treasurer_it_waits_for_them_as_well(group: Group) -> None:
    group.say(NameHelper, MEI, member=ANN)
    announced = told(moves_to(group, "Alipay 2"), "payee_announced")
    assert [b.label for row in announced.buttons for b in row] == ["unexpected", "vouch"]
    assert said(tick(group, 12)) == ["payee_waits"]
    assert tick(group, 13) == Decision()
    group.say(AgreePayee, ANN)
    tick(group, 13)
    assert group.header.payee == "Alipay 2"


def test_who_says_the_old_account_again_has_changed_their_mind(group: Group) -> None:
    moves_to(group, "Alipay 2")
    moves_to(group, "Alipay 1")
    assert tick(group, 13) == Decision()
    with pytest.raises(Gone):
        group.say(HoldPayee, BO)


def test_what_is_over_keeps_what_it_said(group: Group) -> None:
    moves_to(group, "Alipay 2")
    group.say(Close, MEI)
    tick(group, 12)
    assert group.header.payee == "Alipay 1"
