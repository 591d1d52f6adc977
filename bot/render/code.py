"""QR codes: the picture that goes with a card (a collection's page and the amounts; no names), and one for pages."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import qrcode
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_M

from bot.domain.money import Money
from bot.i18n import format_money
from bot.ports import Picture
from bot.render.picture import INK, PAPER, SOFT, font

SIDE: Final = 720
"""Pixels: readable on a phone, about 10 kB."""
_CODE: Final = 460


def code_path(text: str) -> tuple[int, str]:
    """A code as vectors: how many units it is wide, with its quiet zone, and the data of an SVG path over them."""
    rows = _code(text, border=4).get_matrix()
    runs = (f"M{x} {y}h{length}v1h-{length}z" for y, row in enumerate(rows) for x, length in _runs(row))
    return len(rows), "".join(runs)


def _runs(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Where dark modules begin that lie side by side, and how many they are."""
    at = 0
    for dark, group in groupby(row):
        length = len(list(group))
        if dark:
            yield at, length
        at += length


def _code(text: str, border: int = 2) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=border)
    code.add_data(text)
    code.make(fit=True)
    return code


def code_picture(number: int, shares: tuple[tuple[int, Money], ...], url: str, locale: str) -> Picture:
    """``shares``: how many have which amount, the most frequent first."""
    code = _code(url)
    code.box_size = _CODE // (code.modules_count + 2 * code.border)  # whole pixels: every module is as large as another
    drawn = code.make_image(fill_color="black", back_color="white").get_image().convert("RGB")
    image = Image.new("RGB", (SIDE, SIDE), PAPER)
    image.paste(drawn, ((SIDE - drawn.width) // 2, 130 + (_CODE - drawn.height) // 2))
    draw = ImageDraw.Draw(image)
    draw.text((SIDE // 2, 68), f"#{number}", font=font(64)[0], fill=INK, anchor="mm")
    amounts = " · ".join(
        format_money(money, locale) + (f" × {count}" if len(shares) > 1 else "") for count, money in shares
    )
    size = 52
    while size > 24 and draw.textlength(amounts, font=font(size)[0]) > SIDE - 60:
        size -= 4
    draw.text((SIDE // 2, 650), amounts, font=font(size)[0], fill=INK if amounts else SOFT, anchor="mm")
    out = io.BytesIO()
    image.quantize(16).save(out, "PNG", optimize=True)
    return Picture(out.getvalue(), f"#{number} · {amounts} · {url}", name=f"collection-{number}.png")
