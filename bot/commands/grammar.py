"""The grammar of the commands, over typed tokens (ADR 0003). One start rule per command."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedToken
from lark.lexer import Lexer

from bot.commands import tokens as t

_GRAMMAR: Final = """
collect: CURRENCY? _split option*
       | CURRENCY? _weighted _weighted_option*
       | CURRENCY? stated? FIXED entry+ _plain_option*
       | CURRENCY? AMOUNT CURRENCY? PLANS (planned | _plan_option)*
       | SELF (bound | _self_option)*
listed: CURRENCY? stated? FIXED _plain_option*
_weighted: AMOUNT CURRENCY? SHARES own? (weight | others)+
own: HEAD+
weight: MENTION (PLUS MENTION)* AMOUNT HEAD*
others: OTHERS AMOUNT
_split: AMOUNT CURRENCY? (EQUAL | EACH) | (EQUAL | EACH) CURRENCY? AMOUNT
stated: AMOUNT CURRENCY?
entry: MENTION AMOUNT
bound: (MIN | MAX | GOAL | SUGGESTED) AMOUNT
?option: only | exclude | cap | quorum | _plain_option
_plain_option: _option | title | UNIQUE
planned: MENTION AMOUNT -> weight
_plan_option: only | exclude | _plain_option
_weighted_option: exclude | _plain_option
_self_option: only | exclude | _option | bounded_title
_option: deadline | starts | place | NO_ME | NAMES | DIGITAL | CURRENCY
cap: CAP AMOUNT HEADS?
quorum: QUORUM AMOUNT HEADS?
only: MENTION | EVERYBODY
exclude: NOT MENTION+
deadline: BY (QUOTED | WHEN+)
starts: AT (QUOTED | WHEN+)
place: PLACE (QUOTED | WORD AMOUNT? | AMOUNT WORD)
title: (WORD | QUOTED | WHEN) (WORD | QUOTED | WHEN | AMOUNT | _mode | MIN | MAX | GOAL | OFF)*
bounded_title: (WORD | QUOTED | WHEN) (WORD | QUOTED | WHEN | AMOUNT | _mode | OFF)* -> title
_mode: EQUAL | EACH | FIXED | SELF | SHARES | PLANS

numbered: (REFERENCE | AMOUNT)?
pay: _which? AMOUNT? | _which? who AMOUNT?
pay_for: _which? AMOUNT? | _which? who AMOUNT? | _which? who MENTION+
confirm: _which? who AMOUNT?
reject: _which? who
waive: _which? who reason?
adjust: _which? who AMOUNT reason?
add: _which? who AMOUNT? said?
drop: _which? who reason?
handover: _which? who
helper: _which? who OFF? | _which? OFF who
resplit: _which? (EQUAL | EVERYBODY | WORD)* weight*
declare: _which? AMOUNT
refund: _which? who AMOUNT? WORD?
_which: REFERENCE
who: MENTION | WORD | QUOTED
reason: _any+

said: (WORD | QUOTED | WHEN) _any* -> reason
_any: WORD | QUOTED | WHEN | AMOUNT | MENTION | _mode | MIN | MAX | GOAL | OFF | NOT | BY | _counted | PLACE | AT
_counted: SUGGESTED | OTHERS | CAP | QUORUM | HEADS | PLUS

plan: _which? WORD?
arrived: _which? AMOUNT+
had: _which? dish AMOUNT? MENTION*
dish: (WORD | QUOTED | WHEN)+

promise: _which? (QUOTED | WHEN+)
payee: reason?
sms: (AMOUNT | WORD)* | OFF
language: WORD?
start: WORD?
topic: WORD?
alone:

