"""What a change does to whom. It is carried out on a draft: thrown away it is the preview, kept it is the change.

So what is read back and what is done cannot differ; and when the numbers have moved between the two (somebody paid),
it is read back once more.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain import press
from bot.domain.command import Change, OnCollection
from bot.domain.decide.agreeing import ask_second, record, waits
from bot.domain.decide.draft import Draft, answer, offer
from bot.domain.decide.remembering import nothing, remembered
from bot.domain.decide.shares import SPLIT, fixed
from bot.domain.decision import Decision
from bot.domain.model import Due, DueState, MemberId, Standing
from bot.domain.notice import Button, Value, Who

MOST_LINES = 8
MOST_NAMED = 6
"""Members named in one line of a preview; more are counted."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One due before a change and after it."""

    before: Due
    """Of somebody new: a due that asks for nothing."""
    after: Due

    @property
    def member(self) -> MemberId:
        return self.after.member

    @property
    def how(self) -> str:
        """What became of it, in one word: added, dropped, waived or changed."""
        if not self.after.counts:
            return "dropped"
        if not self.before.counts:
            return "added"
        return "waived" if self.after.standing is Standing.WAIVED is not self.before.standing else "changed"

    @property
    def moves_up(self) -> bool:
        """From the waitlist to a place: ``places`` tells them."""
        return self.before.standing is Standing.WAITING and self.after.counts

    @property
    def top_up(self) -> int:
        """What somebody who had paid is asked for again, in minor units."""
        return self.after.remaining if self.before.state is DueState.PAID else 0

    @property
    def credit(self) -> int:
        """By how much their credit grows (negative: is used)."""
        return self.after.credit - self.before.credit


def effects_of(draft: Draft) -> tuple[Effect, ...]:
    """Whom ``draft`` touches: whose amount, standing or money is another than before."""
    pairs = (Effect(before or nothing(after), after) for before, after in draft.changed())
    return tuple(e for e in pairs if _numbers(e.before) != _numbers(e.after))


def _numbers(due: Due) -> tuple[object, ...]:
    return due.amount, due.paid, due.credit, due.counts, due.standing is Standing.WAIVED


def _mark(effects: Sequence[Effect]) -> str:
    """Stands for all the numbers of a preview: equal when they are."""
    numbers = [(e.member, _numbers(e.before), _numbers(e.after)) for e in effects]
    return hashlib.sha256(json.dumps(numbers).encode()).hexdigest()[:16]


def carry_out(draft: Draft, command: Change, key: str, *, about: MemberId | None = None, **params: Value) -> Decision:
    """``draft`` as the decision, once its numbers were agreed to; before that the preview, to be said yes or no to.

    ``key`` names what was said (``propose_…``, and the line for the group); ``about`` is the member it is about, whom
    the others' lines leave out.
    """
    effects = effects_of(draft)
    mark = _mark(effects)
    said = {**params, "reason": command.reason, "actor": Who(command.by.member)}
    if not command.confirmed or command.seen != mark:
        preview = consequences(draft, effects, about=about, named=command.reply.private) | _fitting(key)
        stale = command.confirmed
        again = replace(command, seen=mark, second=None)
        return propose(draft, again, f"propose_{key}", **said, **preview, stale=stale)
    if waits(draft, command, minor := _let_go(effects)):
        preview = consequences(draft, effects, about=about, named=False) | _fitting(key)
        return ask_second(draft, command, _DONE[key], minor, **said, **preview, stale=False)
    record(draft, command)
    others = [e for e in effects if e.member != about]
    draft.announce(_DONE[key], undo_button(draft), **said, others=announced(draft, others))
    tell_touched(draft, effects, actor=command.by.member, reason=command.reason)
    draft.card()
    return remembered(draft, _DONE[key], by=command.by.member)


_DONE = {"waive": "waived", "adjust": "adjusted", "add": "added", "drop": "dropped", "resplit": "split_anew"}


def _fitting(key: str) -> dict[str, Value]:
    """A split says nothing of splitting anew, and what is let go is meant to be missing."""
    return {"wanted": None} if key in ("waive", "resplit") else {}


def propose(draft: Draft, command: OnCollection, key: str, **params: Value) -> Decision:
    """Read back what would happen, and wait for a yes of whoever said it."""
    proposal, yes_no = draft.propose(command, to=command.by.member, within=draft.ctx.policy.proposal_window)
    about = draft.about(**params)
    preview = answer(_as_message(command), key, about, collection=draft.collection, buttons=(yes_no,))
    read_first = (answer(command, "read_first", about, collection=draft.collection),) if command.reply.press else ()
    return Decision(notices=(preview, *read_first), proposals=(proposal,))


