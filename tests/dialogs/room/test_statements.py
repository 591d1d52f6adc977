"""The bank's statement, in the chat: what nobody had told of counts the next day, what is missing is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from adapters.channels.sandbox import Sandbox
from bot.domain.model import Match, Statement
from bot.domain.money import Money
from bot.ports import StatementLine, Unavailable
from bot.store import Work
from tests.dialogs.house import TUESDAY, House
from tests.dialogs.room.conftest import Build

DAY = TUESDAY.date()
OPERATOR = {"admins": frozenset({"room:xiaowang"})}


def _sandbox(house: House) -> Sandbox:
    found = house.channels["sandbox"]
    assert isinstance(found, Sandbox)
    return found


def _kept(house: House, day: date = DAY) -> Statement | None:
    return house.store.run(lambda work: work.statement("sandbox", day))


def _without(house: House, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """The bank's statements lack one charge."""
    sandbox = _sandbox(house)
    whole = sandbox.statement

    async def statement(day: date) -> list[StatementLine]:
        return [line for line in await whole(day) if line.reference != missing]

    monkeypatch.setattr(sandbox, "statement", statement)


async def _lost(house: House, person: str) -> None:
    """They pay, and nobody hears of it."""
    await house.at_bank(await house.start(await house.link(person)), "lost")


