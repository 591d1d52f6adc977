"""Every way to say who pays what: sums, weights, lists and files; what is read back, and what is asked about."""

from __future__ import annotations

import pytest

from tests.dialogs.house import House
from tests.dialogs.room.conftest import Build

# -- sums -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "words"),
    [
        ("en", "/collect (200+40)/3 each Bus", "(200+40)/3 = ¥80.00"),
        ("zh_CN", "收款 （200＋40）÷3 每人 包车", "(200+40)/3 = ¥80.00"),
        ("zh_CN", "收款 3×66 均摊 火锅", "3×66 = ¥198.00"),
    ],
)
async def test_a_sum_is_read_back(build: Build, locale: str, line: str, words: str) -> None:
    house = await build(locale=locale)
    assert words in (await house.say("lin", line)).group


async def test_what_does_not_come_out_is_asked_about(house: House, chinese: House) -> None:
    heard = await house.say("lin", "/collect 200/3 each Bus")
    assert "does not come out even" in heard.group
    assert "Try: /collect 66.67 each Bus" in heard.group
    heard = await chinese.say("lin", "收款 200/3 每人 包车")
    assert "除不尽" in heard.group
    assert "收款 66.67 每人 包车" in heard.group


# -- shares ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "words"),
    [
        (
            "en",
            "/collect 600 shares @anna 2 kid:0.5 @ben 1 others 0.5 no-me",
            ("5 people: ¥300.00 · ¥120.00 · 3 × ¥60.00 = ¥600.00", "Anna 2.5 · Ben 1 · 小王 0.5"),
        ),
        (
            "zh_CN",
            "收款 600 按份 @Anna 2 小孩:0.5 @Ben 1 其他人 0.5 不含我",
            ("5 人：¥300.00 · ¥120.00 · 3 × ¥60.00 = ¥600.00", "份数：Anna 2.5 · Ben 1"),
        ),
        (
            "en",
            "/collect 90 shares @anna+@ben 2 @dora 1",
            ("2 people: ¥60.00 · ¥30.00 = ¥90.00", "Anna pays for Ben too"),
        ),
        ("zh_CN", "收款 90 按份 @Anna+@Ben 2 @Dora 1", ("2 人：¥60.00 · ¥30.00 = ¥90.00", "Anna 连 Ben 的一起付")),
    ],
)
async def test_weights_are_read_back(build: Build, locale: str, line: str, words: tuple[str, ...]) -> None:
    house = await build(locale=locale)
    heard = await house.say("lin", line)
    for each in words:
        assert each in heard.group


# -- lists ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "text", "file", "words"),
    [
        ("en", "/collect fixed Trip\nAnna 30\n小王 50\nTotal 80", b"", "2 people: ¥50.00 · ¥30.00 = ¥80.00"),
        ("zh_CN", "收款 定额 郊游\n1. Anna 30元\n2. 小王 50元", b"", "2 人：¥50.00 · ¥30.00 = ¥80.00"),
        ("en", "/collect fixed Trip", "name,amount\nAnna,30\n小王,50\n".encode(), "2 people: ¥50.00 · ¥30.00"),
        ("zh_CN", "收款 定额 郊游", "姓名;金额\nAnna;30\n小王;50\n".encode("gb18030"), "2 人：¥50.00 · ¥30.00"),
    ],
)
async def test_fixed_amounts_come_as_a_pasted_list_or_a_file(
    build: Build, locale: str, text: str, file: bytes, words: str
) -> None:
    house = await build(locale=locale)
    assert words in (await house.say("lin", text, file=file)).group


async def test_rows_that_do_not_fit_are_named_and_nothing_is_collected(house: House, chinese: House) -> None:
    before = len(house.chat())
    heard = await house.say("lin", "/collect fixed\nAnna 30\nZoe 50\nBen")
    assert "Not every row fits, so nothing is collected yet (1 does)" in heard.group
    assert "Row 3: “Zoe 50” – I know nobody called that here" in heard.group
    assert "Row 4: “Ben” – no amount" in heard.group
    assert len(house.chat()) == before + 1
    heard = await chinese.say("lin", "收款 定额", file="Anna,30\n小李,50\n".encode())
    assert "有几行对不上，还没有开始收款（1 行没问题）" in heard.group
    assert "第 2 行：“小李 | 50” – 这里没有我认识的这个人" in heard.group


async def test_sums_that_do_not_meet_show_the_gap_and_whom_to_mend(house: House, chinese: House) -> None:
    heard = await house.say("lin", "/collect 100 fixed\nAnna 30\nBen 50")
    assert "The amounts come to ¥80.00, but you said ¥100.00: ¥20.00 is missing" in heard.group
    assert "· Ben ¥50.00" in heard.group
    heard = await chinese.say("lin", "收款 定额\nAnna 30\nBen 50\n合计 70")
    assert "各人加起来是 ¥80.00，而你说总共 ¥70.00，多了 ¥10.00" in heard.group


async def test_of_two_with_one_name_in_a_list_a_button_chooses(house: House) -> None:
    house.moves_in("other", "Anna")
    await house.say("lin", "/collect fixed Trip\nAnna 30\nBen 50")
    heard = await house.press("lin", house.buttons()[0])
    assert "2 people: ¥50.00 · ¥30.00 = ¥80.00" in heard.group


async def test_a_file_that_is_no_list_is_answered_kindly(house: House, chinese: House) -> None:
    heard = await house.say("lin", "/collect fixed", file=b"MZ\x00\x01\x02")
    assert "I cannot read this kind of file. I read CSV and XLSX files" in heard.group
    heard = await chinese.say("lin", "收款 定额", file=b"PK\x03\x04broken")
    assert "文件损坏，或者内容和扩展名不符。可以发 CSV、XLSX 文件" in heard.group


async def test_a_long_list_is_collected_at_once(house: House) -> None:
    for n in range(300):
        house.moves_in(f"m{n}", f"Member {n}")
    rows = "\n".join(f"Member {n},{n + 1}.50" for n in range(300))
    heard = await house.say("lin", "/collect fixed Camp", file=rows.encode())
    assert "300 people: " in heard.group
    assert "= ¥45,300.00" in heard.group


# -- chosen amounts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "line", "button", "read_back", "words"),
    [
        (
            "en",
            "/collect self min 10 suggested 50 goal 200 Gift",
            "Give ¥50.00",
            "at least ¥10.00; suggested ¥50.00; goal ¥200.00",
            "¥50.00 for #1",
        ),
        (
            "zh_CN",
            "收款 自愿 最少 10 建议 50 目标 200 礼物",
            "出 ¥50.00",
            "最少 ¥10.00；建议 ¥50.00；目标 ¥200.00",
            "¥50.00",
        ),
    ],
)
async def test_a_suggested_amount_is_one_tap_away_and_the_bar_shows_the_goal(
    build: Build, locale: str, line: str, button: str, read_back: str, words: str
) -> None:
    house = await build(locale=locale)
    assert read_back in (await house.say("lin", line)).group
    assert "░" * 12 in house.card()
    assert words in (await house.press("anna", button)).answer
    await house.pay("anna")
    assert "▓" * 3 + "░" * 9 in house.card()
