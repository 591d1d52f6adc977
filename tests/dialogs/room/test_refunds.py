"""Giving back: previewed, over the way the money came, told to both; and what banks make of it."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build


async def _paid(house: House, person: str = "anna", *, each: str = "50") -> str:
    """Somebody has paid at the test bank; the bank's address of it."""
    await house.say("lin", f"/collect {each} each Bus")
    order = await house.start(await house.link(person))
    await house.at_bank(order, "success")
    return order


@pytest.mark.parametrize(
    ("locale", "line", "preview", "yes", "promised", "gone", "state"),
    [
        (
            "en",
            "/refund @anna 20",
            "Give ¥20.00 of #1 Bus back to Anna?\n· ¥20.00 over Test bank\nTheir share is then ¥30.00.",
            "Yes, do it",
            "Lin gives you ¥20.00 back.",
            "¥20.00 went back to you over Test bank.",
            "Anna ¥30.00 · paid · ¥20.00 given back",
        ),
        (
            "zh_CN",
            "退款 @anna 20",
            "把 #1 Bus 的 ¥20.00 退给 Anna？\n· ¥20.00 经测试银行原路退回\n之后对方的份额为 ¥30.00。",
            "是，就这样",
            "Lin 退给你 ¥20.00。",
            "¥20.00 已通过测试银行退给你。",
            "Anna ¥30.00 · 已付 · 已退 ¥20.00",
        ),
    ],
)
async def test_a_part_goes_back_after_a_yes_over_the_way_it_came(
    build: Build, locale: str, line: str, preview: str, yes: str, promised: str, gone: str, state: str
) -> None:
    house = await build(locale=locale)
    await _paid(house)
    heard = await house.say("lin", line)
    assert preview in heard.group
    assert not heard["anna"]
    heard = await house.press("lin", yes)
    assert promised in heard["anna"]
    assert gone in heard["anna"]
    assert "¥20.00" in heard["lin"]
    assert state in (await house.say("lin", "/status"))["lin"]
    assert (await house.advance(hours=100))["anna"] == ""


