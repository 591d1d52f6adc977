"""Why the router took a way, or passed it over: every reason has its words."""

from __future__ import annotations

import pytest

from bot.domain.routing import Option, Why
from bot.i18n import LOCALES
from tests.render.words import RENDERER


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("why", Why)
def test_the_board_can_say_every_reason(locale: str, why: Why) -> None:
    assert RENDERER.text(locale, f"board.route_{why.value}")
    if Option("alipay", why).usable:
        assert RENDERER.text(locale, f"board.taken_{why.value}")
