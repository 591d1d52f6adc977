"""Parse trees → Commands, with names resolved and amounts checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from lark import Token, Tree

from bot.commands.amounts import NotAnAmount, parse_amount
from bot.commands.dates import NotATime, parse_when
from bot.commands.grammar import NotUnderstood
from bot.commands.sums import is_sum, read_amount, written
from bot.commands.tokens import Token as Typed
from bot.commands.words import COMMANDS, CREDIT
from bot.domain import command as c
from bot.domain.errors import NotKnown
from bot.domain.model import Chat, CollectionId, Member, MemberId, Mode
from bot.domain.notice import Reply
from bot.domain.plans import LETTERS
from bot.i18n import locale_of

_PHONE: Final = re.compile(r"\+?[0-9]{8,15}")
_MODES: Final = {"EQUAL": Mode.EQUAL, "EACH": Mode.EACH, "FIXED": Mode.FIXED, "SELF": Mode.SELF, "SHARES": Mode.SHARES}
_LANGUAGES: Final = {"中文": "zh", "chinese": "zh", "英文": "en", "english": "en"}
MOST_TITLE: Final = 80
MOST_WORDS: Final = 200
MOST_WEIGHT: Final = 100_000
"""Hundredths: a thousand shares."""
SNOOZE: Final = timedelta(hours=24)


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


class Ambiguous(Exception):
    """``name`` may be any of ``members``."""

    def __init__(self, name: str, members: Sequence[Member]) -> None:
        super().__init__(name)
        self.name, self.members = name, members


class Builder:
    """Makes one command. ``chosen`` settles names that several members share."""

    def __init__(self, context: ParseContext, tree: Tree[Token], chosen: dict[str, MemberId]) -> None:
        self._context, self._tree, self._chosen = context, tree, chosen
        self._sums: dict[str, int] = {}
        self._said: dict[str, Any] = {"by": context.by, "reply": context.reply}
        currency = next(
            (x.value for x in tree.scan_values(lambda x: isinstance(x, Token) and x.type == "CURRENCY")), ""
        )
        self._currency = currency or context.chat.currency

    # -- parts ----------------------------------------------------------------------------------------------

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
        if name.lower() in ("@me", "me", "@我", "我"):
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

    # -- commands -------------------------------------------------------------------------------------------

    def collect(self) -> c.Command:
        if self._one("PLANS") is not None:
            return self._plans()
        mode = _MODES[next(self._all("EQUAL", "EACH", "FIXED", "SELF", "SHARES")).type]
        amount = self._one("AMOUNT")
        fixed = tuple((self._member(who), self._amount(value)) for who, value in self._pairs("entry"))
        bounds = {kind.type: self._amount(value) for kind, value in self._pairs("bound")}
        return c.Collect(
            **self._said,
            chat=self._context.chat.id,
            mode=mode,
            currency=self._currency,
            amount=self._amount(amount) if amount and mode is not Mode.FIXED else None,
            fixed=fixed,
            weights=tuple((self._member(who), self._weight(value)) for who, value in self._pairs("weight")),
            only=tuple(self._member(x) for node in self._nodes("only") for x in self._all("MENTION", of=node)),
            exclude=tuple(self._member(x) for node in self._nodes("exclude") for x in self._all("MENTION", of=node)),
            include_organiser=self._one("NO_ME") is None,
            minimum=bounds.get("MIN"),
            maximum=bounds.get("MAX"),
            goal=bounds.get("GOAL"),
            deadline=self._deadline(),
            title=self._words("title")[:MOST_TITLE],
            sums=tuple(self._sums.items()),
        )

    def _plans(self) -> c.Command:
        """``900 plans @anna 2 @ben``: who is named is in; a number behind a name is its weight."""
        amount = self._one("AMOUNT")
        assert amount is not None
        weights = tuple((self._member(who), self._weight(value)) for who, value in self._pairs("weight"))
        named = tuple(self._member(x) for node in self._nodes("only") for x in self._all("MENTION", of=node))
        asked = c.Collect(
            **self._said,
            chat=self._context.chat.id,
            mode=Mode.EQUAL,
            currency=self._currency,
            amount=self._amount(amount),
            weights=weights,
            only=(*(member for member, _ in weights), *named),
            exclude=tuple(self._member(x) for node in self._nodes("exclude") for x in self._all("MENTION", of=node)),
            include_organiser=self._one("NO_ME") is None,
            deadline=self._deadline(),
            title=self._words("title")[:MOST_TITLE],
        )
        return c.AskPlans(**self._said, asked=asked)

    def plan(self) -> c.Command:
        token = self._one("WORD")
        if token is not None and token.value.upper() not in LETTERS:
            raise unclear("PLAN", token)
        chosen = LETTERS[token.value.upper()] if token is not None else None
        return c.ChoosePlan(**self._said, which=self._which(), plan=chosen)

    def had(self) -> c.Command:
        amount = self._one("AMOUNT")
        return c.Had(
            **self._said,
            which=self._which(),
            name=self._words("dish"),
            amount=self._amount(amount) if amount is not None else None,
            who=tuple(self._member(token) for token in self._all("MENTION")),
        )

    @staticmethod
    def _weight(token: Token) -> int:
        """In hundredths."""
        try:
            return parse_amount(token.value, "EUR", most=MOST_WEIGHT)
        except NotAnAmount as error:
            raise unclear(error.code, token) from None

    def _deadline(self) -> datetime | None:
        node = next(self._nodes("deadline"), None)
        if node is None:
            return None
        return self._when(node.children[1:])  # type: ignore[arg-type]

    def _when(self, words: Sequence[Token]) -> datetime:
        text = " ".join(str(word) for word in words)
        try:
            return parse_when(text, now=self._context.now, zone=self._context.chat.timezone)
        except NotATime as error:
            raise unclear(error.code, words[0]) from None

    def pay(self) -> c.Command:
        amount = self._one("AMOUNT")
        if (member := self._whom()) is not None:
            return self._confirm(member)
        return c.AskToPay(**self._said, which=self._which(), amount=self._amount(amount) if amount else None)

    def paid(self) -> c.Command:
        if (member := self._whom()) is not None:
            return self._confirm(member)
        if (amount := self._one("AMOUNT")) is not None:
            raise unclear("EXTRA", amount)
        return c.Claim(**self._said, which=self._which(), proof=self._context.picture)

    def confirm(self) -> c.Command:
        return self._confirm(self._someone())

    def _confirm(self, member: MemberId) -> c.Command:
        amount = self._one("AMOUNT")
        value = self._amount(amount) if amount else None
        return c.Confirm(**self._said, which=self._which(), member=member, amount=value)

    def reject(self) -> c.Command:
        return c.Reject(**self._said, which=self._which(), member=self._someone())

    def waive(self) -> c.Command:
        return c.Waive(**self._said, which=self._which(), member=self._someone(), reason=self._words("reason"))

    def adjust(self) -> c.Command:
        token = next(self._all("AMOUNT"))
        value = self._amount(token, signed=True)
        return c.Adjust(
            **self._said,
            which=self._which(),
            member=self._someone(),
            amount=value,
            relative=token.value[0] in "+-−＋－",
            reason=self._words("reason"),
        )

    def refund(self) -> c.Command:
        amount, word = self._one("AMOUNT"), self._one("WORD")
        if word is not None and word.value.lower() not in CREDIT:
            raise unclear("EXTRA", word)
        return c.GiveBack(
            **self._said,
            which=self._which(),
            member=self._someone(),
            amount=self._amount(amount) if amount else None,
            to_credit=word is not None,
        )

    def declare(self) -> c.Command:
        return c.Declare(**self._said, which=self._which(), amount=self._amount(next(self._all("AMOUNT"))))

    def numbered(self, kind: type[c.OnCollection]) -> c.Command:
        return kind(**self._said, which=self._which())

    def sms(self) -> c.Command:
        parts = list(self._all("AMOUNT", "WORD"))
        if self._one("OFF") is not None or not (parts or self._context.chat.private):
            return c.SetConsent(**self._said, phone="")
        number = re.sub(r"[()\s-]", "", "".join(parts))
        if not _PHONE.fullmatch(number):
            raise unclear("PHONE", parts[0] if parts else None)
        return c.SetConsent(**self._said, phone=number)

    def payee(self) -> c.Command:
        text, picture = self._words("reason"), self._context.picture
        if self._context.chat.private and not (text or picture):
            raise unclear("PAYEE", None)
        return c.SetPayee(**self._said, text="" if text.lower() in ("off", "关") else text, picture=picture)

    def language(self) -> c.Command:
        token = self._one("WORD")
        tag = _LANGUAGES.get(token.value.lower(), token.value.lower()) if token else ""
        if tag.replace("-", "_").split("_")[0] not in ("zh", "en"):
            raise unclear("LANGUAGE", token)
        return c.SetLanguage(**self._said, locale=locale_of(tag))

    def start(self) -> c.Command:
        token = self._one("WORD")
        if token is not None and token.value.startswith("pay_"):
            which = c.Which(self._context.chat.id, id=CollectionId(token.value.removeprefix("pay_")))
            return c.AskToPay(**self._said, which=which)
        return c.AskHelp(**self._said, topic="start")

    def help(self) -> c.Command:
        about = self._one("WORD")
        if about is not None and about.value.lower() not in COMMANDS["COLLECT"]:
            raise unclear("EXTRA", about)
        return self.topic("help_collect" if about else "help")

    def topic(self, name: str) -> c.Command:
        return c.AskHelp(**self._said, topic=name)

    def about_me(self, kind: type[c.ChatCommand]) -> c.Command:
        return kind(**self._said)

    def promise(self) -> c.Command:
        words = list(self._all("QUOTED", "WHEN"))
        return c.Rest(**self._said, which=self._which(), until=self._when(words), promised=True)

    def snooze(self) -> c.Command:
        until = self._context.now + SNOOZE
        return c.Rest(**self._said, which=self._which(), until=until, promised=False)

    def resync(self) -> c.Command:
        return c.Resync(**self._said)

    def money(self) -> c.Command:
        return c.AskMoney(**self._said)

    def reminders(self, *, on: bool) -> c.Command:
        return c.SetReminders(**self._said, on=on)


def unclear(code: str, token: Token | None, instead: str = "") -> NotUnderstood:
    """``NotUnderstood`` at a token of the tree."""
    if token is None:
        return NotUnderstood(code, None)
    return NotUnderstood(code, Typed(token.type, token.value, token.start_pos or 0, token.end_pos or 0), instead)


BUILD: Final[dict[str, Callable[[Builder], c.Command]]] = {
    "COLLECT": Builder.collect,
    "PAY": Builder.pay,
    "PAID": Builder.paid,
    "CONFIRM": Builder.confirm,
    "REJECT": Builder.reject,
    "WAIVE": Builder.waive,
    "ADJUST": Builder.adjust,
    "DECLARE": Builder.declare,
    "REFUND": Builder.refund,
    "SMS": Builder.sms,
    "PLAN": Builder.plan,
    "HAD": Builder.had,
    "PAYEE": Builder.payee,
    "LANGUAGE": Builder.language,
    "START": Builder.start,
    "HELP": Builder.help,
    "PRIVACY": lambda b: b.topic("privacy"),
    "MYDATA": lambda b: b.about_me(c.AskMyData),
    "FORGET": lambda b: b.about_me(c.Forget),
    "STOP": lambda b: b.reminders(on=False),
    "RESUME": lambda b: b.reminders(on=True),
    "PROMISE": Builder.promise,
    "SNOOZE": Builder.snooze,
    "RESYNC": Builder.resync,
    "MONEY": lambda b: b.money(),
    "STATUS": lambda b: b.numbered(c.AskStatus),
    "SHARE": lambda b: b.numbered(c.AskShare),
    "JOIN": lambda b: b.numbered(c.Join),
    "CLOSE": lambda b: b.numbered(c.Close),
    "CANCEL": lambda b: b.numbered(c.Cancel),
    "UNDO": lambda b: b.numbered(c.Undo),
    "DETAILS": lambda b: b.numbered(c.AskDetails),
    "MANAGE": lambda b: b.numbered(c.AskManage),
    "PREVIEW": lambda b: b.numbered(c.AskPreview),
    "WHY": lambda b: b.numbered(c.AskWhy),
    "HISTORY": lambda b: b.numbered(c.AskHistory),
}
