"""The picture with the code: small, readable, and it says in words what it shows."""

from __future__ import annotations

import io
import re

import qrcode
from PIL import Image

from bot.domain.money import Money
from bot.render.code import SIDE, code_path, code_picture

URL = "https://pay.example/c/ImsyYW50eGUi.awTvoQ.iZVJ2IcZ8kM7_Ksc2HpqlN2utxB"


def test_the_code_is_black_on_white_and_large_enough() -> None:
    picture = code_picture(1, ((2, Money(3334, "CNY")), (4, Money(3333, "CNY"))), URL, "zh_CN")
    image = Image.open(io.BytesIO(picture.png)).convert("L")
    assert image.size == (SIDE, SIDE)
    assert len(picture.png) < 30_000
    box = image.crop((140, 140, 580, 580)).histogram()
    assert box[0] > 20_000
    assert sum(box[250:]) > 20_000
    assert picture.alt == f"#1 · ¥33.34 × 2 · ¥33.33 × 4 · {URL}"


def test_one_amount_needs_no_count_and_none_no_words() -> None:
    assert "×" not in code_picture(3, ((5, Money(5000, "CNY")),), URL, "en").alt
    assert code_picture(3, (), URL, "en").alt.endswith(URL)


def test_a_code_as_a_path_draws_the_same_modules() -> None:
    side, path = code_path(URL)
    image = Image.new("1", (side, side), 1)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        image.paste(0, (int(x), int(y), int(x) + int(length), int(y) + 1))
    drawn = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    drawn.add_data(URL)
    assert [[not image.getpixel((x, y)) for x in range(side)] for y in range(side)] == drawn.get_matrix()
