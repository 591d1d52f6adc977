"""The board has a word for everything that it may have to say, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.contact import Reason
from bot.domain.model import Astray, DueState, IntentState, Listing, RefundState
from bot.domain.routing import Option, Why
from bot.domain.swings import Swung
from bot.i18n import LOCALES
from bot.ports.board import GROUPS
from bot.service.breaker import BreakerState
from tests.render.words import RENDERER

HEALTH = ("well", "slow", "failing", "silent", "resting", "idle")
OPERATIONS = ("create", "query", "close", "refund", "query_refund")
LIMITS = ("payment", "member", "everybody")
TAKEN = [why.value for why in Why if Option("alipay", why).usable or why in (Why.AGAIN, Why.TRIED)]


def _keys() -> Iterator[str]:
    for section, words in (
        ("routes", Why),
        ("reasons", Reason),
        ("states", DueState),
        ("marks", DueState),
        ("refunds", RefundState),
        ("listings", (*Listing, *Astray)),
    ):
        yield from (f"{section}.{word.value}" for word in words)
    for prefix, plain in (
        ("who", (*GROUPS, "all", "in")),
        ("health", HEALTH),
        ("operation", OPERATIONS),
        ("held", (*LIMITS, "until")),
        ("taken", TAKEN),
        ("breaker", [state.value for state in BreakerState]),
        ("intent", [state.value for state in IntentState]),
        ("swung", [swung.value for swung in Swung]),
    ):
        yield from (f"board.{prefix}_{word}" for word in plain)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_word_is_there(locale: str) -> None:
    missing = []
    for key in _keys():
        try:
            assert RENDERER.text(locale, key)
        except KeyError:
            missing.append(key)
    assert missing == []
