"""The organiser's board: for those in charge alone, with everybody, the money that waits, the ways and why."""

from __future__ import annotations

import pytest

from adapters.causes import catalogue
from bot.domain.model import MemberId
from bot.domain.money import Money
from bot.ports import Person, Unknown
from bot.store.board import PEOPLE, STEPS
from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build
from tests.dialogs.ways import Scripted

NAMES = ("Anna", "Ben", "Dora", "Emil", "小王")
WORDS = {
    "en": {
        "bus": "/collect 60 each Bus",
        "paid": "I've paid",
        "states": (
            "🕓 Emil ¥60.00 to be checked",
            "never opened",
            "Wait for your answer 1",
            "Settled 2",
            "🔔 Tue 16:00 · group reminder",
        ),
        "taken": "the best that works",
        "passed": ("Alipay had just failed", "PayPal does not take this currency"),
        "before": "Before it Alipay, failed (a way to pay that does not work just now)",
        "failing": ("Alipay failing", "33 % answered", "Alipay began to fail"),
        "held": ("¥60.00", "A large payment: shall it go through?"),
    },
    "zh_CN": {
        "bus": "收款 60 每人 车费",
        "paid": "我付了",
        "states": ("🕓 Emil ¥60.00 待核对", "没打开", "等你答复 1", "已结清 2", "🔔 周二 16:00 · 群提醒"),
        "taken": "可用的里面最好",
        "passed": ("支付宝：刚失败过", "PayPal：不收这种货币"),
        "before": "此前支付宝：失败（某种方式暂时不能用）",
        "failing": ("支付宝 出错多", "33% 有回应", "支付宝：开始频繁出错"),
        "held": ("¥60.00", "大额付款：放行吗？"),
    },
}


def _number(house: House, person: str) -> MemberId:
    name = {"xiaowang": "小王"}.get(person, person.title())
    return house.store.run(lambda work: work.member_of("room", Person(person, name)).id)


def _link(house: House, person: str = "lin") -> str:
    """The address of the board, as it would be sent to that person."""
    (collection,) = house.store.run(lambda work: tuple(work.collections()))
    return house.app.parts.links.board(collection, _number(house, person))


async def _seen(house: House, link: str) -> str:
    """What the page says, in one line."""
    return " ".join((await house.page(link)).split())


async def _start(house: House, person: str, channel: str = "") -> None:
    link = await house.link(person)
    answer = await house.web.post(f"{link}/start", data={"channel": channel})
    assert answer.status_code == 303
    await house.app.settle()


@pytest.fixture
def alipay() -> Scripted:
    return Scripted("alipay", fee_basis_points=60)


@pytest.fixture(params=["en", "zh_CN"])
async def here(request: pytest.FixtureRequest, build: Build, alipay: Scripted) -> House:
    extra = {"alipay": alipay, "stripe": Scripted("stripe", fee_basis_points=290)}
    extra["paypal"] = Scripted("paypal", currencies=frozenset({"USD"}))
    house = await build(locale=request.param, extra=extra, channels=(*extra, "manual"), causes=catalogue())
    await house.say("lin", WORDS[house.locale]["bus"])  # type: ignore[arg-type]
    return house


def words(house: House, key: str) -> tuple[str, ...]:
    said = WORDS[house.locale][key]
    return (said,) if isinstance(said, str) else said


# -- who may look ---------------------------------------------------------------------------------------------


