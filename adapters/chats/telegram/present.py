"""``Rendered`` → what the Bot API takes: its HTML, its keyboards, its lengths (counted in UTF-16 code units)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from typing import Final, Literal
from urllib.parse import urlsplit

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.ports import Rendered, RenderedButton

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
ANSWER_LIMIT: Final = 200
_MOST_BUTTONS: Final = 100
_MOST_IN_A_ROW: Final = 8
_TAGS: Final = frozenset({"b", "i", "code", "a", "mention"})
_LINK: Final = re.compile(r"(?:https?|tg)://.", re.IGNORECASE)
_START: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_PUBLIC: Final = (".localhost", ".local", ".internal")


@dataclass(frozen=True, slots=True)
class Presented:
    """A message in Telegram's terms. ``fits_caption``: a picture can carry all of it."""

    html: str
    keyboard: InlineKeyboardMarkup | None
    fits_caption: bool


@dataclass(frozen=True, slots=True)
class PresentedAnswer:
    """The answer to a press: words, or an address to open."""

    text: str = ""
    url: str = ""
    alert: bool = False


def present(message: Rendered) -> Presented:
    """The message within Telegram's limits. A button whose address Telegram would refuse becomes a line of text."""
    buttons = [button for row in message.buttons for button in row]
    lines = [f"\n{b.label}: {b.url}" for b in buttons if b.url and not is_public(b.url)]
    tail = "".join(lines)
    tokens = _Tokens.of(message.html)
    length = units(_plain(tokens)) + units(tail)
    html = _written(tokens, TEXT_LIMIT - units(tail)) + escape(tail, quote=False)
    return Presented(html, _keyboard(message), length <= CAPTION_LIMIT)


def telegram_html(source: str, limit: int = TEXT_LIMIT) -> str:
    """``source`` in Telegram's tags, cut to ``limit`` characters of text, at the end of a line where that is near."""
    return _written(_Tokens.of(source), limit)


def present_answer(answer: Rendered, bot_name: str) -> PresentedAnswer:
    """What the presser sees. Telegram opens no foreign address from an answer, only the private chat with the bot."""
    if answer.open is not None and bot_name and _START.fullmatch(answer.open.start):
        return PresentedAnswer(url=f"https://t.me/{bot_name}?start={answer.open.start}")
    text = answer.text if units(answer.text) <= ANSWER_LIMIT else _first(answer.text, ANSWER_LIMIT - 1) + "…"
    return PresentedAnswer(text=text, alert=answer.alert)


def is_public(url: str) -> bool:
    """Whether a button may lead to ``url``: Telegram refuses local names and private addresses."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_NOT_PUBLIC)


def units(text: str) -> int:
    """The length of ``text`` as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _first(text: str, limit: int) -> str:
    """What of ``text`` fits into ``limit``, never half of a surrogate pair."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * limit].decode("utf-16-le", "ignore")


def _keyboard(message: Rendered) -> InlineKeyboardMarkup | None:
    rows: list[list[InlineKeyboardButton]] = []
    room = _MOST_BUTTONS
    for row in message.buttons:
        taken = [_button(button) for button in row if button.data or is_public(button.url)][:room]
        room -= len(taken)
        rows += [taken[at : at + _MOST_IN_A_ROW] for at in range(0, len(taken), _MOST_IN_A_ROW)]
    return InlineKeyboardMarkup(rows) if rows else None


def _button(button: RenderedButton) -> InlineKeyboardButton:
    if button.data:
        return InlineKeyboardButton(button.label, callback_data=button.data)
    return InlineKeyboardButton(button.label, url=button.url)


# -- HTML ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Token:
    """``value`` is the text, or the name of a tag; ``address`` where an opening tag leads."""

    kind: Literal["text", "open", "close"]
    value: str
    address: str = ""


class _Tokens(HTMLParser):
    """The text, unescaped, and the tags that we know; other tags are left out, their text stays."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._found: list[_Token] = []

    @classmethod
    def of(cls, source: str) -> list[_Token]:
        parser = cls()
        parser.feed(source)
        parser.close()
        return parser._found

    def handle_data(self, data: str) -> None:
        self._found.append(_Token("text", data))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _TAGS:
            given = dict(attrs)
            who, address = given.get("id") or "", given.get("href") or ""
            if tag == "mention":
                address = f"tg://user?id={who}" if who.isascii() and who.isdigit() else ""
            self._found.append(_Token("open", tag, address if _LINK.match(address) else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in _TAGS:
            self._found.append(_Token("close", tag))


def _plain(tokens: list[_Token]) -> str:
    return "".join(token.value for token in tokens if token.kind == "text")


def _written(tokens: list[_Token], limit: int) -> str:
    """The tokens as HTML: every tag closed in order, none in one of its own kind or in code, as Telegram wants it."""
    text = _plain(tokens)
    left = _kept(text, limit)
    ellipsis = "…" if left < len(text) else ""
    out: list[str] = []
    opened: list[tuple[str, str]] = []  # the tag as it came, and as it was written ("" for not at all)

    def close(tag: str) -> None:
        while opened:
            came, written = opened.pop()
            out.append(f"</{written}>" if written else "")
            if came == tag:
                return

    for token in tokens:
        if not left:
            break
        if token.kind == "text":
            out.append(escape(token.value[:left], quote=False))
            left -= len(token.value[:left])
        elif token.kind == "open":
            written = _tag(token, {written for _, written in opened})
            link = f' href="{escape(token.address)}"' if written == "a" else ""
            out.append(f"<{written}{link}>" if written else "")
            opened.append((token.value, written))
        elif any(came == token.value for came, _ in opened):
            close(token.value)
    close("")
    return "".join(out) + ellipsis


def _tag(token: _Token, inside: set[str]) -> str:
    """What an opening tag is written as; empty when it may not stand there or leads nowhere."""
    tag = "a" if token.value == "mention" else token.value
    if tag in inside or "code" in inside or (tag == "a" and not token.address):
        return ""
    return tag


def _kept(text: str, limit: int) -> int:
    """How many characters of ``text`` are shown, so that there is room for an ellipsis when it is not all."""
    if units(text) <= limit:
        return len(text)
    fits = len(_first(text, limit - 1))
    line = text.rfind("\n", 0, fits) + 1
    return line if line > fits // 2 else fits
