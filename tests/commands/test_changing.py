"""Commands that change a collection while it runs."""

from __future__ import annotations

import pytest

from bot.domain import command as c
from bot.domain.errors import Unclear
from tests.commands.chat import ANNA, BEN, said


def test_who_takes_part_and_how_it_is_split() -> None:
    assert said(c.Drop, "/drop @anna ill for 2 days").reason == "ill for 2 days"
    added = said(c.Add, "/加人 @anna 20 只喝了 2 杯")
    assert (added.member, added.amount, added.reason) == (ANNA, 2_000, "只喝了 2 杯")
    assert said(c.Add, "/add #3 @anna").amount is None
    anew = said(c.Resplit, "/resplit all @anna 2 @ben 0.5")
    assert (anew.weights, anew.everybody, anew.equal) == (((ANNA, 200), (BEN, 50)), True, False)
    assert said(c.Resplit, "/重新分摊 全部").everybody
    assert said(c.Resplit, "/resplit equal").equal
    assert [said(c.NameHelper, f"/{words}").on for words in ("helper @anna", "helper off @anna", "协助 @anna 关")] == [
        True,
        False,
        False,
    ]
    with pytest.raises(Unclear):
        said(c.Resplit, "/resplit nicely")
