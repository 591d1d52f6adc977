"""Telegram Stars are for digital goods: the word that says so, and where it is an ordinary one."""

from __future__ import annotations

from itertools import permutations

import pytest

from bot.domain import command as c
from bot.domain.errors import MustBeDigital
from bot.domain.model import Mode
from tests.commands.chat import said
from tests.domain.group import Group


@pytest.mark.parametrize("order", list(permutations(("XTR", "digital", '"Sticker pack"'))), ids=" ".join)
def test_it_may_stand_anywhere(order: tuple[str, ...]) -> None:
    command = said(c.Collect, f"/collect 50 each {' '.join(order)}")
    assert (command.currency, command.digital, command.title) == ("XTR", True, "Sticker pack")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("收款 50 每人 XTR 虚拟 表情包", "表情包"),
        ("收款 50XTR 每人 表情包 虚拟", "表情包"),
        ("/collect XTR fixed @anna 30 digital", ""),
        ("/collect self min 10 XTR digital Fan club", "Fan club"),
        ("/collect 90 XTR shares @anna 2 @ben 1 digital", ""),
    ],
)
def test_every_way_to_split_takes_it(text: str, title: str) -> None:
    command = said(c.Collect, text)
    assert (command.currency, command.digital, command.title) == ("XTR", True, title)


def test_plans_take_it_along() -> None:
    assert said(c.AskPlans, "/collect 90 XTR plans digital").asked.digital


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("/collect 50 each digital camera", "digital camera"),
        ("/collect 50 each EUR Our digital piano", "Our digital piano"),
        ("收款 50 每人 虚拟主机", "虚拟主机"),
        ("收款 50 每人 XTR 虚拟主机", "虚拟主机"),
    ],
)
def test_elsewhere_it_is_a_word_like_any_other(text: str, title: str) -> None:
    command = said(c.Collect, text)
    assert (command.digital, command.title) == (False, title)


def test_a_reason_may_have_it() -> None:
    assert said(c.Waive, "/waive @anna a digital slip").reason == "a digital slip"


def test_stars_are_collected_for_what_is_declared_digital_and_for_nothing_else() -> None:
    for mode in (Mode.EACH, Mode.EQUAL):
        with pytest.raises(MustBeDigital):
            Group().collect(90, mode, currency="XTR")
        group = Group()
        group.collect(90, mode, currency="XTR", digital=True)
        assert group.header.currency == "XTR"
    with pytest.raises(MustBeDigital):
        Group().collect(None, Mode.SELF, currency="XTR")
