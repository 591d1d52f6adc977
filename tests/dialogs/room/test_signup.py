"""Activities with places and a waitlist, and all or nothing: what a group sees and does, in both languages."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build

BADMINTON = '/collect 50 each Badminton cap 2 at "2026-12-05 19:00" place "Hall 3"'
YUMAOQIU = "收款 50 每人 羽毛球 上限 2 人 时间 12月5日19:00 地点 3号馆"


@pytest.mark.parametrize(
    ("locale", "line", "read_back", "card"),
    [
        (
            "en",
            BADMINTON,
            ("🗓 5 Dec 19:00 · 📍 Hall 3", "2 places, then a waitlist; ¥50.00 each", "Whoever comes taps “I'm in”"),
            ("🗓 5 Dec 19:00 · 📍 Hall 3", "🎟 0/2 places", "Coming? Tap “I'm in”."),
        ),
        (
            "zh_CN",
            YUMAOQIU,
            ("19:00 · 📍 3号馆", "2 个名额，满员后排候补；每人 ¥50.00", "要来的请点“算我一个”"),
            ("📍 3号馆", "🎟 名额 0/2", "要来的请点“算我一个”"),
        ),
    ],
)
async def test_an_activity_says_when_where_and_how_many_places(
    build: Build, locale: str, line: str, read_back: tuple[str, ...], card: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    heard = await house.say("lin", line)
    for words in read_back:
        assert words in heard.group
    for words in card:
        assert words in house.card()


@pytest.mark.parametrize(
    ("locale", "line", "join", "out", "words"),
    [
        (
            "en",
            BADMINTON,
            "I'm in",
            "I can't come",
            ("You are number 1 on the waitlist", "1 waiting", "a place became free", "You are off the list"),
        ),
        (
            "zh_CN",
            YUMAOQIU,
            "算我一个",
            "我不去了",
            ("你排在候补第 1 位", "候补 1 人", "空出一个名额，轮到你了", "已帮你退出"),
        ),
    ],
)
async def test_the_waitlist_moves_up_when_somebody_cannot_come(
    build: Build, locale: str, line: str, join: str, out: str, words: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    await house.press("anna", join)
    await house.press("ben", join)
    waits, on_card, moved, off = words
    assert waits in (await house.press("xiaowang", join)).answer
    assert on_card in house.card()
    heard = await house.press("anna", out)
    assert off in heard.answer
    assert moved in heard["xiaowang"]
    assert "¥50.00" in heard["xiaowang"]
    assert on_card not in house.card()
    await house.pay("xiaowang")
    assert "1/2" in house.card()
    assert house.verify() == ()


async def test_who_cannot_be_written_to_is_called_in_the_group(house: House) -> None:
    await house.say("lin", BADMINTON)
    for person in ("anna", "ben", "emil"):
        await house.press(person, "I'm in")
    assert "Emil, a place became free in #1 Badminton: you are in!" in (await house.press("anna", "I can't come")).group


async def test_whom_the_organiser_drops_lets_the_next_one_in(house: House, chinese: House) -> None:
    await house.say("lin", BADMINTON)
    for person in ("anna", "ben", "xiaowang"):
        await house.press(person, "I'm in")
    await house.say("lin", "/drop @anna")
    assert "a place became free" in (await house.press("lin", "Yes, do it"))["xiaowang"]
    await chinese.say("lin", YUMAOQIU)
    for person in ("anna", "ben", "xiaowang"):
        await chinese.press(person, "算我一个")
    await chinese.say("lin", "/移除 @Anna")
    assert "轮到你了" in (await chinese.press("lin", "是，就这样"))["xiaowang"]


async def test_one_may_type_it_as_well(house: House, chinese: House) -> None:
    await house.say("lin", BADMINTON)
    assert "Anna is in: ¥50.00" in (await house.say("anna", "/in")).group
    assert "You are off the list of #1" in (await house.say("anna", "/out")).group
    await chinese.say("lin", YUMAOQIU)
    assert "Anna 加入了" in (await chinese.say("anna", "算我一个")).group
    assert "已帮你退出" in (await chinese.say("anna", "我不去了")).group


async def test_who_is_not_in_is_not_reminded_and_who_is_in_is(house: House) -> None:
    await house.say("lin", BADMINTON)
    assert (await house.advance(hours=7)).nothing
    await house.press("anna", "I'm in")
    assert "¥50.00 to pay" in (await house.advance(hours=12))["anna"]


async def test_where_everybody_was_asked_the_organiser_takes_one_off(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 50 each Bus")
    assert "Please talk to Lin" in (await house.say("anna", "/out")).group
    await chinese.say("lin", "收款 50 每人 包车")
    assert "请找 Lin" in (await chinese.say("anna", "我不去了")).group


# -- all or nothing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "read_back", "card"),
    [
        (
            "en",
            "/collect 2000 equal Boat all-or-nothing 18",
            ("with 18 people it is on; before, nobody pays", "18 in → ¥111.12 each; 3 more → ¥95.24"),
            ("0/18 in · nobody pays before there are 18", "18 in → ¥111.12 each; 3 more → ¥95.24"),
        ),
        (
            "zh_CN",
            "收款 2000 均摊 包船 满 18 人",
            ("满 18 人才办，不满谁都不用付钱", "18 人 → 每人 ¥111.12；再来 3 人 → ¥95.24"),
            ("已报名 0/18 · 满 18 人才收钱", "18 人 → 每人 ¥111.12；再来 3 人 → ¥95.24"),
        ),
    ],
)
async def test_all_or_nothing_shows_what_it_would_cost(
    build: Build, locale: str, line: str, read_back: tuple[str, ...], card: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    heard = await house.say("lin", line)
    for words in read_back:
        assert words in heard.group
    for words in card:
        assert words in house.card()


@pytest.mark.parametrize(
    ("locale", "line", "join", "words"),
    [
        (
            "en",
            "/collect 90 equal Boat all-or-nothing 3",
            "I'm in",
            ("2 of 3. Nobody pays before there are 3", "3 are in, so it is on! ¥30.00 each", "#1 is gathering: 2 of 3"),
        ),
        ("zh_CN", "收款 90 均摊 包船 满3人", "算我一个", ("2/3", "3 人到齐，成了！每人 ¥30.00", "#1 还在召集：2/3 人")),
    ],
)
async def test_with_enough_it_opens_and_everybody_is_asked(
    build: Build, locale: str, line: str, join: str, words: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    counted, opened, gathers = words
    await house.say("lin", line)
    await house.press("anna", join)
    assert counted in (await house.press("ben", join)).answer
    assert gathers in (await house.say("ben", "/pay")).group
    assert (await house.advance(hours=7)).nothing
    assert opened in (await house.press("dora", join)).group
    assert "0/3" in house.card()
    heard = await house.advance(hours=7)
    assert heard["anna"]
    await house.pay("anna")
    assert house.verify() == ()


@pytest.mark.parametrize(
    ("locale", "line", "join", "words"),
    [
        (
            "en",
            '/collect 50 each Trip min-people 5 by "tomorrow 18:00"',
            "I'm in",
            "1 of 5 came together in time, so it is called off. Nobody pays anything",
        ),
        ("zh_CN", "收款 50 每人 郊游 满 5 人 截止 明天18:00", "算我一个", "有 1 人报名，没到 5 人，这次就不办了"),
    ],
)
async def test_with_too_few_in_time_it_is_called_off_kindly(
    build: Build, locale: str, line: str, join: str, words: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    await house.press("anna", join)
    assert words not in (await house.advance(hours=31)).group
    assert words in (await house.advance(hours=2)).group
    assert (await house.advance(hours=80)).nothing
    assert house.verify() == ()


async def test_status_counts_who_is_in_and_who_waits(house: House, chinese: House) -> None:
    await house.say("lin", "/collect 90 equal Boat all-or-nothing 3")
    await house.press("anna", "I'm in")
    heard = await house.say("ben", "/status")
    assert "1/3 in; nobody pays before there are 3" in heard.group
    assert "never opened" not in heard.group
    await chinese.say("lin", "收款 50 每人 上限 1 人")
    await chinese.press("anna", "算我一个")
    await chinese.press("ben", "算我一个")
    assert "候补 1 人" in (await chinese.say("dora", "状态")).group


async def test_downtime_at_the_deadline_only_delays_the_word(house: House) -> None:
    await house.say("lin", '/collect 50 each Trip min-people 5 by "tomorrow 18:00"')
    assert "it is called off" in (await house.away(days=3)).group


async def test_it_can_be_called_off_and_undone_while_it_gathers(house: House) -> None:
    await house.say("lin", "/collect 90 equal Boat all-or-nothing 3")
    assert "is taken back" in (await house.press("lin", "Undo")).answer
    await house.say("lin", "/collect 90 equal Boat all-or-nothing 3")
    await house.say("lin", "/cancel")
    assert "is called off by Lin" in (await house.press("lin", "Yes, do it")).group


async def test_what_could_have_no_price_is_asked_about(house: House, chinese: House) -> None:
    assert "from how many people on?" in (await house.say("lin", "/collect 600 equal cap 12")).group
    assert "only 6 places" in (await house.say("lin", "/collect 600 equal cap 6 min-people 18")).group
    assert "至少几个人才办" in (await chinese.say("lin", "收款 600 均摊 上限 12 人")).group
    assert "只有 6 个名额" in (await chinese.say("lin", "收款 600 均摊 上限 6 人 满 18 人")).group
