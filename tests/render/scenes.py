"""Everything the bot says, made by real decisions: notices and refusals with the params that they really carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

from bot.domain import command as c, errors
from bot.domain.decision import Decision
from bot.domain.errors import Refusal
from bot.domain.model import CollectionState, Member, MemberId, Mode, RefundState
from bot.domain.money import Money
from bot.domain.notice import Medium, Notice, Reply, Value, Who
from bot.domain.plans import Plan
from bot.domain.routing import Option, Why
from bot.service.handle import Dropped, refused
from tests.domain.group import ANN, BO, CAI, CHAT, MEI, NOON, Group
from tests.render import changes, credit, invoices
from tests.render.covering_scenes import covering
from tests.render.doors import doors
from tests.render.held_scenes import holding, unclear
from tests.render.statement_scenes import reading
from tests.render.stopped import stopping
from tests.render.stray_scenes import straying

TITLE = "Farewell present & <b>dinner</b> for Wang Xiaoming"
PRESS = Reply(CHAT, press="p1")
PRIVATE = Reply(CHAT, message="m1", private=True)
MOST = 999_999_999
"""Cents: the longest amount that is ever written."""


def _gap(*, short: bool, more: int) -> Refusal:
    money = Money(MOST, "CNY")
    lines: tuple[Value, ...] = ({"name": "小张 <b>", "money": money}, {"name": "Bo", "money": money})
    return errors.SumsDoNotMeet(stated=money, total=money, gap=money, short=short, lines=lines, more=more)


_ROWS: tuple[Value, ...] = tuple(
    {"line": n, "said": "<i>小张</i> | 30", "code": code}
    for n, code in enumerate(("NO_AMOUNT", "NO_NAME", "NOT_KNOWN", "SEVERAL", "TWICE", "EXPONENT"), start=1)
)
REFUSALS: tuple[Refusal, ...] = (
    errors.Unclear(code="AMBIGUOUS_SEPARATOR", understood="/collect", problem="12,34", example="/collect 200 equal"),
    errors.NotYours(member=Who(ANN)),
    errors.NotAllowed(organiser=Who(MEI)),
    errors.NotAllowed(organiser=None),
    errors.PostAsYourself(),
    errors.NoCollection(number=7),
    errors.NoCollection(number=None),
    errors.WhichCollection(numbers=(1, 2, 12)),
    errors.NotOpen(number=3, state="closed"),
    errors.NotOpen(number=3, state="cancelled"),
    errors.NotOwing(member=Who(ANN)),
    *(errors.NothingToPay(state=state) for state in ("paid", "waived", "claimed")),
    errors.AlreadyIn(number=3, waits=0),
    errors.AlreadyIn(number=3, waits=2),
    errors.AlreadyIn(number=3, who=Who(ANN)),
    errors.NeedsAmount(who=Who(ANN)),
    errors.NotSplit(),
    errors.TooManyOthers(most=20),
    errors.NotTheSame(),
    errors.OutOfReach(who=Who(ANN)),
    *(errors.CannotUndo(number=3, kind="dropped", why=why, minutes=10) for why in ("late", "money", "changed")),
    errors.DoesNotAddUp(fixed=Money(6667, "CNY"), total=Money(MOST, "CNY")),
    errors.NothingChanges(pinned=True),
    errors.NothingChanges(pinned=False),
    errors.AskOrganiser(organiser=Who(MEI)),
    errors.CannotLeave(organiser=Who(MEI)),
    errors.NotYet(number=3, heads=7, quorum=18),
    errors.PlacesDoNotFit(cap=6, quorum=18),
    errors.NeedsQuorum(),
    *(_gap(short=short, more=more) for short, more in ((True, 0), (False, 3))),
    errors.DeclareFirst(),
    errors.InvoiceNotYours(),
    errors.MustBeDigital(currency="XTR"),
    errors.InvoiceStale(number=3),
    errors.TooLittle(minimum=Money(300, "CNY")),
    errors.TooMuch(maximum=Money(MOST, "CNY")),
    errors.NothingPaid(number=3),
    errors.NothingToReturn(member=Who(ANN)),
    errors.NoWay(),
    *(errors.WayClosed(why=o.value) for o in Why if not Option("alipay", o).usable),
    errors.BadAmount(money=Money(6667, "CNY")),
    errors.ListDoesNotFit(lines=_ROWS, more=3, good=1),
    errors.ListDoesNotFit(lines=(), more=0, good=0),
    *(errors.NotAFile(code=code) for code in ("TOO_LARGE", "TOO_MANY", "EMPTY", "BROKEN", "UNREADABLE", "GONE")),
    errors.NobodyToAsk(),
    errors.NotKnown(name="<i>小张</i>"),
    errors.WhichMember("Alice", ((Member(ANN), c.Command()), (Member(BO), c.Command()))),
    errors.TooLate(number=3),
    errors.Gone(),
    errors.NeedsReason(),
    errors.OnlyInGroup(),
    errors.NothingToNet(),
    errors.NoTags(organiser=Who(MEI)),
    errors.PlanNotThere(why="tie", letters=("A", "C")),
    errors.PlanNotThere(why="no_votes", letters=()),
    *(errors.PlanNotThere(why=why, letters=()) for why in ("no_history", "no_items", "too_many_items", "too_small")),
    errors.WhichItem(item="<b>beer</b>", items=("fish", "rice")),
    errors.WhichItem(item="beer", items=()),
    Dropped(),
)
"""Each refusal as it is raised; ``test_every_notice`` holds the params against the code."""


@cache
def notices() -> tuple[Notice, ...]:
    """All that decisions say, the answer to every refusal (to a message and to a press), and what intake says."""
    said = [n for decided in _decisions() for notice in decided.notices for n in _sent(notice)]
    for reply in (Reply(CHAT, message="m1"), PRESS):
        ask = c.AskHelp(by=c.Actor(ANN), reply=reply)
        said += [refused(ask, refusal) for refusal in REFUSALS]
    said += [
        Notice("welcome", Medium.CHAT, chat=CHAT),
        Notice("open_private", Medium.CHAT, chat=CHAT, params={"who": Who(ANN, ping=True)}),
        Notice("edits_do_not_count", Medium.CHAT, chat=CHAT),
        Notice("press_expired", Medium.ANSWER, press="p1"),
    ]
    return tuple(said)


def _sent(notice: Notice) -> Iterator[Notice]:
    """As it is when it leaves: a personal reminder learns what remains; nothing when no amount was declared yet."""
    if notice.medium is Medium.CARD:
        return
    if notice.once and notice.member is not None:
        for remaining in (Money(MOST, "CNY"), None):
            yield replace(notice, params={**notice.params, "remaining": remaining, "money": remaining})
    else:
        yield notice


def _group(minor: int | None = 20_000, mode: Mode = Mode.EQUAL, **options: object) -> tuple[Group, Decision]:
    """Mei collects from Ann, who may be written to and called, and Bo, who may not."""
    ann = Member(ANN, "Ann", reachable=True, phone="+8613800138000", consent=True)
    group = Group(Member(MEI, "Mei"), ann, Member(BO, "Bo"), timezone="Asia/Shanghai")
    deadline = NOON + timedelta(days=2)
    return group, group.collect(minor, mode, **{"title": TITLE, "deadline": deadline, **options})


def _decisions() -> Iterator[Decision]:
    yield from _asking_for_money()
    yield from _matching()
    yield from _planning()
    yield from _signing_up()
    yield from _paying()
    yield from holding(_group)
    yield from unclear(_group)
    yield from stopping(_group)
    yield from invoices.decisions()
    yield from covering(_group)
    yield from _changing()
    yield from _giving_back()
    yield from _not_fitting()
    yield from straying(_group)
    yield from reading(_group)
    yield from changes.decisions()
    yield from credit.decisions()
    yield from _asking_questions()
    yield from _resting()
    yield from doors(_group)
    yield from _on_platforms_that_forget()
    yield from _telling_of_oneself()
    yield from _reminding()


def _asking_for_money() -> Iterator[Decision]:
    group, opened = _group()
    yield opened
    yield group.say(c.Join, CAI)
    yield group.say(c.Undo, MEI)
    yield _group(5_000, Mode.EACH)[1]
    yield _group(MOST, Mode.EACH, title="")[1]
    yield _group(mode=Mode.FIXED, minor=None, fixed=((ANN, 3_000), (BO, 5_000)))[1]
    group, opened = _group(None, Mode.SELF, goal=200_000)
    yield opened
    yield group.say(c.AskShare, ANN, reply=PRESS)
    yield group.say(c.AskToPay, ANN, reply=PRESS)
    yield group.say(c.AskWhy, ANN, reply=PRESS)
    yield group.say(c.AskStatus, MEI)
    yield group.say(c.Join, CAI, reply=PRESS)
    yield group.say(c.Declare, ANN, amount=MOST)


def _matching() -> Iterator[Decision]:
    group, _ = _group(tagged=True)
    for amounts in ((6_668, 9_999), (1,), (6_668, 6_668)):
        yield group.say(c.Arrived, MEI, amounts=amounts)
    yield group.insist(c.Arrived, MEI, amounts=(6_668,))


def _planning() -> Iterator[Decision]:
    group, _ = _group()
    yield group.compare(90_000, title=TITLE)
    yield group.say(c.Had, ANN, name="<b>fish</b>", amount=6_000, who=(ANN, BO))
    for _ in range(2):
        yield group.say(c.TapItem, MEI, index=0, reply=PRESS)
    yield group.say(c.OpenVote, MEI, reply=PRESS)
    yield group.say(c.TapPlan, ANN, plan=Plan.EQUAL, reply=PRESS)
    yield group.say(c.ChoosePlan, MEI)
    yield group.compare(MOST)
    yield group.say(c.Join, CAI, reply=PRESS)


def _signing_up() -> Iterator[Decision]:
    at = {"starts_at": NOON + timedelta(days=3), "place": "Hall <3>"}
    group, opened = _group(5_000, Mode.EACH, cap=1, only=(ANN, BO), **at)
    yield opened
    yield group.say(c.Join, CAI)
    group.pay(ANN)
    for _ in range(2):
        yield group.say(c.Leave, ANN) if group.dues[ANN].counts else group.say(c.Leave, CAI)
    group, opened = _group(200_000, quorum=2, cap=4, place="Hall")
    yield opened
    for member in (ANN, BO, CAI, MEI):
        yield group.say(c.Join, member)
    group.pay(ANN)
    proposed = group.say(c.Leave, BO)
    yield proposed
    yield group.agree(proposed)
    group, opened = _group(200_001, quorum=3, title="", deadline=None)
    yield opened
    yield group.say(c.Join, ANN, reply=PRESS)
    group.now += group.policy.gathering
    yield group.do(c.Lapse(collection=group.header.id))
    group, opened = _group(200_001, quorum=2, cap=2, only=(ANN,))
    yield opened
    yield _group(5_000, Mode.EACH, quorum=3, cap=9)[1]
    group, opened = _group(5_000, Mode.EACH, quorum=2, cap=2, only=(ANN, BO, CAI))
    yield opened
    yield _group(5_000, Mode.EACH, starts_at=NOON + timedelta(days=3))[1]
    weights = ((ANN, 150), (BO, 50))
    options = {"weights": weights, "others": 100, "partners": ((ANN, CAI),), "sums": (("3×66", 19_800),)}
    yield _group(60_000, Mode.SHARES, **options)[1]
    many = tuple((MemberId(n), 100) for n in range(1, 20))
    yield _group(60_000, Mode.SHARES, weights=many)[1]
    yield _group(None, Mode.SELF, minimum=100, maximum=MOST, suggested=5_000, goal=MOST)[1]


def _paying() -> Iterator[Decision]:
    group, _ = _group()
    for ask in (c.AskToPay, c.AskShare, c.AskWhy):
        yield group.say(ask, ANN, reply=PRESS)
        yield group.say(ask, ANN)
    yield group.say(c.Claim, ANN, proof="room:f1", reply=PRESS)
    yield group.say(c.Reject, MEI, member=ANN, reply=PRESS)
    yield group.say(c.Claim, ANN)
    yield group.say(c.AskStatus, MEI)
    yield group.say(c.Confirm, MEI, member=ANN, reply=PRESS)
    attempt = group.start(BO)
    yield group.pay(BO, 1_000)
    yield group.say(c.AskShare, BO)
    yield group.say(c.AskStatus, MEI)
    yield group.pay(BO)
    yield group.arrives(attempt, reference="twice")
    yield group.say(c.Close, MEI)
    yield group.arrives(attempt, reference="late")
    yield group.say(c.AskShare, BO, reply=PRESS)
    yield group.say(c.AskWhy, BO, reply=PRESS)
    group, _ = _group()
    lost = replace(group.start(ANN), state=c.IntentState.UNKNOWN, asked=1_000)
    group.intents[lost.id] = lost
    yield group.do(c.AskChannel(intent=lost.id))


def _changing() -> Iterator[Decision]:
    group, _ = _group()
    group.pay(ANN)
    joining = group.say(c.Join, CAI, reply=PRESS)
    yield joining
    yield group.agree(joining)
    for change in (
        lambda: group.say(c.Adjust, MEI, member=ANN, amount=1_000, reason="a <b>child</b>"),
        lambda: group.say(c.Waive, MEI, member=BO, reason="no money"),
        lambda: group.say(c.Cancel, MEI),
    ):
        proposed = change()
        yield proposed
        yield group.agree(proposed)
    group, _ = _group()
    yield group.say(c.Adjust, MEI, member=BO, amount=MOST)
    yield group.say(c.Waive, MEI, member=BO)
    yield group.do(c.MemberLeft(collection=group.header.id, member=BO))
    nothing_paid = group.say(c.Cancel, MEI, reply=PRESS)
    yield nothing_paid
    yield group.agree(nothing_paid)
    group, _ = _group(None, Mode.SELF)
    yield group.do(c.MemberLeft(collection=group.header.id, member=BO))
    yield group.say(c.Waive, MEI, member=BO)
    yield group.insist(c.Waive, MEI, member=ANN)
    yield group.say(c.Adjust, MEI, member=BO, amount=500)
    yield group.say(c.Close, MEI, reply=PRESS)


def _giving_back() -> Iterator[Decision]:
    group, _ = _group(MOST * 3)
    group.pay(ANN)
    group.say(c.Confirm, MEI, member=BO)
    for who, amount, to_credit in ((ANN, 1_000, False), (ANN, 500, True), (ANN, None, False), (BO, None, False)):
        preview = group.say(c.GiveBack, MEI, member=who, amount=amount, to_credit=to_credit)
        yield preview
        yield group.agree(preview)
    first, second, by_hand = group.refunds.values()
    yield group.say(c.GaveBack, MEI, refund=by_hand.id, reply=PRESS)
    yield group.answers(first, RefundState.REFUNDED)
    yield group.answers(first, RefundState.FAILED, "account_closed")
    group.refunds[second.id] = replace(second, asked=1_000)
    yield group.answers(second, RefundState.UNKNOWN)
    again = group.insist(c.GiveBack, MEI, member=ANN, loose=True)
    yield again
    yield group.answers(again.refunds[0], RefundState.FAILED, "cannot_refund")


def _not_fitting() -> Iterator[Decision]:
    group, _ = _group(MOST * 3)
    attempt = group.start(ANN)
    yield group.arrives(attempt, MOST - 5)
    for reply in (Reply(CHAT, message="m1"), PRIVATE):
        yield group.do(c.AskMoney(by=c.Actor(MEI), reply=reply))
    yield group.say(c.LeaveMoney, MEI, member=ANN, reply=PRESS)
    yield group.say(c.Accept, MEI, member=ANN, reply=PRESS)
    yield group.arrives(attempt, 70)
    yield group.say(c.MakeCredit, MEI, member=ANN, reply=PRESS)
    for answer in (c.KeepCredit, c.WantBack):
        yield group.say(answer, ANN, reply=PRESS)
    yield Group().do(c.AskMoney(by=c.Actor(MEI), reply=PRIVATE))


def _asking_questions() -> Iterator[Decision]:
    group, _ = _group()
    yield group.say(c.AskPreview, MEI)
    for member in (MEI, ANN):
        yield group.say(c.AskStatus, member)
        yield group.say(c.AskStatus, member, reply=PRESS)
    yield group.say(c.AskHistory, MEI)
    yield group.say(c.AskHistory, MEI, reply=PRIVATE)
    for question in (c.AskManage, c.AskBoard, c.AskDetails, c.AskPreview):
        yield group.say(question, MEI, reply=PRESS)
    group.say(c.Close, MEI)
    yield group.say(c.AskPreview, MEI)
    yield group.say(c.AskManage, MEI)
    yield group.say(c.AskStatus, MEI)
    crowd = Group(*(Member(MemberId(n), f"member {n}") for n in range(1, 71)))
    crowd.collect(1_000_000)
    yield crowd.say(c.AskStatus, MEI)


def _resting() -> Iterator[Decision]:
    group, _ = _group()
    for promised in (True, False):
        for hours in (20, 200):
            until = NOON + timedelta(hours=hours)
            yield group.say(c.Rest, ANN, until=until, promised=promised)


def _on_platforms_that_forget() -> Iterator[Decision]:
    group, _ = _group()
    yield group.do(c.Outage(chat=CHAT, since=NOON, until=NOON + timedelta(minutes=20)))
    yield group.say(c.SawTransfer, ANN)
    for made in (group, Group()):
        yield made.do(c.Resync(by=c.Actor(ANN), reply=Reply(CHAT, message="m1")))


def _telling_of_oneself() -> Iterator[Decision]:
    group, _ = _group()
    for topic in ("help", "help_collect", "start", "privacy", "not_understood"):
        yield group.do(c.AskHelp(by=c.Actor(ANN), reply=PRIVATE, topic=topic))
    for on in (False, True):
        yield group.do(c.SetReminders(by=c.Actor(ANN), reply=PRESS, on=on))
    for reply in (Reply(CHAT, message="m1"), PRIVATE):
        for phone in ("+8613800138000", ""):
            yield group.do(c.SetConsent(by=c.Actor(ANN), reply=reply, phone=phone))
        for text, picture in (("Alipay 138 <1>", "room:qr"), ("Alipay", ""), ("", "room:qr"), ("", "")):
            yield group.do(c.SetPayee(by=c.Actor(ANN), reply=reply, text=text, picture=picture))
        yield group.do(c.AskMyData(by=c.Actor(ANN), reply=reply))
        yield group.do(c.Forget(by=c.Actor(ANN), reply=reply))
        yield group.do(c.Forget(by=c.Actor(ANN), reply=reply, confirmed=True))
        yield group.do(c.SetLanguage(by=c.Actor(ANN, admin=True), reply=reply, locale="en"))


def _reminding() -> Iterator[Decision]:
    crowd = Group(
        *(Member(MemberId(n), f"member {n}", reachable=n % 2 == 0) for n in range(1, 40)),
    )
    yield crowd.collect(1_000_000)
    yield crowd.at(hours=6)
    group, _ = _group()
    yield group.at(hours=6)
    yield group.at(hours=72)
    group, _ = _group(None, Mode.SELF, deadline=None)
    yield group.at(hours=6)
    group, _ = _group()
    group.start(ANN)
    group.start(BO)
    for after in ({"minutes": 4}, {"minutes": 20}, {"hours": 24.2}):
        yield group.at(**after)
    assert group.header.state is CollectionState.OPEN
