"""The progress picture: counts and amounts, no names, with the same facts in words."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont

from bot.domain.money import Money
from bot.domain.notice import Value
from bot.i18n import format_money
from bot.ports import Picture

WIDTH, HEIGHT = 1200, 628
INK, SOFT, PAPER, _TRACK = "#17251f", "#5d6f66", "#fbfcfa", "#e4ebe6"
_COLOURS: Final = {  # Okabe & Ito: told apart with any colour vision
    "paid": "#009e73",
    "claimed": "#56b4e9",
    "partial": "#e69f00",
    "waiting": "#c9d3cd",
    "technical": "#d55e00",
}
_CJK_FONTS: Final = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Medium.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)


@lru_cache(maxsize=16)
def font(size: int) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, bool]:
    """A font and whether it has Chinese; Pillow's own when the system has none that does."""
    for path in _CJK_FONTS:
        if Path(path).exists():
            return ImageFont.truetype(path, size), True
    return ImageFont.load_default(size), False


def has_chinese() -> bool:
    """Whether labels can be drawn in Chinese on this machine."""
    return font(40)[1]


def _segments(facts: Mapping[str, Any]) -> list[tuple[str, int]]:
    states, stalls = dict(facts["states"]), dict(facts["stalls"])
    paid = states.get("paid", 0) + states.get("waived", 0)
    technical = stalls.get("technical", 0)
    counted = [
        ("paid", paid),
        ("claimed", states.get("claimed", 0)),
        ("partial", states.get("partial", 0)),
        ("technical", technical),
    ]
    heads = int(facts["heads"])
    return [*counted, ("waiting", max(0, heads - sum(n for _, n in counted)))]


def progress(facts: Mapping[str, Value], locale: str, text: Callable[[str], str]) -> Picture:
    """Draw the params of ``status``: a ring of ``settled/heads``, the amounts, a legend by state."""
    paid, total = facts["paid"], facts["total"]
    assert isinstance(paid, Money)
    assert isinstance(total, Money)
    segments = _segments(facts)
    amounts = f"{format_money(paid, locale)} / {format_money(total, locale)}"
    count = f"{facts['settled']}/{facts['heads']}"
    labels = {name: text(f"picture.{name}") for name, _ in segments}
    alt = " · ".join([f"#{facts['number']}", count, amounts, *(f"{labels[n]} {k}" for n, k in segments if k)])
    return Picture(_draw(segments, count, amounts, labels, f"#{facts['number']}"), alt, name="progress.png")


def _draw(segments: list[tuple[str, int]], count: str, amounts: str, labels: Mapping[str, str], title: str) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    _ring(image, segments)
    draw = ImageDraw.Draw(image)
    draw.text((314, 296), count, font=font(104)[0], fill=INK, anchor="mm")
    draw.text((314, 386), title, font=font(38)[0], fill=SOFT, anchor="mm")
    size = 62
    while size > 30 and draw.textlength(amounts, font=font(size)[0]) > WIDTH - 660:
        size -= 4
    draw.text((620, 128), amounts, font=font(size)[0], fill=INK, anchor="lm")
    y = 236
    for name, n in segments:
        if not n:
            continue
        draw.rounded_rectangle((620, y - 20, 660, y + 20), radius=10, fill=_COLOURS[name])
        label = labels[name] if font(40)[1] or labels[name].isascii() else ""
        draw.text((684, y), label, font=font(40)[0], fill=INK, anchor="lm")
        draw.text((WIDTH - 80, y), str(n), font=font(40)[0], fill=INK, anchor="rm")
        y += 74
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _ring(image: Image.Image, segments: list[tuple[str, int]]) -> None:
    """The ring, drawn four times as large and scaled down for smooth edges."""
    scale, side = 4, 480
    large = Image.new("RGB", (side * scale, side * scale), PAPER)
    draw = ImageDraw.Draw(large)
    box = (8 * scale, 8 * scale, (side - 8) * scale, (side - 8) * scale)
    width, heads, start = 58 * scale, max(1, sum(n for _, n in segments)), -90
    draw.arc(box, 0, 360, fill=_TRACK, width=width)
    passed = 0
    for name, n in segments:
        if n:
            begin, passed = start + 360 * passed // heads, passed + n
            draw.arc(box, begin, start + 360 * passed // heads, fill=_COLOURS[name], width=width)
    image.paste(large.resize((side, side), Image.Resampling.LANCZOS), (74, 74))
