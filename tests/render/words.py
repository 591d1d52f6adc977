"""The renderer as tests use it: who is who, and a check of the markup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

from bot.domain.model import MemberId
from bot.domain.notice import Notice
from bot.ports import ChatTraits, Rendered
from bot.render import Renderer

TEMPLATES = Path(__file__).parents[2] / "templates"
RENDERER = Renderer(TEMPLATES)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ZONE = "Asia/Shanghai"
NAMES = {MemberId(n): f"member {n}" for n in range(1, 80)}
PAY_URL = "https://pay.example.org/pay/token?a=1&b=2"


def words(
    notice: Notice, locale: str, *, names: Mapping[MemberId, str] = NAMES, traits: ChatTraits | None = None
) -> Rendered:
    return RENDERER.render(
        notice,
        locale=locale,
        zone=ZONE,
        now=NOW,
        names=names,
        ids={member: f"id-{member}" for member in names},
        traits=traits or ChatTraits(pictures=False),
        pay_url=PAY_URL,
    )


class Markup(HTMLParser):
    """Reads our small HTML strictly: known tags, known attributes, each closed in order. ``text`` is what it says."""

    KNOWN: Mapping[str, tuple[str, ...]] = {"b": (), "i": (), "code": (), "a": ("href",), "mention": ("id",)}

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self._open = "", [""]
        self.feed(html)
        self.close()
        assert self._open == [""], html

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tuple(name for name, _ in attrs) == self.KNOWN[tag], tag
        self._open.append(tag)
        self.text += "@" if tag == "mention" else ""

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def lines(rendered: Rendered) -> Iterator[str]:
    return (line for line in rendered.text.splitlines() if line)
