"""``/money``: what waits for an answer, in private, one message with buttons for each."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.command import AskMoney
from bot.domain.decide import odd, strays
from bot.domain.decision import Context, Decision, State
from bot.domain.model import Listing, Loose
from bot.domain.money import Money
from bot.domain.notice import Medium, Notice, Value, Who

MOST_ITEMS = 10
"""How much of the list is sent at once: each has a message of its own, for its buttons."""


def ask_money(state: State, command: AskMoney, ctx: Context) -> Decision:
    """In private: one message with the sums, and one with buttons for each."""
    items = len(state.loose) + len(state.strays)
    params: dict[str, Value] = {"items": items, "more": max(0, items - MOST_ITEMS)}
    here = None if command.reply.private else command.reply.chat
    head = Notice("money", Medium.PRIVATE, chat=here, member=command.by.member, params=params, confidential=True)
    notices = [head, *(_item(command, loose) for loose in state.loose)]
    for kept in state.strays:
        notices.append(replace(strays.item(kept, state.likely), member=command.by.member))
    return Decision(notices=tuple(notices[: MOST_ITEMS + 1]))


def _item(command: AskMoney, loose: Loose) -> Notice:
    lines: tuple[Value, ...] = tuple({"why": why, "money": Money(m, loose.currency)} for why, m in loose.held)
    return Notice(
        "money_item",
        Medium.PRIVATE,
        member=command.by.member,
        collection=loose.collection,
        params={"number": loose.number, "title": loose.title, "who": Who(loose.member), "lines": lines},
        buttons=odd.answers(loose.collection, loose.member, (Listing(why) for why, _ in loose.held)),
    )