def _as_message(command: OnCollection) -> OnCollection:
    """A question with buttons needs a message: the answer to a press cannot carry any."""
    return replace(command, reply=replace(command.reply, press=""))


def consequences(draft: Draft, effects: Sequence[Effect], *, about: MemberId | None, named: bool) -> dict[str, Value]:
    """All that follows from a change, in numbers. ``named``: with the names of those who pay another amount. Who has
    paid is counted, not named: a preview may be read in the group."""
    collection, money = draft.collection, draft.collection.money
    top_ups = [e.top_up for e in effects if e.top_up]
    gained = [e.credit for e in effects if e.credit > 0]
    spent = [-e.credit for e in effects if e.credit < 0 and e.before.counts]
    before = collection.tally.amount + sum(e.before.tally.amount - e.after.tally.amount for e in effects)
    split = collection.mode in SPLIT and collection.amount is not None
    touched = {e.member for e in effects}
    others = [e for e in effects if e.member != about]
    return {
        "others": _lines(draft, others, named=named),
        "moving_up": sum(e.moves_up for e in effects),
        "top_ups": len(top_ups),
        "top_up": money(sum(top_ups)),
        "credits": len(gained),
        "credit": money(sum(gained)),
        "spends": len(spent),
        "spent": money(sum(spent)),
        "starting": sum(e.after.unsettled and not e.before.unsettled for e in effects),
        "stopping": sum(e.before.unsettled and not e.after.unsettled for e in effects),
        "kept": sum(fixed(d) for d in draft.dues if d.counts and d.member not in {*touched, about}) if split else 0,
        "total_before": money(before),
        "total": money(collection.tally.amount),
        "wanted": money(collection.amount or 0) if split else None,
    }


def _let_go(effects: Sequence[Effect]) -> int:
    """What is asked for no more, and what is to be given back, in minor units."""
    no_more = sum(e.before.remaining - e.after.remaining for e in effects)
    return max(0, no_more) + sum(max(0, e.credit) for e in effects)


def announced(draft: Draft, effects: Sequence[Effect]) -> tuple[Value, ...]:
    """From what to what, for the group: counted, not named."""
    return _lines(draft, effects, named=False)


def undo_button(draft: Draft) -> tuple[Button, ...]:
    """Takes back what ``draft`` has done, and nothing that comes after it."""
    return (Button("undo", press.encode("undo", draft.collection.id, draft.collection.chain.seq)),)


def _lines(draft: Draft, effects: Sequence[Effect], *, named: bool) -> tuple[Value, ...]:
    """From what to what, those alike in one line; the largest groups first."""
    alike: dict[tuple[int, int], list[MemberId]] = {}
    for effect in effects:
        if effect.before.amount != effect.after.amount and not effect.moves_up:
            alike.setdefault((effect.before.amount or 0, effect.after.amount or 0), []).append(effect.member)
    lines = sorted(alike.items(), key=lambda line: -len(line[1]))
    return tuple(
        {
            "count": len(members),
            "who": tuple(Who(m) for m in members) if named and len(members) <= MOST_NAMED else (),
            "before": draft.collection.money(before),
            "after": draft.collection.money(after),
        }
        for (before, after), members in lines[:MOST_LINES]
    )


def tell_touched(draft: Draft, effects: Sequence[Effect], *, actor: MemberId, reason: str = "", how: str = "") -> None:
    """A private word to each whose due was changed, but to the one who did it. ``how`` overrides what became of it,
    where they are still asked for money."""
    for effect in effects:
        if effect.member != actor and not effect.moves_up:
            asked = effect.after.counts and effect.after.standing is not Standing.WAIVED
            _tell(draft, effect, actor, reason, how if how and asked else effect.how)


def _tell(draft: Draft, effect: Effect, actor: MemberId, reason: str, how: str) -> None:
    money, after = draft.collection.money, effect.after
    asked = (offer(draft.collection.id),) if effect.credit > 0 else ()
    draft.tell(
        effect.member,
        "changed_for_you",
        *asked,
        how=how,
        actor=Who(actor),
        reason=reason,
        before=None if effect.before.amount in (None, after.amount) else money(effect.before.amount or 0),
        amount=None if after.amount is None else money(after.amount),
        paid=money(after.paid),
        remaining=money(after.remaining),
        credit=money(effect.credit) if effect.credit > 0 else None,
        spent=money(-effect.credit) if effect.credit < 0 else None,
    )
