"""Setting off what two owe each other."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.command.base import ChatCommand
from bot.domain.model import ChatId, MemberId
from bot.domain.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Net(ChatCommand):
    """``/net``: whom do I owe who owes me as well?"""

    chat: ChatId


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOff(ChatCommand):
    """The speaker agrees with ``one`` that ``money`` at most is set off between them."""

    chat: ChatId
    one: MemberId
    money: Money