%declare AMOUNT CURRENCY EQUAL EACH FIXED SELF SHARES PLANS MIN MAX GOAL MENTION EVERYBODY NOT BY NO_ME OFF
%declare NAMES DIGITAL UNIQUE
%declare SUGGESTED OTHERS CAP QUORUM HEADS AT PLACE PLUS HEAD
%declare QUOTED WHEN WORD REFERENCE
"""

RULES: Final[dict[str, str]] = {
    "COLLECT": "collect",
    "PAY": "pay_for",
    "PAID": "pay",
    "CONFIRM": "confirm",
    "REJECT": "reject",
    "WAIVE": "waive",
    "ADJUST": "adjust",
    "ADD": "add",
    "DROP": "drop",
    "RESPLIT": "resplit",
    "HANDOVER": "handover",
    "HELPER": "helper",
    "DECLARE": "declare",
    "REFUND": "refund",
    "PLAN": "plan",
    "ARRIVED": "arrived",
    "HAD": "had",
    "PAYEE": "payee",
    "PROMISE": "promise",
    "SMS": "sms",
    "LANGUAGE": "language",
    "START": "start",
    "HELP": "topic",
    "PRIVACY": "alone",
    "MYDATA": "alone",
    "NET": "alone",
    "FORGET": "alone",
    "STOP": "alone",
    "RESUME": "alone",
    "RESYNC": "alone",
    "MONEY": "alone",
    **dict.fromkeys(("STATUS", "SHARE", "JOIN", "LEAVE", "CLOSE", "CANCEL", "UNDO", "DETAILS", "MANAGE"), "numbered"),
    **dict.fromkeys(("SNOOZE", "NOT_ME", "LATER"), "numbered"),
    "REACHED": "reject",
    "RECEIPT": "numbered",
    **dict.fromkeys(("BOARD", "PREVIEW", "WHY", "HISTORY"), "numbered"),
}


class _Typed(Lexer):
    """Passes on what ``tokens`` has typed already."""

    def __init__(self, _: Any) -> None: ...

    def lex(self, data: Any) -> Iterator[Token]:  # type: ignore[override]  # lark's own signature is narrower
        for token in data:
            yield Token(token.kind, token.text, start_pos=token.start, end_pos=token.end)


_NUMBER_FIRST: Final = frozenset(re.findall(r"^(\w+): _which\?", _GRAMMAR, re.MULTILINE))
"""Rules that begin with the collection's number. People add it at the end as well."""

_PARSER: Final = Lark(_GRAMMAR, parser="lalr", lexer=_Typed, start=sorted({*RULES.values(), "listed"}))


class NotUnderstood(Exception):
    """The tokens do not fit. ``code`` (section ``unclear``); ``token`` is the first that does not, None at the end.
    ``instead`` would fit there."""

    def __init__(self, code: str, token: t.Token | None, instead: str = "") -> None:
        super().__init__(code)
        self.code, self.token, self.instead = code, token, instead


def tree_of(command: str, line: Sequence[t.Token], *, rule: str = "") -> Tree[Token]:
    """The parse of a command's arguments, by its own rule unless another is named. ``NotUnderstood`` names the first
    token that does not fit."""
    start = rule or RULES[command]
    first = start in _NUMBER_FIRST and line and line[-1].kind == "REFERENCE"
    try:
        return _PARSER.parse([line[-1], *line[:-1]] if first else line, start=start)
    except UnexpectedToken as error:
        at = getattr(error.token, "start_pos", None)
        token = next((x for x in line if x.start == at), None) if error.token.type != "$END" else None
        raise NotUnderstood(_code(token, set(error.accepts or error.expected)), token) from None


def _code(token: t.Token | None, expected: set[str]) -> str:
    """What is missing at ``token``, in one word."""
    titled = "WORD" in expected and "$END" in expected
    if "WHEN" in expected and "QUOTED" in expected and "WORD" not in expected:
        return "WHEN"
    if {"EQUAL", "EACH"} <= expected and not titled:
        return "MODE" if "AMOUNT" not in expected else "AMOUNT" if token is None else "SYNTAX"
    if "MENTION" in expected and "$END" not in expected:
        return "WHO"
    if "AMOUNT" in expected and "$END" not in expected:
        return "AMOUNT" if token is None else "SYNTAX"
    if token is not None and token.kind == "AMOUNT" and not titled:
        return "SYNTAX"
    return "EXTRA"
