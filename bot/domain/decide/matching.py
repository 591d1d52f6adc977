"""«These amounts arrived»: who they are from, by the cents that tell."""

from __future__ import annotations

from collections import Counter

from bot.domain import tags
from bot.domain.command import Arrived
from bot.domain.decide.draft import by
from bot.domain.decide.effects import propose
from bot.domain.decide.guards import in_charge, opened
from bot.domain.decide.receiving import arrived_by_hand
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import NoTags
from bot.domain.model import MemberId
from bot.domain.notice import Value, Who

MOST_LINES = 40


def arrived(state: State, command: Arrived, ctx: Context) -> Decision:
    """Read back who each amount is from, and count them after a yes. What fits nobody, or several, is named."""
    draft = opened(state, command, ctx)
    in_charge(draft.collection, command.by)
    if not draft.collection.tagged:
        raise NoTags(organiser=Who(draft.collection.organiser))
    found = tags.match(state.dues.values(), command.amounts)
    said = Counter(command.amounts)
    sure = {amount: who[0] for amount, who in found.items() if len(who) == 1 and said[amount] == 1}
    if not command.confirmed or not sure:
        lines: tuple[Value, ...] = tuple(
            {
                "money": draft.collection.money(amount),
                "who": tuple(Who(m) for m in found[amount]),
                "twice": said[amount] > 1,
            }
            for amount in sorted(found)
        )
        facts: dict[str, Value] = {
            "lines": lines[:MOST_LINES],
            "more": max(0, len(lines) - MOST_LINES),
            "sure": len(sure),
        }
        if not sure:
            draft.answer(command, "nothing_matches", **facts)
            return draft.decision()
        return propose(draft, command, "propose_arrived", **facts)
    members: list[MemberId] = []
    for number, (amount, member) in enumerate(sorted(sure.items())):
        arrived_by_hand(draft, state.dues[member], amount, f"{ctx.fresh[0]}-{number}", source=by(command.by.member))
        members.append(member)
    people: tuple[Value, ...] = tuple(Who(m) for m in members[:MOST_LINES])
    total = draft.collection.money(sum(sure))
    draft.answer(command, "arrived", people=people, more=max(0, len(members) - MOST_LINES), money=total)
    return draft.decision()
