"""Our markup → what WeChat shows: plain text, and the ids of who is mentioned."""

from __future__ import annotations

import html
import re
from typing import Final

from bot.ports import Rendered

TEXT_LIMIT: Final = 2000
"""Characters of one message, well below where puppets begin to cut."""
_ADDRESS: Final = re.compile(r"https?://\S+/(?:pay|c)/\S+")
_MENTION: Final = re.compile(r'<mention id="([^"]*)">')


def text_of(message: Rendered) -> str:
    """Cut at the end of a line where it is too long; the numbered answers at the end are kept."""
    if len(message.text) <= TEXT_LIMIT:
        return message.text
    body, _, end = message.text.rpartition("\n\n") if message.buttons else (message.text, "", "")
    kept = f"\n…\n\n{end}" if len(end) < TEXT_LIMIT // 2 else "\n…"
    cut = body[: TEXT_LIMIT - len(kept)]
    return (cut.rpartition("\n")[0] or cut) + kept.rstrip()


def link_of(message: Rendered) -> str:
    """The address of a page that it is about, if any."""
    found = _ADDRESS.search(message.text)
    return found[0] if found else ""


def mentions_of(message: Rendered) -> list[str]:
    """Whom it mentions, each once, in order."""
    return list(dict.fromkeys(html.unescape(id_) for id_ in _MENTION.findall(message.html)))
