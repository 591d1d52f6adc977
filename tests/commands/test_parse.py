"""Every command, in both languages and in every order that makes sense; and what is none."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from bot.commands import parse
from bot.commands.words import COMMANDS, PLAIN
from bot.domain import command as c
from bot.domain.errors import NotKnown, WhichMember
from bot.domain.model import CollectionId, Mode
from tests.commands.chat import ALICE, ANNA, BEN, CHAT, ME, NEW, OTHER_ALICE, WANG, context, said
from tests.commands.kinds import ARGUMENTS, KINDS

WORDS = [(name, word) for name, words in COMMANDS.items() for word in words]


@pytest.mark.parametrize(("name", "word"), WORDS)
def test_every_word_of_a_command_means_it(name: str, word: str) -> None:
    line = f"{word} {ARGUMENTS.get(name, '')}".strip()
    for text in (f"/{line}", f"／{line}", f"  /{line.upper()}  "):
        assert type(parse(text, context())) is KINDS[name]


@pytest.mark.parametrize(("name", "word"), [(n, w) for n, w in WORDS if w in PLAIN])
def test_plain_words_need_no_slash(name: str, word: str) -> None:
    line = f"{word} {ARGUMENTS.get(name, '')}".strip()
    assert type(parse(line, context())) is KINDS[name]
    if name not in ARGUMENTS:
        assert type(parse(f"{line}。", context())) is KINDS[name]


# -- asking for money -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "/collect 200 equal 火锅",
        "/collect equal 200 火锅",
        "/collect 200 equally 火锅",
        "/Collect 200 EQUAL 火锅",
        "/收款 200 均摊 火锅",
        "/收款200均摊火锅",
        "收款200均摊火锅",
        "收款 200 平分 火锅",
        "收款２００均摊火锅",
        "收款 ¥200.00 AA 火锅",
        "收款200元均摊，火锅",
        "收款均摊 200 火锅",
        "群收款 200 平摊 火锅",
        "/collect 200 equal “火锅”",
        "/collect 200 equal 「火锅」",
        '/collect 200 equal "火锅"',
        "/collect\u00a0200\u3000equal 火锅",
    ],
)
def test_one_request_in_many_spellings(text: str) -> None:
    asked = said(c.Collect, text)
    assert (asked.mode, asked.amount, asked.currency, asked.title) == (Mode.EQUAL, 20000, "CNY", "火锅")


def test_each_pays_the_same() -> None:
    for text in (
        "/collect 50 each Bus",
        "/collect each 50 Bus",
        "收款 50 每人 Bus",
        "收款 50 各 Bus",
        "收款每人 50 Bus",
    ):
        asked = said(c.Collect, text)
        assert (asked.mode, asked.amount, asked.title) == (Mode.EACH, 5000, "Bus")


def test_amounts_member_by_member() -> None:
    for text in (
        "/collect fixed @anna 30 @ben 50 Trip",
        "收款 定额 @anna 30元，@ben 50 Trip",
        "/收款定额 @anna 30 @ben ５０ Trip",
    ):
        asked = said(c.Collect, text)
        assert asked.mode is Mode.FIXED
        assert asked.fixed == ((ANNA, 3000), (BEN, 5000))
        assert (asked.amount, asked.title) == (None, "Trip")


@pytest.mark.parametrize("parts", list(permutations(["min 10", "max 500", "goal 2000", "Gift", "by fri"])))
def test_self_declared_with_its_bounds_in_any_order(parts: tuple[str, ...]) -> None:
    asked = said(c.Collect, f"/collect self {' '.join(parts)}")
    assert (asked.mode, asked.amount, asked.title) == (Mode.SELF, None, "Gift")
    assert (asked.minimum, asked.maximum, asked.goal) == (1000, 50000, 200000)
    assert asked.deadline == datetime(2026, 11, 27, 23, 59, tzinfo=UTC)


def test_self_declared_in_chinese() -> None:
    for text in ("收款 自愿 最少 10 最多 500 目标 2000 礼物", "/收款自愿 礼物 至少10 目标2000 最多500"):
        asked = said(c.Collect, text)
        assert (asked.minimum, asked.maximum, asked.goal, asked.title) == (1000, 50000, 200000, "礼物")


@pytest.mark.parametrize(
    "parts", list(permutations(["Big dinner", "by tomorrow 18:00", "no-me", "EUR", "not @ben @anna"]))
)
def test_options_in_any_order(parts: tuple[str, ...]) -> None:
    asked = said(c.Collect, f"/collect 1,000.50 equal {' '.join(parts)}")
    assert (asked.amount, asked.currency, asked.title) == (100050, "EUR", "Big dinner")
    assert asked.deadline == datetime(2026, 11, 25, 18, tzinfo=UTC)
    assert (asked.exclude, asked.only) == ((BEN, ANNA), ())
    assert not asked.include_organiser


def test_options_in_chinese() -> None:
    asked = said(c.Collect, "收款 200 均摊 不含我 截止 明天18:00 火锅 除了 @小王", timezone="Asia/Shanghai")
    assert asked.deadline == datetime(2026, 11, 25, 10, tzinfo=UTC)
    assert (asked.exclude, asked.include_organiser, asked.title) == ((WANG,), False, "火锅")


def test_only_those_who_are_named() -> None:
    for text in (
        "/collect 200 equal @anna @ben Trip",
        "/collect 200 equal Trip @anna, @ben",
        "/收款 200 均摊 Trip @Anna、@BEN",
    ):
        asked = said(c.Collect, text)
        assert (asked.only, asked.title) == ((ANNA, BEN), "Trip")


def test_everybody_may_be_said_in_so_many_words() -> None:
    for word in ("@everyone", "@all", "@所有人", "@全体成员"):
        assert said(c.Collect, f"/collect 200 equal {word}").only == ()


def test_a_currency_of_its_own() -> None:
    for text in (
        "/collect EUR 50 each",
        "/collect 50 EUR each",
        "/collect 50EUR each",
        "/collect 50 each EUR",
        "/collect €50 each EUR",
    ):
        asked = said(c.Collect, text)
        assert (asked.amount, asked.currency) == (5000, "EUR")
    assert said(c.Collect, "/collect 500 JPY each").amount == 500


def test_a_title_may_hold_words_that_mean_something_elsewhere() -> None:
    assert said(c.Collect, "/collect 200 equal Team 2026 dinner").title == "Team 2026 dinner"
    assert said(c.Collect, "/collect 200 equal Friday dinner").title == "Friday dinner"
    assert said(c.Collect, '/collect 200 equal "12 monkeys"').title == "12 monkeys"
    assert said(c.Collect, '/collect 200 equal "by @anna"').title == "by @anna"
    assert said(c.Collect, "/collect 200 equal by fri Wedding gift").title == "Wedding gift"
    assert said(c.Collect, '/collect 200 equal "unclosed').title == "unclosed"
    assert said(c.Collect, "/collect 200 equal Hotpot\nat Joe's").title == "Hotpot at Joe's"


def test_a_long_title_is_cut() -> None:
    assert said(c.Collect, f"/collect 200 equal {'x' * 500}").title == "x" * 80


# -- paying, changing, oneself --------------------------------------------------------------------------------


def test_pay_asks_for_the_own_page_with_an_amount_or_without() -> None:
    assert said(c.AskToPay, "/pay").amount is None
    for text in ("/pay 20", "/付款 20元", "/pay ￥20", "/PAY 20.00"):
        assert said(c.AskToPay, text).amount == 2000


def test_paid_and_pay_with_a_name_confirm_that_members_payment() -> None:
    for text in (
        "/paid @anna 50",
        "/pay @anna 50",
        "/confirm @anna 50",
        "/confirm anna 50",
        "/确认 @Anna 50",
        "/收到 @anna ５０",
    ):
        confirmed = said(c.Confirm, text)
        assert (confirmed.member, confirmed.amount) == (ANNA, 5000)
    assert said(c.Confirm, "/confirm @[0]").member == NEW


def test_pay_with_names_pays_for_them_as_well() -> None:
    for text in ("/pay @anna", "付款 @anna", "代anna付", "代 @anna 付款", "代@anna付！"):
        assert said(c.AskToPay, text).covers == (ANNA,), text
    assert said(c.AskToPay, "/pay @anna @[0]").covers == (ANNA, NEW)
    assert said(c.AskToPay, "/pay").covers is None
    for talk in ("代码付", "代我付", "代anna付一下吧"):
        assert parse(talk, context()) is None, talk


def test_i_have_paid_carries_the_picture_that_came_with_it() -> None:
    command = parse("我付了", context(picture="room:f1"))
    assert isinstance(command, c.Claim)
    assert command.proof == "room:f1"


def test_waive_and_adjust_keep_the_reason_as_it_was_said() -> None:
    assert said(c.Waive, "/waive @anna she brought the 2 cakes").reason == "she brought the 2 cakes"
    assert said(c.Waive, "/免收 @我 定金是我付的").member == ME
    adjusted = said(c.Adjust, "/adjust @anna 80 came late")
    assert (adjusted.amount, adjusted.relative, adjusted.reason) == (8000, False, "came late")


@pytest.mark.parametrize(("text", "minor"), [("+20", 2000), ("-20", -2000), ("－２０", -2000), ("−20", -2000)])
def test_adjust_by_a_difference(text: str, minor: int) -> None:
    adjusted = said(c.Adjust, f"/adjust @me {text}")
    assert (adjusted.member, adjusted.amount, adjusted.relative) == (ME, minor, True)


def test_an_own_amount_is_declared() -> None:
    for text in ("/give 50", "我出 50", "我出50", "我出５０元"):
        assert said(c.Declare, text).amount == 5000


def test_reminders_are_stopped_and_resumed() -> None:
    assert not said(c.SetReminders, "停止提醒").on
    assert said(c.SetReminders, "/resume-reminders").on


@pytest.mark.parametrize("text", ["+8613800138000", "+86 138 0013 8000", "+86-138-0013-8000", "+86 (138) 00138000"])
def test_a_phone_number_may_be_written_with_spaces(text: str) -> None:
    assert said(c.SetConsent, f"/sms {text}").phone == "+8613800138000"


def test_a_payees_account_is_kept_word_for_word() -> None:
    assert said(c.SetPayee, "/payee Alipay 138 0013 8000").text == "Alipay 138 0013 8000"
    command = parse("/payee", context(picture="room:qr", private=True))
    assert isinstance(command, c.SetPayee)
    assert (command.text, command.picture) == ("", "room:qr")


def test_languages_by_tag_and_by_name() -> None:
    for text in ("/language zh", "/语言 中文", "/lang zh-Hans", "/language Chinese"):
        assert said(c.SetLanguage, text).locale == "zh_CN"
    assert said(c.SetLanguage, "/语言 英文").locale == "en"


def test_start_with_a_link_leads_to_the_own_page() -> None:
    asked = said(c.AskToPay, "/start pay_abcdefghijklmnop", private=True)
    assert asked.which == c.Which(CHAT, id=CollectionId("abcdefghijklmnop"))
    assert said(c.AskHelp, "/start").topic == "start"


# -- whom it concerns -----------------------------------------------------------------------------------------


def test_a_command_for_this_bot_is_read_whatever_the_case_of_its_name() -> None:
    assert said(c.AskToPay, "/pay@COLLECT_bot 200").amount == 20000


@pytest.mark.parametrize("text", ["/pay@other_bot 200", "/collect@other_bot 200 equal", "/foo@other_bot"])
def test_a_command_for_another_bot_is_none_of_ours(text: str) -> None:
    assert parse(text, context()) is None


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "",
        "   ",
        "/",
        "//",
        "/foo",
        "/ping now",
        "收到",
        "收款单",
        "收款方式改了",
        "状态怎么样",
        "我付了钱给你",
        "我付了20",
        "参加不了",
        "帮助一下小王",
        "我出门了",
        "我出去一下",
        "pay 20",
        "I paid",
        "200 equal",
        "@anna /pay 20",
        "进度条 50%",
    ],
)
def test_ordinary_talk_is_left_alone(text: str) -> None:
    assert parse(text, context()) is None


def test_two_of_one_name_are_asked_about_with_the_same_command_for_each() -> None:
    here = context()
    with pytest.raises(WhichMember) as caught:
        parse("/pay Alice 200", here)
    assert caught.value.params["name"] == "Alice"
    assert {member.id: command for member, command in caught.value.options} == {
        member: c.Confirm(by=here.by, reply=here.reply, which=c.Which(CHAT), member=member, amount=20000)
        for member in (ALICE, OTHER_ALICE)
    }


def test_a_name_said_twice_is_settled_by_one_choice() -> None:
    with pytest.raises(WhichMember) as caught:
        parse("/collect fixed @alice 30 @alice 20", context())
    fixed = [command.fixed for _, command in caught.value.options if isinstance(command, c.Collect)]
    assert fixed == [((ALICE, 3000), (ALICE, 2000)), ((OTHER_ALICE, 3000), (OTHER_ALICE, 2000))]


@pytest.mark.parametrize(
    "text", ["/confirm @nobody", "/waive nobody", "/collect 200 equal @nobody", "/collect 9 each not @nobody"]
)
def test_a_name_nobody_has_is_said_back(text: str) -> None:
    with pytest.raises(NotKnown) as caught:
        parse(text, context())
    assert caught.value.params["name"] == "nobody"


@pytest.mark.parametrize(
    ("line", "amount", "to_credit"),
    [
        ("/refund @anna", None, False),
        ("/refund @anna 20", 2_000, False),
        ("退款 @anna 20", 2_000, False),
        ("/退款 @anna 20 抵扣", 2_000, True),
    ],
)
def test_all_or_a_part_is_given_back_or_kept_as_credit(line: str, amount: int | None, to_credit: bool) -> None:
    refund = said(c.GiveBack, line)
    assert (refund.amount, refund.to_credit, refund.loose) == (amount, to_credit, False)


@pytest.mark.parametrize("talk", ["退款", "退款什么时候到", "退款 20"])
def test_talk_about_refunds_is_no_refund(talk: str) -> None:
    assert parse(talk, context()) is None
