"""Who speaks in these tests, where, and whom they know."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from bot.commands import Enclosed, ParseContext, parse
from bot.domain import command as c
from bot.domain.errors import Unclear
from bot.domain.model import Chat, ChatId, Member, MemberId
from bot.domain.notice import Reply

C = TypeVar("C", bound=c.Command)

ME, ANNA, BEN, WANG, NEW, ALICE, OTHER_ALICE = (MemberId(n) for n in range(1, 8))
KNOWN = {
    "anna": (Member(ANNA, "Anna"),),
    "ben": (Member(BEN, "Ben"),),
    "小王": (Member(WANG, "小王"),),
    "小李": (Member(BEN, "小李"),),
    "[0]": (Member(NEW, "somebody whose client sent an id"),),
    "alice": (Member(ALICE, "Alice"), Member(OTHER_ALICE, "Alice")),
}
CHAT = ChatId(7)
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
"""A Tuesday: noon in Shanghai, late Monday evening in New York."""
MOST = 1_000_000_000


def context(
    *, picture: str = "", by: c.Actor | None = None, enclosed: Enclosed | None = None, **chat: Any
) -> ParseContext:
    return ParseContext(
        by=by or c.Actor(ME),
        reply=Reply(CHAT, message="m1"),
        chat=Chat(CHAT, "room", **chat),
        now=NOW,
        most_minor=MOST,
        bot_names=frozenset({"collect_bot"}),
        who=lambda name: KNOWN.get(name.removeprefix("@").lower(), ()),
        picture=picture,
        enclosed=enclosed,
    )


def said(kind: type[C], text: str, **chat: Any) -> C:
    """The command in ``text``, which is a ``kind``."""
    command = parse(text, context(**chat))
    assert type(command) is kind
    return command


def unclear(text: str, **chat: Any) -> dict[str, Any]:
    """What the answer to a text says that was not understood."""
    with pytest.raises(Unclear) as caught:
        parse(text, context(**chat))
    return dict(caught.value.params)
