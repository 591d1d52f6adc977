"""What is said when a collection is changed while it runs (``scenes``)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.domain import command as c
from bot.domain.decision import Decision
from bot.domain.model import Member, Mode
from bot.domain.money import Money
from bot.domain.notice import Reply
from bot.domain.policy import Policy
from tests.domain.group import ANN, BO, CAI, CHAT, MEI, Group

TITLE = "Farewell present & <b>dinner</b> for Wang Xiaoming"
PRESS = Reply(CHAT, press="p1")
PRIVATE = Reply(CHAT, message="m1", private=True)
MOST = 999_999_999


def decisions() -> Iterator[Decision]:
    yield from _sharing_anew()
    yield from _in_twos()
    yield from _handing_over()
    yield from _leaving()
    yield from _taking_back()
    yield from _another_account()


def _group(minor: int | None = 20_000, mode: Mode = Mode.EQUAL) -> tuple[Group, Decision]:
    group = Group(Member(MEI, "Mei"), Member(ANN, "Ann", reachable=True), Member(BO, "Bo"), timezone="Asia/Shanghai")
    return group, group.collect(minor, mode, title=TITLE)


def _sharing_anew() -> Iterator[Decision]:
    group, _ = _group()
    group.insist(c.Adjust, MEI, member=BO, amount=2_000)
    group.pay(ANN)
    for change in (
        lambda: group.say(c.Add, MEI, member=CAI, reason="came <i>too</i>"),
        lambda: group.say(c.Resplit, MEI, weights=((ANN, 200),), everybody=True, reply=PRIVATE),
        lambda: group.say(c.Drop, MEI, member=ANN, reason="ill"),
        lambda: group.say(c.Add, MEI, member=ANN, amount=1_500),
        lambda: group.say(c.Resplit, MEI, everybody=True, reason="fair"),
    ):
        proposed = change()
        yield proposed
        yield group.agree(proposed)
    late = group.say(c.Adjust, MEI, member=BO, amount=1_000)
    group.pay(BO, 500)
    yield group.agree(late)
    called_off = group.say(c.Cancel, MEI)
    group.pay(BO, 1)
    yield group.agree(called_off)
    full = Group()
    full.collect(50, Mode.EACH, cap=2, only=(MEI, ANN))
    full.say(c.Join, BO)
    yield full.say(c.Drop, MEI, member=ANN)
    group, _ = _group(None, Mode.SELF)
    for kind, options in ((c.Add, {"member": CAI}), (c.Drop, {"member": BO})):
        proposed = group.say(kind, MEI, **options)
        yield proposed
        yield group.agree(proposed)


def _in_twos() -> Iterator[Decision]:
    """Above one yuan, somebody else has to agree."""
    for kind, options in (
        (c.Waive, {"member": BO, "reason": "ill <b>"}),
        (c.Drop, {"member": ANN}),
        (c.GiveBack, {"member": ANN}),
        (c.Cancel, {}),
        (c.Close, {"reply": PRESS}),
    ):
        group = Group(policy=Policy(second_person=(Money(100, "CNY"),)))
        group.collect(20_000, title=TITLE)
        group.pay(ANN)
        asked = group.say(kind, MEI, **options)
        asked = asked if kind is c.Close else group.agree(asked)
        yield asked
        yield group.second(asked, BO, admin=True, agreed=False)
        yield group.second(asked, MEI, agreed=False)
        yield group.second(asked, BO, admin=True)
    group = Group(policy=Policy(second_person=(Money(100, "CNY"),)))
    group.collect(20_000, title=TITLE)
    for _ in range(2):
        group.now += timedelta(minutes=1)
        yield group.insist(c.Adjust, MEI, member=BO, amount=-60, relative=True)


def _handing_over() -> Iterator[Decision]:
    group, _ = _group()
    asked = group.say(c.Handover, MEI, to=ANN)
    yield asked
    yield group.agree(asked)
    yield group.say(c.NameHelper, ANN, member=BO)
    yield group.say(c.NameHelper, ANN, member=BO, on=False)
    group = Group(policy=Policy(organiser_pays=True))
    group.collect(20_000)
    asked = group.say(c.Handover, MEI, to=ANN)
    yield asked
    yield group.agree(asked)


def _leaving() -> Iterator[Decision]:
    group, _ = _group()
    group.pay(BO)
    for member in (ANN, BO):
        yield group.do(c.MemberLeft(collection=group.header.id, member=member))
    for reply in (Reply(CHAT, press="p1", private=True), PRIVATE):
        asked = group.say(c.KeepAsking, MEI, member=ANN, reply=reply)
        yield asked
    yield group.agree(asked)
    group, _ = _group(None, Mode.SELF)
    asked = group.say(c.KeepAsking, MEI, member=ANN)
    yield asked
    yield group.agree(asked)


def _taking_back() -> Iterator[Decision]:
    group, _ = _group()
    group.pay(ANN)
    for kind, options in (
        (c.Drop, {"member": ANN}),
        (c.Waive, {"member": BO}),
        (c.Adjust, {"member": BO, "amount": 1}),
    ):
        group.insist(kind, MEI, **options)
        yield group.say(c.Undo, MEI, reply=PRESS)
    group.say(c.Close, MEI)
    yield group.say(c.Undo, MEI)
    yield group.say(c.AskHistory, MEI)


def _another_account() -> Iterator[Decision]:
    for helpers in ((), (ANN,)):
        group, _ = _group()
        for member in helpers:
            group.say(c.NameHelper, MEI, member=member)
        for text, picture in (("Alipay <1>", ""), ("Alipay <2>", "room:qr"), ("", "room:qr"), ("", "")):
            yield group.do(c.SetPayee(by=c.Actor(MEI), reply=PRIVATE, text=text, picture=picture))
            group.now += timedelta(hours=12)
            yield group.do(c.SwitchPayee(collection=group.header.id))
        group.do(c.SetPayee(by=c.Actor(MEI), reply=PRIVATE, text="Alipay 3"))
        yield group.do(c.SwitchPayee(collection=group.header.id))
        yield group.do(c.SetPayee(by=c.Actor(MEI), reply=PRIVATE, text="Alipay 4"))
        yield group.say(c.HoldPayee, BO, reply=PRESS)
        yield group.say(c.AgreePayee, BO, by=c.Actor(BO, admin=True), reply=PRESS)
