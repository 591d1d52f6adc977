"""The parts that commands are made of: amounts, members, times and words of a parse tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from lark import Token, Tree

from bot.commands.amounts import NotAnAmount
from bot.commands.dates import NotATime, parse_when
from bot.commands.fitting import MYSELF, Ambiguous
from bot.commands.grammar import NotUnderstood
from bot.commands.rows import Enclosed, Row
from bot.commands.sums import is_sum, read_amount, written
from bot.commands.tokens import Token as Typed
from bot.domain import command as c
from bot.domain.errors import NotKnown
from bot.domain.model import Chat, Member, MemberId
from bot.domain.notice import Reply

MOST_WORDS: Final = 200


@dataclass(frozen=True, slots=True)
class ParseContext:
    """Who speaks where, and what a name may mean. ``picture`` came with the message; ``who`` finds members by a mention
    (``@[n]``, ``@username``), a display name or ``#number``."""

    by: c.Actor
    reply: Reply
    chat: Chat
    now: datetime
    most_minor: int
    bot_names: frozenset[str] = frozenset()
    who: Callable[[str], Sequence[Member]] = field(default=lambda name: ())
    picture: str = ""
    enclosed: Enclosed | None = None


class Parts:
    """Reads one parse tree. ``chosen`` settles names that several members share; ``rows`` are a list that belongs to
    it."""

    def __init__(
        self, context: ParseContext, tree: Tree[Token], chosen: dict[str, MemberId], rows: Sequence[Row] = ()
    ) -> None:
        self._context, self._tree, self._chosen, self._rows = context, tree, chosen, rows
        self._sums: dict[str, int] = {}
        self._said: dict[str, Any] = {"by": context.by, "reply": context.reply}
        currency = next(
            (x.value for x in tree.scan_values(lambda x: isinstance(x, Token) and x.type == "CURRENCY")), ""
        )
        self._currency = currency or context.chat.currency

    def _all(self, *kinds: str, of: Tree[Token] | None = None) -> Iterator[Token]:
        """Tokens directly under the node, by kind."""
        return (x for x in (of or self._tree).children if isinstance(x, Token) and x.type in kinds)

    def _one(self, *kinds: str) -> Token | None:
        return next(self._all(*kinds), None)

    def _nodes(self, name: str) -> Iterator[Tree[Token]]:
        return (x for x in self._tree.children if isinstance(x, Tree) and x.data == name)

    def _pairs(self, name: str) -> Iterator[tuple[Token, Token]]:
        """The two tokens of each node of that name."""
        for node in self._nodes(name):
            first, second = (x for x in node.children if isinstance(x, Token))
            yield first, second

    def _amount(self, token: Token, *, signed: bool = False) -> int:
        """Minor units of an amount or a sum; a sum is kept to be read back."""
        try:
            minor = read_amount(token.value, self._currency, most=self._context.most_minor, signed=signed)
        except NotAnAmount as error:
            raise unclear(error.code, token, error.instead) from None
        if is_sum(token.value):
            self._sums[written(token.value)] = minor
        return minor

    def _member(self, token: Token) -> MemberId:
        name = token.value
        if name in self._chosen:
            return self._chosen[name]
        if name.lower() in MYSELF:
            return self._context.by.member
        found = list(self._context.who(name))
        if not found and not name.startswith(("@", "#")):
            found = list(self._context.who(f"@{name}"))
        if not found:
            raise NotKnown(name=name.removeprefix("@"))
        if len(found) > 1:
            raise Ambiguous(name, found)
        return found[0].id

    def _which(self) -> c.Which:
        token = self._one("REFERENCE", "AMOUNT") if self._tree.data == "numbered" else self._one("REFERENCE")
        if token is None:
            return c.Which(self._context.chat.id)
        if not (token.value.isascii() and token.value.isdigit() and len(token.value) < 10):
            raise unclear("SYNTAX", token)
        return c.Which(self._context.chat.id, number=int(token.value))

    def _words(self, name: str) -> str:
        return " ".join(str(x) for node in self._nodes(name) for x in node.children).strip()[:MOST_WORDS]

    def _whom(self) -> MemberId | None:
        node = next(self._nodes("who"), None)
        return self._member(node.children[0]) if node is not None else None  # type: ignore[arg-type]

    def _someone(self) -> MemberId:
        member = self._whom()
        assert member is not None
        return member

    def _time(self, name: str) -> datetime | None:
        node = next(self._nodes(name), None)
        if node is None:
            return None
        return self._when(node.children[1:])  # type: ignore[arg-type]

    def _when(self, words: Sequence[Token]) -> datetime:
        text = " ".join(str(word) for word in words)
        try:
            return parse_when(text, now=self._context.now, zone=self._context.chat.timezone)
        except NotATime as error:
            raise unclear(error.code, words[0]) from None


def unclear(code: str, token: Token | None, instead: str = "") -> NotUnderstood:
    """``NotUnderstood`` at a token of the tree."""
    if token is None:
        return NotUnderstood(code, None)
    return NotUnderstood(code, Typed(token.type, token.value, token.start_pos or 0, token.end_pos or 0), instead)
