"""A line of chat → typed tokens. Which command it is decides whether it concerns us at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.commands.dates import is_time_word
from bot.commands.sums import PATTERN as SUM, is_sum
from bot.commands.words import ALL_MEMBERS, COMMANDS, KEYWORDS, NEEDS_AFTER, PLAIN
from bot.domain.money import DIGITAL_ONLY, exponent

_HEAD: Final = re.compile(r"[/／]([^\s@/／]+)(?:@([A-Za-z0-9_]+))?")
_APART: Final = r"\s、,，和跟@"
_FOR_OTHERS: Final = re.compile(
    rf"代(?![我你他她它])([^付{_APART}]{{1,20}}|(?:[\s、,，和跟]*@[^{_APART}]+)+)\s*付(?:款)?[。！!~～]*"
)
_QUOTES: Final = {'"': '"', "“": "”", "「": "」"}
_AMOUNT_START: Final = re.compile(r"[+\-−－＋]?[¥￥$€£]?\s*\d|[¥￥$€£]|[(（]+[¥￥$€£]?\d")
_SPLIT: Final = re.compile(r"([+\-−－＋]?[¥￥$€£]?[0-9０-９][0-9０-９,，.．]*(?:元|块)?)(\D.*)", re.DOTALL)
_CJK_NUMERAL: Final = re.compile(r"[零〇一二两三四五六七八九十百千万亿]+[元块]?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_REFERENCE: Final = re.compile(r"[#＃](\d{1,9})")
FOR_OTHERS: Final = "代"
_SEPARATORS: Final = ",，、；;"
_SUM_OR_DAY: Final = re.compile(r"[0-9０-９]{1,2}[-/][0-9０-９]{1,2}")
_HEAD_OF_ANOTHER: Final = re.compile(r"[^\W\d_]{1,12}[:：][0-9０-９]+(?:[.．][0-9０-９]+)?")
_COUNT: Final = re.compile(r"(凑满|满|上限|名额|限|最少|至少|最多)(?=[0-9０-９])|([0-9０-９]+)(?=[人位])")
_COUNTED: Final = {"QUORUM": "QUORUM", "CAP": "CAP", "MIN": "QUORUM", "MAX": "CAP"}
"""What a number of people after the word makes of it: «min 6 people» is no least amount."""
_AMOUNT_AFTER: Final = frozenset({"MIN", "MAX", "GOAL", "SUGGESTED"})
_AMOUNT_FIRST: Final = frozenset({"COLLECT", "PAY", "DECLARE"})

_BY_WORD: Final = {word: name for name, words in KEYWORDS.items() for word in words}
_GLUED: Final = tuple(
    word for word in _BY_WORD if not word.isascii() and len(word) > 1 and word not in KEYWORDS["DIGITAL"]
)
"""Chinese words that may stand without a space before or after them (``200均摊火锅``)."""
_CHUNK: Final = re.compile(
    rf"{SUM}(?=[\s,，、；;]|$|[A-Z]{{3}}\b|{'|'.join(_GLUED)})|"
    r'"[^"\n]*"|“[^”\n]*”|「[^」\n]*」|@\[\d+\]|@"[^"\n]+"|@(?:(?![+＋&]@)[^\s,，、；;:：])+|[^\s"“”「」@]+'
)
_COMMAND_BY_WORD: Final = {word: name for name, words in COMMANDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is a terminal of the grammar; ``text`` what stood there, without quotes; ``start`` where."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """A message that is a command: its name (``""`` for one that nobody knows), the word typed, and the rest."""

    command: str
    word: str
    tokens: tuple[Token, ...]
    addressed: bool
    """It names this bot, so that even an unknown command deserves an answer."""
    slash: bool


def read(text: str, bot_names: frozenset[str]) -> Line | None:
    """The command in ``text``; None when it is none, or is for another bot."""
    lead = len(text) - len(text.lstrip())
    body = text[lead:]
    if match := _HEAD.match(body):
        word, bot = match[1].lower(), (match[2] or "").lower()
        if bot and bot_names and bot not in bot_names:
            return None
        command, used = _command(word, match[1])
        start = lead + 1 + used if used < len(match[1]) and not bot else lead + match.end()
        return Line(command, match[1], tokens(text, start, command), addressed=bool(bot), slash=True)
    return _for_others(body, lead) or _plain(text, body, lead)


def _command(word: str, raw: str) -> tuple[str, int]:
    """The command that ``word`` is, or begins with (``收款200``), and how many characters it takes."""
    if word in _COMMAND_BY_WORD:
        return _COMMAND_BY_WORD[word], len(raw)
    for known in sorted(_COMMAND_BY_WORD, key=len, reverse=True):
        if not known.isascii() and word.startswith(known) and _starts_argument(word[len(known) :]):
            return _COMMAND_BY_WORD[known], len(known)
    return "", len(raw)


def _for_others(body: str, lead: int) -> Line | None:
    """«代李四付», «代 @李四、@王五 付款»: the whole message, and nothing else."""
    if not (match := _FOR_OTHERS.fullmatch(body.strip())):
        return None
    first = lead + len(body) - len(body.lstrip()) + match.start(1)
    names = re.finditer(rf"@?[^{_APART}]+", match[1])
    found = tuple(Token("MENTION", name[0], first + name.start(), first + name.end()) for name in names)
    return Line("PAY", FOR_OTHERS, found, addressed=False, slash=False)


def _plain(text: str, body: str, lead: int) -> Line | None:
    """A command without a slash: one of the plain words, with nothing or an argument after it."""
    for word in sorted(PLAIN, key=len, reverse=True):
        if body.startswith(word):
            rest = body[len(word) :].strip(" \t\n。！!.~～")
            command = _COMMAND_BY_WORD[word]
            follows = _starts_argument(rest) if command in ("COLLECT", "DECLARE", "STATUS") else False
            whom = command in ("REFUND", "PAY") and rest.startswith("@")
            if not rest or follows or whom or _REFERENCE.fullmatch(rest):
                found = tokens(text, lead + len(word), command) if rest else ()
                return Line(command, word, found, addressed=False, slash=False)
    return None


def _starts_argument(rest: str) -> bool:
    chunk = rest.strip().split()[0] if rest.strip() else ""
    starts = _AMOUNT_START.match(chunk) or _REFERENCE.match(chunk) or _CJK_NUMERAL.fullmatch(chunk)
    return starts is not None or chunk.startswith(_GLUED)


def tokens(text: str, start: int = 0, command: str = "") -> tuple[Token, ...]:
    """Everything after ``start``, typed."""
    found: list[Token] = []
    for match in _CHUNK.finditer(text, start):
        for token in _typed(match[0], match.start()):
            amount = token.kind == "WHEN" and _SUM_OR_DAY.fullmatch(token.text) and _amount_comes(found, command)
            found.append(replace(token, kind="AMOUNT") if amount else token)
    return _settled(found, command)


def _settled(found: Sequence[Token], command: str) -> tuple[Token, ...]:
    """Keywords that lack what belongs to them are ordinary words, as in «at Joe's place» or «digital camera»."""
    kept: list[Token] = []
    digital = command == "COLLECT" and any(t.kind == "CURRENCY" and t.text in DIGITAL_ONLY for t in found)
    activity = False
    for at, token in enumerate(found):
        following = found[at + 1] if at + 1 < len(found) else None
        needs = NEEDS_AFTER.get(token.kind)
        word = needs is not None and (following is None or following.kind not in needs)
        if token.kind == "AT" and following is not None and following.kind == "QUOTED":
            word = not any(is_time_word(part) for part in following.text.split())
        elif token.kind == "PLUS":
            word = word or not kept or kept[-1].kind != "MENTION"
        elif token.kind == "HEADS":
            word = len(kept) < 2 or kept[-1].kind != "AMOUNT" or kept[-2].kind not in _COUNTED
            if not word:
                kept[-2] = replace(kept[-2], kind=_COUNTED[kept[-2].kind])
        elif token.kind == "AMOUNT" and kept and kept[-1].kind == "PLACE":
            word = not token.text.isdecimal()
        elif token.kind == "PLACE":
            meant = activity or not token.text.isascii() or (following is not None and following.kind == "QUOTED")
            word = following is None or not meant
        elif token.kind == "DIGITAL":
            word = not digital
        elif token.kind == "HEAD":
            word = not any(before.kind == "SHARES" for before in kept)
        activity = activity or (not word and token.kind in ("AT", "CAP", "QUORUM"))
        kept.append(replace(token, kind="WORD") if word else token)
    return tuple(kept)