@pytest.mark.parametrize(
    ("locale", "yes", "nothing", "page", "state"),
    [
        ("en", "Yes, do it", "Nothing more is asked of you.", "¥50.00 went back to you", "refunded"),
        ("zh_CN", "是，就这样", "你不用再付了。", "¥50.00 已退给你", "已退"),
    ],
)
async def test_all_goes_back_and_nothing_more_is_asked(
    build: Build, locale: str, yes: str, nothing: str, page: str, state: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", "/collect 50 each Bus")
    link = await house.link("anna")
    await house.at_bank(await house.start(link), "success")
    await house.say("lin", "/refund @anna")
    assert nothing in (await house.press("lin", yes))["anna"]
    assert page in await house.page(link)
    assert f"· {state}" in (await house.say("lin", "/status"))["lin"]
    assert (await house.advance(hours=100))["anna"] == ""


async def test_nothing_happens_before_the_yes_nor_after_a_no(house: House) -> None:
    await _paid(house)
    await house.say("lin", "/refund @anna")
    assert not (await house.press("lin", "No"))["anna"]
    assert "Anna ¥50.00 · paid" in (await house.say("lin", "/status"))["lin"]


async def test_only_whose_account_it_is_may_give_back(house: House) -> None:
    await _paid(house)
    for person in ("anna", "ben"):
        assert "Lin" in (await house.say(person, "/refund @anna")).group
        assert not house.phone("anna")[-1].startswith("private: ↩️")


async def test_never_more_than_was_paid_and_never_twice(house: House) -> None:
    await _paid(house)
    assert "at most ¥50.00" in (await house.say("lin", "/refund @anna 50.01")).group
    await house.say("lin", "/refund @anna 50")
    await house.press("lin", "Yes, do it")
    assert "nothing to give back" in (await house.say("lin", "/refund @anna")).group
    assert "nothing to give back" in (await house.say("lin", "/refund @ben")).group


@pytest.mark.parametrize(
    ("locale", "paid", "yes", "ask", "button", "told"),
    [
        (
            "en",
            "/confirm @anna 50",
            "Yes, do it",
            "please give ¥50.00 back to Anna yourself.",
            "Given back",
            "¥50.00 went back to you, says Lin.",
        ),
        (
            "zh_CN",
            "/确认 @anna 50",
            "是，就这样",
            "请亲自把 ¥50.00 退给 Anna。",
            "已退",
            "¥50.00 已由 Lin 亲自退给你。",
        ),
    ],
)
async def test_what_came_by_hand_goes_back_by_hand(
    build: Build, locale: str, paid: str, yes: str, ask: str, button: str, told: str
) -> None:
    house = await build(locale=locale)
    await house.say("lin", "/collect 50 each")
    await house.say("lin", paid)
    await house.say("lin", "/refund @anna")
    heard = await house.press("lin", yes)
    assert ask in heard["lin"]
    assert told not in heard["anna"]
    assert told in (await house.press("lin", button))["anna"]
    assert (await house.press("lin", button)).alert


async def test_a_part_can_stay_as_credit_and_pays_for_a_higher_share(house: House) -> None:
    await _paid(house)
    assert "keep it here as their credit" in (await house.say("lin", "/refund @anna 20 credit")).group
    assert "¥20.00 is now credit of Anna" in (await house.press("lin", "Yes, do it"))["anna"]
    await house.say("lin", "/adjust @anna 50")
    await house.press("lin", "Yes, do it")
    assert "Anna ¥50.00 · paid" in (await house.say("lin", "/status"))["lin"]


# -- what banks make of it ----------------------------------------------------------------------------------------


async def _plan(house: House, answer: str) -> None:
    assert (await house.web.post("/sandbox/returns", data={"play": answer})).status_code == 303


async def test_a_slow_bank_is_asked_until_it_has_given(house: House) -> None:
    await _paid(house)
    await _plan(house, "slow")
    await house.say("lin", "/refund @anna")
    heard = await house.press("lin", "Yes, do it")
    assert "went back" not in heard["anna"]
    assert "went back" not in (await house.advance(minutes=30))["anna"]
    assert "¥50.00 went back to you" in (await house.advance(days=2))["anna"]


async def test_a_slow_bank_that_speaks_by_itself_is_believed_at_once(house: House) -> None:
    order = await _paid(house)
    await _plan(house, "slow")
    await house.say("lin", "/refund @anna")
    await house.press("lin", "Yes, do it")
    mark = len(house.phone("anna"))
    page = (await house.web.get(order)).text
    settle = page.partition('action="/sandbox/returns/')[2].partition('"')[0]
    await house.web.post(f"/sandbox/returns/{settle}", data={"play": "refunded"})
    await house.advance(seconds=5)
    assert "went back to you" in house.phone("anna")[mark]
    assert "went back" not in (await house.advance(days=3))["anna"]


async def test_a_bank_without_a_word_is_asked_and_never_told_twice(house: House) -> None:
    await _paid(house)
    await _plan(house, "mute")
    await house.say("lin", "/refund @anna")
    assert "went back" not in (await house.press("lin", "Yes, do it"))["anna"]
    heard = await house.advance(days=8)
    assert heard["anna"].count("¥50.00 went back to you") == 1


async def test_a_bank_that_says_no_leaves_it_theirs_and_the_organiser_gives_it_by_hand(house: House) -> None:
    await _paid(house)
    await _plan(house, "no")
    await house.say("lin", "/refund @anna")
    heard = await house.press("lin", "Yes, do it")
    assert "did not go back to Anna; Test bank says no (account_closed)" in heard["lin"]
    assert "They stay yours" in heard["anna"]
    await house.press("lin", "By hand")
    heard = await house.press("lin", "Yes, do it")
    assert "please give ¥50.00 back to Anna yourself" in heard["lin"]
    assert "went back to you, says Lin" in (await house.press("lin", "Given back"))["anna"]


async def test_money_that_comes_back_from_the_payers_bank_is_theirs_again(house: House) -> None:
    order = await _paid(house)
    await house.say("lin", "/refund @anna")
    await house.press("lin", "Yes, do it")
    page = (await house.web.get(order)).text
    back = page.partition('action="/sandbox/returns/')[2].partition('"')[0]
    await house.web.post(f"/sandbox/returns/{back}", data={"play": "failed"})
    heard = await house.advance(seconds=5)
    assert "did not go back" in heard["lin"]
    await house.press("lin", "Give it back")
    assert "went back to you" in (await house.press("lin", "Yes, do it"))["anna"]


async def test_what_was_called_off_can_go_back(house: House) -> None:
    await _paid(house)
    await house.say("lin", "/cancel")
    await house.press("lin", "Yes, do it")
    await house.say("lin", "/refund #1 @anna")
    assert "¥50.00 went back to you" in (await house.press("lin", "Yes, do it"))["anna"]


async def test_the_history_tells_of_it_and_names_nobody_in_the_group(house: House) -> None:
    await _paid(house)
    await house.say("lin", "/refund @anna 20")
    await house.press("lin", "Yes, do it")
    told = (await house.say("lin", "/history")).group
    assert "to be given back · ¥20.00" in told
    assert "given back · ¥20.00" in told
    assert "Anna" not in told
