"""What the answer to a wrong line says: the exact reason, what was understood, what was not, and what to type."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bot.commands import parse
from bot.commands.grammar import RULES
from bot.commands.words import COMMANDS, example
from bot.domain import command as c
from bot.i18n import LOCALES
from tests.commands.chat import ME, context, said, unclear

TEMPLATES = Path(__file__).parents[2] / "templates"


@pytest.mark.parametrize(
    ("text", "code", "understood", "problem"),
    [
        ("/collect", "AMOUNT", "/collect", ""),
        ("收款", "AMOUNT", "收款", ""),
        ("/collect equal", "AMOUNT", "/collect equal", ""),
        ("/collect 200", "MODE", "/collect 200", ""),
        ("/collect 200 equaly", "MODE", "/collect 200", "equaly"),
        ("/collect 200 weighted @anna 2", "MODE", "/collect 200", "weighted"),
        ("/collect NaN equal", "SYNTAX", "/collect", "NaN"),
        ("/collect Hotpot 200 equal", "SYNTAX", "/collect", "Hotpot"),
        ("/collect 12,34 equal", "AMBIGUOUS_SEPARATOR", "/collect", "12,34"),
        ("/collect 1e5 equal", "EXPONENT", "/collect", "1e5"),
        ("/collect -5 equal", "SIGN", "/collect", "-5"),
        ("/collect ٢٠٠ equal", "DIGIT_SCRIPT", "/collect", "٢٠٠"),
        ("/collect 20\u200b0 equal", "INVISIBLE", "/collect", "20\u200b0"),
        ("/collect 200\u202e equal", "INVISIBLE", "/collect", "200\u202e"),
        ("/collect 2\u03380 equal", "COMBINING", "/collect", "2\u03380"),
        ("/collect 0 equal", "ZERO", "/collect", "0"),
        ("/collect 1.005 equal", "PRECISION", "/collect", "1.005"),
        ("/collect $200 equal", "CURRENCY", "/collect", "$200"),
        ("/collect 999999999999 @everyone", "TOO_LARGE", "/collect", "999999999999"),
        ("/collect 999999999999 equal @everyone", "TOO_LARGE", "/collect", "999999999999"),
        (f"/collect {'9' * 200} equal", "TOO_LONG", "/collect", "9" * 40),
        ("收款 二百 均摊", "CJK_NUMERAL", "收款", "二百"),
        ("收款 3万 均摊", "MULTIPLIER", "收款", "3万"),
        ("收款 3w 均摊", "MULTIPLIER", "收款", "3w"),
        ("/collect 200 equal 12 monkeys", "EXTRA", "/collect 200 equal", "12"),
        ("/collect 200 equal fixed", "EXTRA", "/collect 200 equal", "fixed"),
        ("/collect 200 equal Hotpot #3", "EXTRA", "/collect 200 equal Hotpot", "#3"),
        ("/collect 200 equal not", "WHO", "/collect 200 equal not", ""),
        ("/collect 200 equal not 5", "WHO", "/collect 200 equal not", "5"),
        ("/collect 200 equal by", "WHEN", "/collect 200 equal by", ""),
        ("/collect 200 equal by someday", "WHEN", "/collect 200 equal by", "someday"),
        ("/collect 200 equal by 6", "WHEN", "/collect 200 equal by", "6"),
        ("/collect 200 equal by 25:00", "WHEN", "/collect 200 equal by", "25:00"),
        ("/collect 200 equal by 9999-12-31", "WHEN", "/collect 200 equal by", "9999-12-31"),
        ("/collect 200 equal by 2020-01-01", "PAST", "/collect 200 equal by", "2020-01-01"),
        ("/collect fixed", "WHO", "/collect fixed", ""),
        ("/collect fixed 30 @anna", "WHO", "/collect fixed", "30"),
        ("/collect fixed @anna", "AMOUNT", "/collect fixed @anna", ""),
        ("/collect fixed @anna lots", "SYNTAX", "/collect fixed @anna", "lots"),
        ("/collect self min", "AMOUNT", "/collect self min", ""),
        ("/collect self 50", "EXTRA", "/collect self", "50"),
        ("/collect 200 equal\n/cancel", "LINEBREAK", "/collect 200 equal", ""),
        ("/pay 200\n /adjust @anna -200", "LINEBREAK", "/pay 200", ""),
        ("/pay 200 200", "SYNTAX", "/pay 200", "200"),
        ("/paid 20", "EXTRA", "/paid", "20"),
        ("/confirm", "WHO", "/confirm", ""),
        ("/confirm 50", "WHO", "/confirm", "50"),
        ("/adjust 80 @anna", "WHO", "/adjust", "80"),
        ("/adjust @anna", "AMOUNT", "/adjust @anna", ""),
        ("/adjust @anna lots", "SYNTAX", "/adjust @anna", "lots"),
        ("/waive", "WHO", "/waive", ""),
        ("/give", "AMOUNT", "/give", ""),
        ("/give -5", "SIGN", "/give", "-5"),
        ("/status now", "EXTRA", "/status", "now"),
        ("/status 1,000", "SYNTAX", "/status", "1,000"),
        ("/help me", "EXTRA", "/help", "me"),
        ("/sms hello", "PHONE", "/sms", "hello"),
        ("/language fr", "LANGUAGE", "/language", "fr"),
        ("/language", "LANGUAGE", "/language", ""),
        ("/collekt 200 equal", "UNKNOWN", "", "/collekt"),
        ("/foo@collect_bot", "UNKNOWN", "", "/foo"),
    ],
)
def test_a_wrong_line_is_answered_by_name(text: str, code: str, understood: str, problem: str) -> None:
    told = unclear(text)
    assert (told["code"], told["understood"], told["problem"]) == (code, understood, problem)
    assert parse(told["example"], context()) is not None
    for locale in LOCALES:
        words = tomllib.loads((TEMPLATES / locale / "strings.toml").read_text("utf-8"))
        assert words["unclear"][code]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_example_can_be_copied_as_it_stands(name: str, locale: str) -> None:
    text = example(name, locale)
    command = parse(text, context(locale=locale))
    assert command is not None
    assert text.isascii() is (locale == "en")


def test_the_example_is_in_the_language_of_the_chat() -> None:
    assert unclear("/collect 200", locale="zh_CN")["example"] == "收款 200 均摊 火锅"
    assert unclear("收款 200", locale="en")["example"] == "/collect 200 equal Hotpot"


def test_in_private_every_unknown_command_is_answered() -> None:
    assert unclear("/foo", private=True)["example"] == "/help"
    assert parse("/foo", context(private=False)) is None


def test_what_was_understood_is_cut_before_it_fills_the_answer() -> None:
    told = unclear(f"/collect 200 equal {'x' * 300} #3")
    assert len(told["understood"]) == 200


def test_a_menu_tapped_by_accident_erases_nothing() -> None:
    assert unclear("/sms", private=True)["code"] == "PHONE"
    assert unclear("/payee", private=True)["code"] == "PAYEE"
    assert said(c.SetConsent, "/sms off", private=True).phone == ""
    assert said(c.SetPayee, "/payee off", private=True).text == ""


def test_in_a_group_numbers_and_accounts_are_turned_away_whatever_follows() -> None:
    assert said(c.SetConsent, "/sms").by.member == ME
    assert said(c.SetPayee, "/payee").by.member == ME


def test_every_command_has_a_rule_and_every_rule_a_command() -> None:
    assert set(RULES) == set(COMMANDS)