def _amount_comes(before: Sequence[Token], command: str) -> bool:
    """Whether ``90/3`` here is a quotient and no day: an amount has to come after what stands ``before``."""
    kinds = [token.kind for token in before if token.kind not in ("CURRENCY", "REFERENCE")]
    if not kinds or kinds in (["EQUAL"], ["EACH"]):
        return command in _AMOUNT_FIRST
    named = kinds[-1] == "MENTION" and (kinds[0] == "FIXED" or command != "COLLECT")
    return named or kinds[-1] in _AMOUNT_AFTER


def _typed(chunk: str, at: int) -> Iterator[Token]:
    """The tokens of a chunk: mostly one; several where no space stands between them (``200均摊火锅``)."""
    while trimmed := chunk.strip(_SEPARATORS):
        at += chunk.index(trimmed)
        token = _first(trimmed, at)
        yield token
        chunk, at = trimmed[token.end - at :], token.end


def _first(chunk: str, at: int) -> Token:
    """The token that ``chunk`` is, or begins with."""
    end = at + len(chunk)
    if chunk[0] in _QUOTES and chunk[-1] == _QUOTES[chunk[0]] and len(chunk) > 1:
        return Token("QUOTED", chunk[1:-1], at, end)
    if chunk[0] == "@":
        kind = "EVERYBODY" if chunk.lower() in ALL_MEMBERS else "MENTION"
        return Token(kind, chunk.replace('"', ""), at, end)
    if keyword := _BY_WORD.get(chunk.lower()):
        return Token(keyword, chunk, at, end)
    if match := _REFERENCE.fullmatch(chunk):
        return Token("REFERENCE", match[1], at, end)
    if _CURRENCY.fullmatch(chunk) and _is_currency(chunk):
        return Token("CURRENCY", chunk, at, end)
    if is_time_word(chunk):
        return Token("WHEN", chunk, at, end)
    if is_sum(chunk):
        return Token("AMOUNT", chunk, at, end)
    if _HEAD_OF_ANOTHER.fullmatch(chunk):
        return Token("HEAD", chunk, at, end)
    if (match := _COUNT.match(chunk)) and (match[1] or len(chunk) == match.end() + 1):
        return Token(_BY_WORD[match[1]] if match[1] else "AMOUNT", match[0], at, at + match.end())
    if (match := _SPLIT.fullmatch(chunk)) and _glued(match[2]):
        return Token("AMOUNT", match[1], at, at + len(match[1]))
    for word in _GLUED:
        if chunk.startswith(word):
            return Token(_BY_WORD[word], word, at, at + len(word))
    return Token("AMOUNT" if looks_like_amount(chunk) else "WORD", chunk, at, end)


def _glued(rest: str) -> bool:
    """Whether ``rest`` after a number is a keyword or a currency of its own (``200均摊``, ``50EUR``)."""
    return rest.startswith(_GLUED) or (rest.isascii() and rest.isupper() and len(rest) == 3 and _is_currency(rest))


def looks_like_amount(chunk: str) -> bool:
    """Whether somebody may have meant a number: then its faults are named instead of taking it for a word."""
    if _AMOUNT_START.match(chunk) or _CJK_NUMERAL.fullmatch(chunk):
        return True
    first = next((ch for ch in chunk if unicodedata.category(ch)[0] not in "CM"), "")
    return unicodedata.category(first) in ("Nd", "No", "Nl") if first else False


def _is_currency(code: str) -> bool:
    try:
        exponent(code)
    except ValueError:
        return False
    return True
