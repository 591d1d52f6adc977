"""Parse trees → Commands, with names resolved and amounts checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.commands.collecting import Collecting
from bot.commands.parts import ParseContext, unclear
from bot.commands.words import COMMANDS, CREDIT, EVERYBODY_TOO
from bot.domain import command as c
from bot.domain.model import CollectionId, MemberId
from bot.i18n import locale_of

__all__ = ["BUILD", "Builder", "ParseContext"]

_PHONE: Final = re.compile(r"\+?[0-9]{8,15}")
_LANGUAGES: Final = {"中文": "zh", "chinese": "zh", "英文": "en", "english": "en"}
SNOOZE: Final = timedelta(hours=24)


class Builder(Collecting):
    """Makes one command."""

    def pay(self) -> c.Command:
        amount = self._one("AMOUNT")
        if (member := self._whom()) is not None:
            if amount is not None:
                return self._confirm(member)
            others = (member, *(self._member(each) for each in self._all("MENTION")))
            return c.AskToPay(**self._said, which=self._which(), covers=others)
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

    def reached(self) -> c.Command:
        return c.Reached(**self._said, which=self._which(), member=self._someone())

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

    def add(self) -> c.Command:
        token = self._one("AMOUNT")
        amount = self._amount(token) if token else None
        who = self._someone()
        return c.Add(**self._said, which=self._which(), member=who, amount=amount, reason=self._words("reason"))

    def drop(self) -> c.Command:
        return c.Drop(**self._said, which=self._which(), member=self._someone(), reason=self._words("reason"))

    def handover(self) -> c.Command:
        return c.Handover(**self._said, which=self._which(), to=self._someone())

    def helper(self) -> c.Command:
        on = self._one("OFF") is None
        return c.NameHelper(**self._said, which=self._which(), member=self._someone(), on=on)

    def resplit(self) -> c.Command:
        for word in self._all("WORD"):
            if word.value.lower() not in EVERYBODY_TOO:
                raise unclear("EXTRA", word)
        return c.Resplit(
            **self._said,
            which=self._which(),
            weights=tuple((self._member(who), self._weight(value)) for who, value in self._pairs("weight")),
            equal=self._one("EQUAL") is not None,
            everybody=self._one("WORD", "EVERYBODY") is not None,
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

    def net(self) -> c.Command:
        return c.Net(**self._said, chat=self._context.chat.id)

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


BUILD: Final[dict[str, Callable[[Builder], c.Command]]] = {
    "COLLECT": Builder.collect,
    "PAY": Builder.pay,
    "PAID": Builder.paid,
    "CONFIRM": Builder.confirm,
    "REJECT": Builder.reject,
    "WAIVE": Builder.waive,
    "ADJUST": Builder.adjust,
    "ADD": Builder.add,
    "DROP": Builder.drop,
    "RESPLIT": Builder.resplit,
    "HANDOVER": Builder.handover,
    "HELPER": Builder.helper,
    "DECLARE": Builder.declare,
    "REFUND": Builder.refund,
    "SMS": Builder.sms,
    "PLAN": Builder.plan,
    "HAD": Builder.had,
    "ARRIVED": Builder.arrived,
    "PAYEE": Builder.payee,
    "LANGUAGE": Builder.language,
    "START": Builder.start,
    "HELP": Builder.help,
    "PRIVACY": lambda b: b.topic("privacy"),
    "NET": lambda b: b.net(),
    "MYDATA": lambda b: b.about_me(c.AskMyData),
    "FORGET": lambda b: b.about_me(c.Forget),
    "STOP": lambda b: b.reminders(on=False),
    "RESUME": lambda b: b.reminders(on=True),
    "PROMISE": Builder.promise,
    "SNOOZE": Builder.snooze,
    "NOT_ME": lambda b: b.numbered(c.Dispute),
    "LATER": lambda b: b.numbered(c.AskTime),
    "REACHED": Builder.reached,
    "RESYNC": Builder.resync,
    "MONEY": lambda b: b.money(),
    "STATUS": lambda b: b.numbered(c.AskStatus),
    "RECEIPT": lambda b: b.numbered(c.AskReceipt),
    "SHARE": lambda b: b.numbered(c.AskShare),
    "JOIN": lambda b: b.numbered(c.Join),
    "LEAVE": lambda b: b.numbered(c.Leave),
    "CLOSE": lambda b: b.numbered(c.Close),
    "CANCEL": lambda b: b.numbered(c.Cancel),
    "UNDO": lambda b: b.numbered(c.Undo),
    "DETAILS": lambda b: b.numbered(c.AskDetails),
    "MANAGE": lambda b: b.numbered(c.AskManage),
    "BOARD": lambda b: b.numbered(c.AskBoard),
    "PREVIEW": lambda b: b.numbered(c.AskPreview),
    "WHY": lambda b: b.numbered(c.AskWhy),
    "HISTORY": lambda b: b.numbered(c.AskHistory),
}
