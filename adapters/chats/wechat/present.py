"""Our markup → what WeChat shows: plain text, and the ids of who is mentioned."""

from __future__ import annotations

import html
import re
from typing import Final

from bot.ports import Rendered

TEXT_LIMIT: Final = 2000
"""Characters of one message, well below where puppets begin to cut."""
_MENTION: Final = re.compile(r'<mention id="([^"]*)">')


def text_of(message: Rendered) -> str:
    """Cut at the end of a line where it is too long; the numbered answers at the end are kept."""
    if len(message.text) <= TEXT_LIMIT:
        return message.text
    body, _, answers = message.text.rpartition("\n\n")
    room = TEXT_LIMIT - len(answers) - 5
    return f"{body[:room].rpartition(chr(10))[0] or body[:room]}\n…\n\n{answers}"


def mentions_of(message: Rendered) -> list[str]:
    """Whom it mentions, each once, in order."""
    return list(dict.fromkeys(html.unescape(id_) for id_ in _MENTION.findall(message.html)))
