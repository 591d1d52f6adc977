"""Chat text → Command: pure. Words, amounts and dates become tokens, tokens a tree, the tree a command."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final

from lark import Token, Tree

from bot.commands.amounts import NotAnAmount, parse_amount
from bot.commands.build import BUILD, Builder, ParseContext
from bot.commands.fitting import Ambiguous
from bot.commands.grammar import NotUnderstood, tree_of
from bot.commands.menu import menu
from bot.commands.rows import Enclosed, Row, of_cells, of_text
from bot.commands.sums import read_amount
from bot.commands.tokens import FOR_OTHERS, Line, looks_like_amount, read
from bot.commands.words import COMMANDS, example
from bot.domain.command import Command
from bot.domain.errors import NotAFile, NotKnown, Unclear, WhichMember

__all__ = ["Enclosed", "ParseContext", "amount_of", "menu", "parse", "takes_a_file"]

MOST_CHARACTERS: Final = 4096
MOST_ON_PAGE: Final = 10**15


def parse(text: str, context: ParseContext) -> Command | None:
    """The command in ``text``; None when it is ordinary talk or for another bot.

    ``Unclear``, ``NotKnown`` and ``WhichMember`` say what was not understood.
    """
    line = read(text[:MOST_CHARACTERS], context.bot_names)
    if line is None:
        return None
    if not line.command:
        _unknown(line, context)
        return None
    try:
        _one_command(text)
        if (rows := _list(line, text, context)) is not None:
            end = len(text) if context.enclosed else text.index("\n", len(text) - len(text.lstrip()))
            head = [token for token in line.tokens if token.start < end]
            return _build(context, tree_of(line.command, head, rule="listed"), line.command, rows)
        return _build(context, tree_of(line.command, line.tokens), line.command)
    except NotKnown:
        if line.word == FOR_OTHERS:
            return None  # 代我妈付 is talk
        raise
    except NotUnderstood as error:
        if not line.slash and line.command != "COLLECT":
            return None  # 我付了 within a sentence is talk
        wrong = error if error.code == "LINEBREAK" else _first_bad_amount(line, context) or error
        at = wrong.token
        mended = text[: at.start] + wrong.instead + text[at.end :] if at and wrong.instead else ""
        raise Unclear(
            code=wrong.code,
            understood=(text[: at.start] if at else text.partition("\n")[0]).strip()[:200],
            problem=text[at.start : at.end][:40] if at else "",
            example=mended[:200] or example(line.command, context.chat.locale),
        ) from None


def _one_command(text: str) -> None:
    """A second line that is a command of its own is never part of the first."""
    if any(other.lstrip().startswith(("/", "／")) for other in text.strip().splitlines()[1:]):
        raise NotUnderstood("LINEBREAK", None)


def _first_bad_amount(line: Line, context: ParseContext) -> NotUnderstood | None:
    """An amount that is wrong in itself is said first: the rest of the line often follows from it."""
    currency = next((t.text for t in line.tokens if t.kind == "CURRENCY"), context.chat.currency)
    for token in line.tokens:
        if token.kind == "AMOUNT" or (token.kind == "WORD" and looks_like_amount(token.text)):
            try:
                read_amount(token.text, currency, most=context.most_minor, signed=line.command == "ADJUST")
            except NotAnAmount as error:
                if error.code != "SYNTAX" and line.command != "SMS":
                    return NotUnderstood(error.code, token, error.instead)
    return None


def _list(line: Line, text: str, context: ParseContext) -> Sequence[Row] | None:
    """The list that belongs to ``/collect fixed``: in a file, or on the lines after the first. None when there is none.
    ``NotAFile`` when there is one that cannot be read."""
    if not takes_a_list(line):
        return None
    if (file := context.enclosed) is not None:
        if file.trouble:
            raise NotAFile(code=file.trouble)
        return of_cells(file.cells)
    lead = len(text) - len(text.lstrip())
    first, *others = text[lead:].split("\n")
    pasted = of_text(others, first=2)
    if not any(token.kind == "FIXED" and token.start < lead + len(first) for token in line.tokens):
        return None
    return pasted if any(row.amount for row in pasted) else None


def takes_a_list(line: Line) -> bool:
    return line.command == "COLLECT" and any(token.kind == "FIXED" for token in line.tokens)


def takes_a_file(text: str, bot_names: frozenset[str]) -> bool:
    """Whether a file that comes with ``text`` is meant as a list."""
    line = read(text[:MOST_CHARACTERS], bot_names)
    return line is not None and takes_a_list(line)


def _build(context: ParseContext, tree: Tree[Token], command: str, rows: Sequence[Row] = ()) -> Command:
    try:
        return BUILD[command](Builder(context, tree, {}, rows))
    except Ambiguous as several:
        options = []
        for member in several.members:
            try:
                options.append((member, BUILD[command](Builder(context, tree, {several.name: member.id}, rows))))
            except Ambiguous as again:
                raise NotKnown(name=again.name) from None
        raise WhichMember(several.name.removeprefix("@"), tuple(options)) from None


def _unknown(line: Line, context: ParseContext) -> None:
    """A word we do not know: ours only if it was said to us, or is a slip of a word of ours."""
    known = {word: name for name, words in COMMANDS.items() for word in words}
    close = difflib.get_close_matches(line.word.lower(), known, n=1, cutoff=0.75)
    if not (close or line.addressed or context.chat.private):
        return
    suggestion = example(known[close[0]] if close else "HELP", context.chat.locale)
    raise Unclear(code="UNKNOWN", understood="", problem=f"/{line.word}"[:40], example=suggestion)


def amount_of(text: str, currency: str, *, most: int = MOST_ON_PAGE) -> int:
    """An amount typed into a page, in minor units. ``Unclear`` as in a chat."""
    try:
        return parse_amount(text, currency, most=most)
    except NotAnAmount as error:
        raise Unclear(code=error.code, understood="", problem=text.strip()[:40], example="") from None
