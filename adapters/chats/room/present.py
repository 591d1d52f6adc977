"""``Rendered`` → what the page shows."""

from __future__ import annotations

import re
from typing import Final

from bot.ports import Rendered

_MENTION: Final = re.compile(r'<mention id="([^"]*)">(.*?)</mention>')


def html_of(rendered: Rendered) -> str:
    """Our small HTML with mentions as spans; line breaks stay ``\\n`` (the page keeps them)."""
    return _MENTION.sub(r'<span class="mention" data-person="\1">@\2</span>', rendered.html)


def rows_of(rendered: Rendered) -> list[list[dict[str, str]]]:
    return [[{"label": b.label, "data": b.data, "url": b.url} for b in row] for row in rendered.buttons]
