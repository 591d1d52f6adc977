"""Requests for money → ``Collect`` and its kin: who, how much, when and where."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

from lark import Token

from bot.commands.amounts import NotAnAmount, parse_amount
from bot.commands.fitting import Fitting, does_not_meet
from bot.commands.parts import Parts, unclear
from bot.domain import command as c
from bot.domain.model import MemberId, Mode
from bot.domain.plans import LETTERS

_MODES: Final = {"EQUAL": Mode.EQUAL, "EACH": Mode.EACH, "FIXED": Mode.FIXED, "SELF": Mode.SELF, "SHARES": Mode.SHARES}
MOST_TITLE: Final = 80
MOST_PEOPLE: Final = 5_000
MOST_WEIGHT: Final = 100_000
"""Hundredths: a thousand shares."""


class Collecting(Parts):
    """What asks for money, and what chooses how."""

    def collect(self) -> c.Command:
        if self._one("PLANS") is not None:
            return self._plans()
        mode = _MODES[next(self._all("EQUAL", "EACH", "FIXED", "SELF", "SHARES")).type]
        amount = self._one("AMOUNT")
        if mode is Mode.FIXED and not self._rows:
            self._meets([(str(who).removeprefix("@"), self._amount(value)) for who, value in self._pairs("entry")])
        fixed = tuple((self._member(who), self._amount(value)) for who, value in self._pairs("entry"))
        if self._rows:
            fixed = self._listed()
        bounds = {kind.type: self._amount(value) for kind, value in self._pairs("bound")}
        return c.Collect(
            **self._said,
            chat=self._context.chat.id,
            mode=mode,
            currency=self._currency,
            amount=self._amount(amount) if amount else None,
            fixed=fixed,
            **(self._shares() if mode is Mode.SHARES else {}),
            only=tuple(self._member(x) for node in self._nodes("only") for x in self._all("MENTION", of=node)),
            exclude=tuple(self._member(x) for node in self._nodes("exclude") for x in self._all("MENTION", of=node)),
            include_organiser=self._one("NO_ME") is None,
            names=self._one("NAMES") is not None,
            digital=self._one("DIGITAL") is not None,
            tagged=self._one("UNIQUE") is not None,
            minimum=bounds.get("MIN"),
            maximum=bounds.get("MAX"),
            goal=bounds.get("GOAL"),
            suggested=bounds.get("SUGGESTED"),
            cap=self._count("cap"),
            quorum=self._count("quorum"),
            starts_at=self._time("starts"),
            place=self._place(),
            deadline=self._time("deadline"),
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
            names=self._one("NAMES") is not None,
            digital=self._one("DIGITAL") is not None,
            tagged=self._one("UNIQUE") is not None,
            starts_at=self._time("starts"),
            place=self._place(),
            deadline=self._time("deadline"),
            title=self._words("title")[:MOST_TITLE],
            sums=tuple(self._sums.items()),
        )
        return c.AskPlans(**self._said, asked=asked)

    def plan(self) -> c.Command:
        token = self._one("WORD")
        if token is not None and token.value.upper() not in LETTERS:
            raise unclear("PLAN", token)
        chosen = LETTERS[token.value.upper()] if token is not None else None
        return c.ChoosePlan(**self._said, which=self._which(), plan=chosen)

    def arrived(self) -> c.Command:
        amounts = tuple(self._amount(token) for token in self._all("AMOUNT"))
        return c.Arrived(**self._said, which=self._which(), amounts=amounts)

    def had(self) -> c.Command:
        amount = self._one("AMOUNT")
        return c.Had(
            **self._said,
            which=self._which(),
            name=self._words("dish"),
            amount=self._amount(amount) if amount is not None else None,
            who=tuple(self._member(token) for token in self._all("MENTION")),
        )

    def _listed(self) -> tuple[tuple[MemberId, int], ...]:
        """The list, if every row of it fits; ``ListDoesNotFit`` names those that do not."""
        context, currency = self._context, self._currency
        fitting = Fitting(context.who, self._chosen, context.by.member, currency, context.most_minor)
        found = fitting.fit(self._rows)
        self._sums |= fitting.sums
        stated = self._stated() or fitting.stated
        if stated is not None and stated != sum(minor for _, _, minor in found):
            raise does_not_meet(stated, [(name, minor) for name, _, minor in found], currency)
        return tuple((member, minor) for _, member, minor in found)

    def _stated(self) -> int | None:
        tokens = (x for node in self._nodes("stated") for x in self._all("AMOUNT", of=node))
        return next(map(self._amount, tokens), None)

    def _shares(self) -> dict[str, Any]:
        """Weights by who pays: a couple's is one, heads that belong to somebody add to theirs."""
        weights: list[tuple[MemberId, int]] = []
        partners: list[tuple[MemberId, MemberId]] = []
        for own in self._nodes("own"):
            weights += [(self._context.by.member, self._head(x)) for x in self._all("HEAD", of=own)]
        for node in self._nodes("weight"):
            payer, *others = (self._member(x) for x in self._all("MENTION", of=node))
            weights += [(payer, self._weight(x)) for x in self._all("AMOUNT", of=node)]
            weights += [(payer, self._head(x)) for x in self._all("HEAD", of=node)]
            partners += [(payer, other) for other in others]
        rest = [self._weight(x) for node in self._nodes("others") for x in self._all("AMOUNT", of=node)]
        if len(rest) > 1:
            raise unclear("EXTRA", None)
        return {"weights": tuple(weights), "others": rest[0] if rest else None, "partners": tuple(partners)}

    def _head(self, token: Token) -> int:
        """Hundredths of a share of ``kid:0.5``."""
        number = re.split(r"[:：]", token.value)[1]
        return self._weight(Token("AMOUNT", number, token.start_pos, end_pos=token.end_pos))

    def _count(self, name: str) -> int | None:
        """A number of people; None when none is given."""
        token = next((x for node in self._nodes(name) for x in self._all("AMOUNT", of=node)), None)
        if token is None:
            return None
        digits = unicodedata.normalize("NFKC", token.value)
        if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:9]) <= MOST_PEOPLE):
            raise unclear("PEOPLE", token)
        return int(digits)

    def _meets(self, amounts: Sequence[tuple[str, int]]) -> None:
        """Whether they come to the total that was stated, if one was; ``SumsDoNotMeet`` shows the gap and each."""
        stated, total = self._stated(), sum(minor for _, minor in amounts)
        if stated is not None and stated != total:
            raise does_not_meet(stated, amounts, self._currency)

    def _place(self) -> str:
        words = [str(x) for node in self._nodes("place") for x in node.children if x.type != "PLACE"]  # type: ignore[union-attr]
        return " ".join(words).strip()[:MOST_TITLE]

    @staticmethod
    def _weight(token: Token) -> int:
        """In hundredths."""
        try:
            return parse_amount(token.value, "EUR", most=MOST_WEIGHT)
        except NotAnAmount as error:
            raise unclear(error.code, token) from None