async def test_it_is_sent_in_private_to_those_in_charge_and_never_into_the_group(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    await house.press("lin", "Manage")
    board = next(m for m in house.room.board.phones["lin"] if "Bus" in m.html and m.buttons)
    (url,) = [each["url"] for row in board.buttons for each in row if each["url"]]
    assert "Ben" in await house.page(url)
    assert all("/board/" not in f"{m.html}{m.buttons}" for m in house.room.board.group)


async def test_it_can_be_asked_for_in_words_by_those_in_charge_only(build: Build) -> None:
    for locale, said in (("en", "/board"), ("zh_CN", "看板")):
        home = await build(locale=locale)
        await home.say("lin", "/collect 60 each Bus")
        heard = await home.say("lin", said)
        assert "#1 Bus" in heard["lin"]
        assert "/board/" not in heard.group
        heard = await home.say("anna", said)
        assert heard["anna"] == ""
        assert "Lin" in heard.group


async def test_it_is_shown_to_helpers_and_admins_while_they_are_that(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    for person in ("anna", "ben"):
        assert (await house.web.get(_link(house, person))).status_code == 404
    await house.say("lin", "/helper @Anna")
    assert "Ben" in await house.page(_link(house, "anna"))
    await house.say("lin", "/helper off @Anna")
    gone = await house.web.get(_link(house, "anna"))
    assert gone.status_code == 404
    assert not any(name in gone.text for name in NAMES)


async def test_an_admin_of_the_chat_may_look_and_where_nobody_can_tell_nobody_may(house: House) -> None:
    await house.say("anna", "/collect 60 each Bus")
    link = _link(house, "lin")
    assert "Ben" in await house.page(link)

    async def silent(chat: str, person: str) -> bool:
        raise Unknown("timeout")

    house.room.is_admin = silent  # type: ignore[method-assign]
    assert (await house.web.get(link)).status_code == 404
    assert (await house.web.get(_link(house, "anna"))).status_code == 200


async def test_links_of_another_kind_damaged_or_old_ones_show_nothing(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    link, pay = _link(house), await house.link("anna")
    (collection,) = house.store.run(lambda work: tuple(work.collections()))
    foreign = house.app.parts.links.notice_board(collection)
    others = (pay.replace("/pay/", "/board/"), foreign.replace("/c/", "/board/"), link[:-3], link + "x")
    for other in (*others, link.replace("/board/", "/pay/"), link.replace("/board/", "/receipts/")):
        answer = await house.web.get(other)
        assert answer.status_code == 404, other
        assert "Ben" not in answer.text
    await house.advance(days=8)
    assert (await house.web.get(link)).status_code == 404


async def test_nothing_can_be_done_there(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    assert (await house.web.post(_link(house))).status_code == 405
    assert "<form" not in (await house.web.get(_link(house))).text


# -- what it shows --------------------------------------------------------------------------------------------


async def test_it_says_who_stands_where_and_what_comes_next(here: House, alipay: Scripted) -> None:
    await here.press("emil", words(here, "paid")[0])
    await _start(here, "anna")
    alipay.pays(next(iter(alipay.orders)))
    await here.advance(minutes=2)
    page = await _seen(here, _link(here))
    for name in NAMES:
        assert name in page
    for part in words(here, "states"):
        assert part in page


async def test_it_says_which_way_was_taken_which_were_passed_over_and_why(here: House, alipay: Scripted) -> None:
    alipay.mood = "down"
    for person in ("anna", "ben", "dora"):
        await _start(here, person)
    page = await _seen(here, _link(here))
    for part in (*words(here, "taken"), *words(here, "passed"), *words(here, "before")):
        assert part in page


async def test_it_says_how_the_ways_do_and_what_they_became(here: House, alipay: Scripted) -> None:
    await _start(here, "anna")
    alipay.mood = "down"
    for person in ("ben", "dora"):
        await _start(here, person)
    page = await _seen(here, _link(here))
    for part in words(here, "failing"):
        assert part in page


async def test_what_channels_became_outlives_what_is_in_memory(build: Build, alipay: Scripted) -> None:
    home = await build(extra={"alipay": alipay}, channels=("alipay", "manual"), causes=catalogue())
    await home.say("lin", "/collect 60 each Bus")
    alipay.mood = "down"
    for person in ("anna", "ben", "dora", "emil", "xiaowang"):
        await _start(home, person)
    page = await _seen(home, _link(home))
    assert "Alipay resting" in page
    assert "breaker open" in page
    assert "Alipay breaker opened, nothing is asked for a while" in page
    home.app.channels._records.clear()
    page = await _seen(home, _link(home))
    assert "Alipay not asked lately" in page
    assert "Alipay breaker opened" in page


async def test_large_payments_and_money_on_no_due_wait_there(build: Build) -> None:
    for locale in ("en", "zh_CN"):
        home = await build(locale=locale, hold_above=(Money(5000, "CNY"),), causes=catalogue())
        await home.say("lin", WORDS[locale]["bus"])  # type: ignore[arg-type]
        await home.web.post(f"{await home.link('anna')}/start", data={"channel": "sandbox"})
        page = await _seen(home, _link(home))
        for part in words(home, "held"):
            assert part in page


async def test_money_that_came_twice_is_listed_with_its_owner(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    order = await house.start(await house.link("anna"))
    await house.at_bank(order, "twice")
    await house.at_bank(order, "success")
    await house.say("lin", "/adjust @Anna 50")
    await house.press("lin", "Yes, do it")
    page = await _seen(house, _link(house))
    assert "Anna ¥10.00 ➕ paid too much (their credit)" in page


async def test_names_are_text_and_those_who_look_alike_are_told_apart(house: House) -> None:
    house.moves_in("mallory", "<script>alert(1)</script>")
    house.moves_in("anna2", "Аnna")  # a Cyrillic А
    await house.say("lin", '/collect 60 each "<img src=x onerror=alert(1)>"')
    html = (await house.web.get(_link(house))).text
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "&lt;script&gt;alert(1)" in html
    page = await _seen(house, _link(house))
    assert f"Anna #{_number(house, 'anna')}" in page


async def test_people_of_a_large_group_come_page_by_page_and_by_what_they_wait_for(house: House) -> None:
    for n in range(120):
        house.moves_in(f"m{n}", f"Member {n:03}")
    await house.say("lin", "/collect 10 each Ticket")
    first = await house.web.get(_link(house))
    assert first.text.count('class="head"') >= PEOPLE
    assert 'rel="next"' in first.text
    last = await house.page(f"{_link(house)}?page=99999")
    assert "3 / 3" in last
    assert "Member 119" in last
    settled = await house.page(f"{_link(house)}?who=settled")
    assert "Lin" in settled
    assert "Member" not in settled
    assert (await house.web.get(f"{_link(house)}?who=<b>&page=-1&past=x")).status_code == 200


async def test_decisions_come_page_by_page_the_newest_first(alipay: Scripted, build: Build) -> None:
    home = await build(extra={"alipay": alipay}, channels=("alipay", "sandbox"), causes=catalogue())
    await home.say("lin", "/collect 60 each Bus")
    for n in range(STEPS + 3):
        await _start(home, "anna", ("alipay", "sandbox")[n % 2])
        await home.advance(seconds=5)
    newest = (await home.web.get(_link(home))).text
    older = (await home.web.get(f"{_link(home)}?past=1")).text
    assert (newest.count("→ <b>"), older.count("→ <b>")) == (STEPS, 3)


async def test_a_page_that_has_not_changed_is_not_sent_again(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    first = await house.web.get(_link(house))
    again = await house.web.get(_link(house), headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await house.pay("anna")
    changed = await house.web.get(_link(house), headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_the_page_for_everybody_says_that_a_way_is_down_and_names_nobody(here: House, alipay: Scripted) -> None:
    alipay.mood = "down"
    for person in ("anna", "ben", "dora"):
        await _start(here, person)
    (collection,) = here.store.run(lambda work: tuple(work.collections()))
    page = await here.page(here.app.parts.links.notice_board(collection))
    said = "Alipay does not answer as it should" if here.locale == "en" else "支付宝暂时没有正常回应"
    assert said in page
    assert not any(name in page for name in NAMES)
