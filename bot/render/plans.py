"""Plans side by side: what their card says, and their picture, in which people are numbers."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from PIL import Image, ImageDraw

from bot.domain.model import Collection
from bot.domain.money import Money
from bot.domain.notice import Value, Who
from bot.domain.plans import LETTERS, Plan, Planning, Proposed
from bot.i18n import format_money
from bot.ports import Picture
from bot.render.picture import INK, PAPER, SOFT, font, has_chinese

MOST_NAMED: Final = 8
"""With more people the card counts who pays how much instead of naming them."""
MOST_BARS: Final = 40
_COLUMNS: Final = 3
_PANEL: Final = (400, 300)
_MARGIN: Final = 36
_COLOURS: Final = ("#009e73", "#0072b2", "#e69f00", "#cc79a7", "#56b4e9", "#d55e00")
"""Okabe & Ito: told apart with any colour vision."""


def percent(thousandths: int) -> str:
    """``125`` as ``12.5%``; whole percents without the zero."""
    whole, part = divmod(thousandths, 10)
    return f"{whole}.{part}%" if part else f"{whole}%"


def plans_params(planning: Planning, proposed: tuple[Proposed, ...], c: Collection) -> dict[str, Any]:
    """What ``card_plans`` is given: each plan with its formula, its result and its figures."""
    votes = planning.counts()
    return {
        "sum": c.money(c.amount or 0),
        "heads": len(planning.heads),
        "voting": planning.voting,
        "items": [
            {"name": i.name, "money": c.money(i.amount), "people": tuple(Who(m) for m in i.who)} for i in planning.items
        ],
        "left": c.money((c.amount or 0) - planning.itemised),
        "plans": [_plan(p, planning, votes[p.plan], letter, c) for p, letter in zip(proposed, LETTERS, strict=True)],
    }


def _plan(p: Proposed, planning: Planning, votes: int, letter: str, c: Collection) -> dict[str, Any]:
    few = len(planning.heads) <= MOST_NAMED
    counted = sorted(Counter(p.shares).items(), reverse=True)
    same = len(counted) == 1
    weights: list[object] = [*p.weights]
    if p.plan is Plan.SHARES:
        weights = [f"{w // 100}.{w % 100:02}".rstrip("0").rstrip(".") for w in p.weights]
    elif p.plan is Plan.SPEND:
        weights = [c.money(w) for w in p.weights]
    named = few and not same
    return {
        "letter": letter,
        "name": p.plan.value,
        "why_not": p.why_not,
        "each": c.money(p.shares[0]) if same else None,
        "lines": [
            {"who": Who(m), "money": c.money(s), "weight": weights[n] if weights else None}
            for n, (m, s) in enumerate(zip(planning.heads, p.shares, strict=False))
        ]
        if named
        else [],
        "groups": [] if named or same else [{"count": n, "money": c.money(s)} for s, n in counted],
        "rest": c.money(abs(p.rest)),
        "spread": percent(p.spread),
        "means": None if p.means is None else percent(p.means),
        "history": None if p.history is None else percent(p.history),
        "votes": votes,
    }


def plans_picture(facts: Mapping[str, Value], locale: str, text: Callable[[str], str]) -> Picture:
    """One panel a plan: a bar for each person, in the order of the card, all panels on the same scale."""
    drawn, total = facts["drawn"], facts["total"]
    assert isinstance(drawn, Mapping)
    assert isinstance(total, Money)
    shares: dict[str, list[Money]] = {name: list(amounts) for name, amounts in drawn.items()}  # type: ignore[arg-type]
    alt = " · ".join(
        f"{letter} {text(f'plans.{plan.value}')}: {_range(shares[plan.value], locale)}"
        for letter, plan in LETTERS.items()
        if plan.value in shares
    )
    labels = {
        plan.value: f"{letter}  {name}" if (name := text(f"plans.{plan.value}")).isascii() or has_chinese() else letter
        for letter, plan in LETTERS.items()
    }
    title = f"#{facts['number']} · {format_money(total, locale)} · {facts['heads']}"
    return Picture(_draw(shares, labels, title, locale), f"{title} · {alt}", name="plans.png")


def _range(amounts: list[Money], locale: str) -> str:
    low, high = min(a.minor for a in amounts), max(a.minor for a in amounts)
    least = format_money(Money(low, amounts[0].currency), locale)
    return least if low == high else f"{least} – {format_money(Money(high, amounts[0].currency), locale)}"


def _draw(shares: Mapping[str, list[Money]], labels: Mapping[str, str], title: str, locale: str) -> bytes:
    rows = -(-len(shares) // _COLUMNS)
    width = _COLUMNS * _PANEL[0] + 2 * _MARGIN
    image = Image.new("RGB", (width, rows * _PANEL[1] + 2 * _MARGIN + 60), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((_MARGIN, _MARGIN), title, font=font(40)[0], fill=INK, anchor="la")
    highest = max(a.minor for amounts in shares.values() for a in amounts) or 1
    for number, (name, amounts) in enumerate(shares.items()):
        left = _MARGIN + number % _COLUMNS * _PANEL[0]
        top = _MARGIN + 60 + number // _COLUMNS * _PANEL[1]
        size = 28
        while size > 14 and draw.textlength(labels[name], font=font(size)[0]) > _PANEL[0] - 24:
            size -= 2
        draw.text((left, top + 14), labels[name], font=font(size)[0], fill=INK, anchor="la")
        draw.text((left, top + 52), _range(amounts, locale), font=font(24)[0], fill=SOFT, anchor="la")
        _bars(draw, [a.minor for a in amounts[:MOST_BARS]], highest, left, top + 96, _COLOURS[number % len(_COLOURS)])
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _bars(draw: ImageDraw.ImageDraw, amounts: list[int], highest: int, left: int, top: int, colour: str) -> None:
    width, height = _PANEL[0] - 40, _PANEL[1] - 136
    step = min(48, width // max(1, len(amounts)))
    for n, amount in enumerate(amounts):
        x, tall = left + n * step, amount * height // highest
        draw.rectangle((x, top + height - tall, x + max(2, step - 5), top + height), fill=colour)
        if step >= 20:
            middle = x + (step - 5) // 2
            draw.text((middle, top + height + 6), str(n + 1), font=font(16)[0], fill=SOFT, anchor="ma")
