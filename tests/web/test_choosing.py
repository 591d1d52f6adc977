"""The payment page where everybody chooses an amount: the suggested one is a tap away, the bounds are said."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House, seen
from tests.dialogs.room.conftest import Build


@pytest.mark.parametrize(
    ("locale", "line", "words"),
    [
        ("en", "/collect self min 10 max 200 suggested 50", ("Give ¥50.00", "at least ¥10.00 · at most ¥200.00")),
        ("zh_CN", "收款 自愿 最少 10 最多 200 建议 50", ("出 ¥50.00", "最少 ¥10.00 · 最多 ¥200.00")),
    ],
)
async def test_the_suggested_amount_is_taken_by_one_tap(
    build: Build, locale: str, line: str, words: tuple[str, ...]
) -> None:
    house = await build(locale=locale)
    await house.say("lin", line)
    link = await house.link("anna")
    page = await house.page(link)
    for each in words:
        assert each in page
    answer = await house.web.post(f"{link}/declare", data={"amount": "50.00"})
    assert answer.status_code == 303
    assert "¥50.00" in seen((await house.web.get(link)).text)
    assert house.verify() == ()


async def test_where_nothing_is_suggested_there_is_no_such_button(house: House) -> None:
    await house.say("lin", "/collect self")
    assert "Give" not in await house.page(await house.link("anna"))