@pytest.mark.parametrize(
    ("locale", "asked", "received"),
    [("en", "/collect 60 each Bus", "¥60.00 received"), ("zh_CN", "收款 60 每人 Bus", "收到 ¥60.00")],
)
async def test_money_of_which_nobody_told_counts_the_next_day(
    build: Build, locale: str, asked: str, received: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", asked)
    await _lost(house, "anna")
    assert "1/6" in house.card()
    heard = await house.advance(days=1)
    assert heard["anna"].count(received) == 1
    assert "2/6" in house.card()
    kept = _kept(house)
    assert kept is not None
    assert kept.counts == {"new": 1}
    assert received not in (await house.advance(days=3))["anna"]


async def test_a_day_is_read_once_and_by_hand_as_often_as_one_likes(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await _lost(house, "anna")
    await house.pay("ben")
    await house.advance(days=1)
    before = _kept(house)
    assert before is not None
    assert before.counts == {"known": 1, "new": 1}
    metrics = (await house.web.get("/metrics")).text
    assert 'qunshou_statement_lines{channel="sandbox",match="new"} 1.0' in metrics
    assert 'qunshou_statement_read_timestamp_seconds{channel="sandbox"}' in metrics
    again = await house.app.statements.read("sandbox", DAY)
    assert (again.counts, again.differences) == ({Match.KNOWN: 2}, ())
    await house.app.settle()
    assert _kept(house) == before
    assert "3/6" in house.card()


async def test_days_that_passed_while_nobody_was_there_are_caught_up(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await _lost(house, "anna")
    heard = await house.away(days=5)
    assert "¥60.00 received" in heard["anna"]
    assert all(_kept(house, DAY + timedelta(days=n)) for n in range(5))
    assert _kept(house, DAY - timedelta(days=1)) is None, "from before the channel was used"


async def test_after_long_only_the_last_fortnight_is_read(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await _lost(house, "anna")
    await house.away(days=30)
    read = [n for n in range(30) if _kept(house, DAY + timedelta(days=n))]
    assert read == list(range(16, 30))


@pytest.mark.parametrize(
    ("locale", "asked", "said"),
    [
        ("en", "/collect 60 each Bus", "is in my books, and not in the statement"),
        ("zh_CN", "收款 60 每人 Bus", "账上有，对账单里没有"),
    ],
)
async def test_what_the_statement_lacks_the_operator_hears_once_and_it_stays_in_the_books(
    build: Build, monkeypatch: pytest.MonkeyPatch, locale: str, asked: str, said: str
) -> None:
    house = await build(locale=locale, **OPERATOR)
    await house.say("lin", asked)
    await house.pay("anna")
    (reference,) = house.store.run(_references)
    _without(house, monkeypatch, reference)
    heard = await house.advance(days=1)
    assert heard["xiaowang"].count(said) == 1
    assert reference in heard["xiaowang"]
    assert "2/6" in house.card()
    assert said not in (await house.advance(days=2))["xiaowang"]
    again = await house.app.statements.read("sandbox", DAY)
    assert [one.reference for one in again.differences] == [reference]
    assert said not in (await house.advance(seconds=4))["xiaowang"]


async def test_the_end_of_a_day_is_judged_with_the_next_one(build: Build) -> None:
    """The bank's clock is not ours: what came a minute before midnight may stand in the next statement."""
    house = await build(**OPERATOR)
    await house.say("lin", "/collect 60 each Bus")
    link = await house.link("anna")
    await house.advance(hours=21, minutes=57)
    await house.at_bank(await house.start(link), "success")
    sandbox = _sandbox(house)
    for order in sandbox.bank.paid():
        assert order.paid_at is not None
        order.paid_at += timedelta(minutes=5)
    heard = await house.advance(days=3)
    assert "statement" not in heard["xiaowang"]
    kept = [_kept(house, DAY + timedelta(days=n)) for n in range(2)]
    assert [s.counts for s in kept if s is not None] == [{}, {"known": 1}]


async def test_somebody_elses_sales_are_counted_and_nothing_else(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await house.at_bank(await house.start(await house.link("anna")), "stranger")
    assert house.store.run(lambda work: work.strays_open())["unmatched"] == 1
    house.store.run(lambda work: work.connection.execute(sa.text("DELETE FROM stray")))
    await house.advance(days=1)
    kept = _kept(house)
    assert kept is not None
    assert kept.counts == {"foreign": 1}
    assert house.store.run(lambda work: work.strays_open())["unmatched"] == 0


async def test_what_looks_like_ours_and_is_not_known_is_kept_for_the_operator(build: Build) -> None:
    house = await build(**OPERATOR)
    await house.say("lin", "/collect 60 each Bus")
    await _lost(house, "anna")
    (order,) = _sandbox(house).bank.paid()
    order.id = "abcdefghijklmnop"
    _sandbox(house).bank._orders = {order.id: order}
    heard = await house.advance(days=1)
    assert "¥60.00" in heard["xiaowang"]
    assert house.store.run(lambda work: work.strays_open())["unmatched"] == 1


async def test_a_refund_of_which_the_bank_said_nothing_is_known_the_next_day(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await house.pay("anna")
    sandbox = _sandbox(house)
    sandbox.bank.returns.planned = "mute"
    await house.say("lin", "/refund @anna")
    await house.press("lin", "Yes, do it")
    for back in sandbox.bank.returns.done():
        back.quiet = 99
    heard = await house.advance(days=1)
    assert "¥60.00" in heard["anna"]
    kept = _kept(house)
    assert kept is not None
    assert kept.counts == {"known": 1, "new": 1}


@pytest.mark.parametrize("told", [True, False])
async def test_what_went_back_at_the_banks_desk_is_booked_once_whoever_tells_first(
    house: House, monkeypatch: pytest.MonkeyPatch, *, told: bool
) -> None:
    async def nobody(body: bytes) -> None:
        """The webhook is lost."""

    await house.say("lin", "/collect 60 each Bus")
    await house.pay("anna")
    bank = _sandbox(house).bank
    (order,) = bank.paid()
    if not told:
        monkeypatch.setattr(bank.returns, "_tell", nobody)
    await bank.returns.by_itself(order.id, order.reference, order.came, "refund")
    await house.advance(days=1)
    kept = _kept(house)
    assert kept is not None
    assert kept.counts == ({"known": 2} if told else {"known": 1, "returned": 1})
    assert sum("¥60.00" in words and "Anna" in words for words in house.phone("lin")) == 1
    again = await house.app.statements.read("sandbox", DAY)
    assert again.counts == {Match.KNOWN: 2}


async def test_a_statement_that_cannot_be_had_is_asked_for_again_and_given_up_in_the_end(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await build(**OPERATOR)
    await house.say("lin", "/collect 60 each Bus")
    await _lost(house, "anna")
    sandbox, asked = _sandbox(house), []
    whole = sandbox.statement

    async def statement(day: date) -> object:
        if day == DAY:
            asked.append(house.clock.now())
            raise Unavailable("STATEMENT_CREATING")
        return await whole(day)

    monkeypatch.setattr(sandbox, "statement", statement)
    heard = await house.advance(days=6)
    assert len(asked) == 10
    assert heard["xiaowang"].count("STATEMENT_CREATING") == 1
    monkeypatch.undo()
    await house.app.statements.read("sandbox", DAY)
    await house.advance(seconds=4)
    assert "2/6" in house.card()
    assert (_kept(house) or Statement("", DAY)).read_at is not None


def _references(work: Work) -> list[str]:
    return list(work.connection.execute(sa.text("SELECT reference FROM charge")).scalars())


async def test_a_day_that_trips_us_keeps_no_other_unread_and_the_operator_hears_of_it(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await build(**OPERATOR)
    await house.say("lin", "/collect 60 each Bus")
    await _lost(house, "anna")
    sandbox = _sandbox(house)
    whole = sandbox.statement

    async def statement(day: date) -> object:
        if day == DAY:
            raise RuntimeError("a bug of ours")
        return await whole(day)

    monkeypatch.setattr(sandbox, "statement", statement)
    heard = await house.advance(days=6)
    assert (_kept(house, DAY + timedelta(days=1)) or Statement("", DAY)).read_at is not None
    assert "bug" in heard["xiaowang"]


async def test_what_came_for_an_attempt_that_was_called_off_and_went_back_at_once_never_was_here(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.say("lin", "/collect 60 each Bus")
    order = await house.start(await house.link("anna"))
    await house.advance(minutes=20)
    sandbox, at = _sandbox(house), house.clock.now()
    came = StatementLine("charge", "late", order.rpartition("/")[2], Money(6000, "CNY"), at)
    went = StatementLine("refund", "late-back", "", came.amount, at, charge="late")

    async def statement(day: date) -> list[StatementLine]:
        return [came, went]

    monkeypatch.setattr(sandbox, "statement", statement)
    reading = await house.app.statements.read("sandbox", DAY)
    assert (reading.counts, reading.differences) == ({Match.KNOWN: 2}, ())
    assert "1/6" in house.card()
    assert (await house.pay("anna"))["anna"].count("¥60.00 received") == 1
