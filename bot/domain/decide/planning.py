"""Several ways to split, compared before anybody is asked: plans, the bill's items, the vote, the choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain import plans, press
from bot.domain.command import AskPlans, ChoosePlan, Had, Join, OnCollection, OpenVote, TapItem, TapPlan
from bot.domain.decide.draft import Draft
from bot.domain.decide.guards import found, in_charge
from bot.domain.decide.opening import begin, header, heads_of
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import AlreadyIn, Gone, NotOpen, NotOwing, PlanNotThere, TooLittle, TooMuch, WhichItem
from bot.domain.model import CollectionState, MemberId, Mode
from bot.domain.money import Money
from bot.domain.notice import Button, Medium, Notice, Value, Who
from bot.domain.plans import LETTERS, MOST_ITEMS, MOST_NAME, Item, Plan, Planning, Proposed

_MODES: Mapping[Plan, Mode] = {
    Plan.EQUAL: Mode.EQUAL,
    Plan.SHARES: Mode.SHARES,
    Plan.ATTENDANCE: Mode.SHARES,
    Plan.SPEND: Mode.SHARES,
    Plan.ITEMISED: Mode.FIXED,
    Plan.ROUNDED: Mode.FIXED,
}
"""What a collection is once its plan is chosen: by weights a newcomer shares in the total, set amounts stay."""


def ask_plans(state: State, command: AskPlans, ctx: Context) -> Decision:
    """Post the plans as the card of a collection that has not begun, and draw them."""
    asked = command.asked
    draft = Draft(ctx, replace(header(state, asked, ctx), state=CollectionState.PLANNING), {})
    planning = Planning(draft.collection.id, heads_of(state, asked), asked.weights)
    if (asked.amount or 0) < len(planning.heads):
        raise TooLittle(minimum=Money(len(planning.heads), asked.currency))
    found_plans = _propose(draft, planning, state)
    draft.card()
    undo = (Button("undo", press.encode("undo", draft.collection.id)),)
    drawn = Notice(
        "planned",
        Medium.CHAT,
        chat=draft.collection.chat,
        collection=draft.collection.id,
        params=draft.about(**_drawn(draft, found_plans)),
        buttons=(undo,),
        picture="plans",
    )
    draft.say(drawn)
    return replace(draft.decision(), planning=planning)


def _propose(draft: Draft, planning: Planning, state: State) -> tuple[Proposed, ...]:
    c = draft.collection
    assert c.amount is not None
    return plans.propose(c.amount, c.currency, planning, c.organiser, state.past, turn=c.number)


def _drawn(draft: Draft, proposed: tuple[Proposed, ...]) -> dict[str, Value]:
    """The facts of the picture: the shares of each plan, in the order of the heads, who are only numbers there."""
    c = draft.collection
    drawn = {p.plan.value: tuple(c.money(share) for share in p.shares) for p in proposed if p.shares}
    return {"drawn": drawn, "total": c.money(c.amount or 0), "heads": len(next(iter(drawn.values()), ()))}


def _running(state: State, command: OnCollection, ctx: Context) -> tuple[Draft, Planning]:
    """A draft on the collection, which must still be planned."""
    collection = found(state, command)
    if not collection.planning or state.planning is None:
        raise NotOpen(number=collection.number, state=collection.state.value)
    return Draft.of(state, ctx), state.planning


def _kept(draft: Draft, planning: Planning) -> Decision:
    draft.card()
    return replace(draft.decision(), planning=planning)


# -- the vote and the choice ------------------------------------------------------------------------------------


def open_vote(state: State, command: OpenVote, ctx: Context) -> Decision:
    """From now on a tap on a plan is a vote; who voted for what is shown to nobody."""
    draft, planning = _running(state, command, ctx)
    in_charge(draft.collection, command.by)
    if planning.voting:
        raise Gone()
    draft.announce("vote_open")
    return _kept(draft, replace(planning, voting=True))


def tap_plan(state: State, command: TapPlan, ctx: Context) -> Decision:
    """A vote while there is one; else the choice of whoever collects."""
    draft, planning = _running(state, command, ctx)
    if not planning.voting:
        in_charge(draft.collection, command.by)
        return _begin(draft, planning, state, command.plan)
    if command.by.member not in planning.heads:
        raise NotOwing(member=Who(command.by.member))
    _there(draft, planning, state, command.plan)
    draft.answer(command, "voted", plan=command.plan.value, letter=_letter(command.plan))
    return _kept(draft, planning.voted(command.by.member, command.plan))


def choose(state: State, command: ChoosePlan, ctx: Context) -> Decision:
    """The choice of whoever collects: a plan by name, or the one with the most votes."""
    draft, planning = _running(state, command, ctx)
    in_charge(draft.collection, command.by)
    plan = command.plan
    if plan is None:
        counts = planning.counts()
        best = [p for p in Plan if counts[p] and counts[p] == max(counts.values())]
        if len(best) != 1:
            raise PlanNotThere(why="tie" if best else "no_votes", letters=tuple(map(_letter, best)))
        plan = best[0]
    return _begin(draft, planning, state, plan)


def _there(draft: Draft, planning: Planning, state: State, plan: Plan) -> Proposed:
    chosen = next(p for p in _propose(draft, planning, state) if p.plan is plan)
    if chosen.why_not:
        raise PlanNotThere(why=chosen.why_not, letters=())
    return chosen


def _letter(plan: Plan) -> str:
    return next(letter for letter, named in LETTERS.items() if named is plan)


def _begin(draft: Draft, planning: Planning, state: State, plan: Plan) -> Decision:
    """The plan becomes the collection; what was voted is forgotten."""
    chosen = _there(draft, planning, state, plan)
    mode = _MODES[plan]
    draft.change(state=CollectionState.OPEN, mode=mode, plan=plan.value, opened_at=draft.ctx.now)
    weights = dict(zip(planning.heads, chosen.weights, strict=True)) if mode is Mode.SHARES else {}
    begin(draft, planning.heads, chosen.shares, weights)
    return replace(draft.decision(), planning=replace(planning, voting=False, votes=()))


# -- who is in, and what they had ---------------------------------------------------------------------------------


def join(state: State, command: Join, ctx: Context) -> Decision:
    """«I'm in» while it is planned: nobody has to agree, nothing is owed yet."""
    draft, planning = _running(state, command, ctx)
    if command.by.member in planning.heads:
        raise AlreadyIn(number=draft.collection.number, waits=0)
    draft.answer(command, "joined", who=Who(command.by.member), money=None)
    return _kept(draft, replace(planning, heads=(*planning.heads, command.by.member)))


def had(state: State, command: Had, ctx: Context) -> Decision:
    """An item and who had it: whoever says it, unless others are named. The same name again adds people to it."""
    draft, planning = _running(state, command, ctx)
    name = command.name[:MOST_NAME]
    who = _in(planning, command.who or (command.by.member,))
    index = next((n for n, item in enumerate(planning.items) if item.name.casefold() == name.casefold()), None)
    if index is None:
        planning = _added(draft, planning, name, command.amount, who)
        index = len(planning.items) - 1
    else:
        item = planning.items[index]
        more = tuple(m for m in who if m not in item.who)
        changed = replace(item, who=(*item.who, *more), amount=command.amount or item.amount)
        planning = replace(planning, items=(*planning.items[:index], changed, *planning.items[index + 1 :]))
    item = planning.items[index]
    people: tuple[Value, ...] = tuple(Who(m) for m in item.who)
    draft.answer(command, "had", item=item.name, money=draft.collection.money(item.amount), people=people)
    return _kept(draft, planning)


def _in(planning: Planning, members: tuple[MemberId, ...]) -> tuple[MemberId, ...]:
    for member in members:
        if member not in planning.heads:
            raise NotOwing(member=Who(member))
    return members


def _added(draft: Draft, planning: Planning, name: str, amount: int | None, who: tuple[MemberId, ...]) -> Planning:
    if amount is None:
        raise WhichItem(item=name, items=tuple(item.name for item in planning.items))
    left = (draft.collection.amount or 0) - planning.itemised
    if amount > left or len(planning.items) >= MOST_ITEMS:
        raise TooMuch(maximum=draft.collection.money(left if len(planning.items) < MOST_ITEMS else 0))
    return replace(planning, items=(*planning.items, Item(name, amount, who)))


def tap_item(state: State, command: TapItem, ctx: Context) -> Decision:
    """I had it, or not after all."""
    draft, planning = _running(state, command, ctx)
    if not 0 <= command.index < len(planning.items):
        raise Gone()
    (me,) = _in(planning, (command.by.member,))
    planning = planning.toggled(command.index, me)
    item = planning.items[command.index]
    draft.answer(command, "item_tapped", item=item.name, mine=me in item.who)
    return _kept(draft, planning)
