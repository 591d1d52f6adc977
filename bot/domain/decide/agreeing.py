"""Two people for large sums: what lets go of more money than the configured limit waits for somebody else in charge."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.domain import letting_go, press
from bot.domain.command import OnCollection, Which
from bot.domain.decide.draft import Draft, by
from bot.domain.decide.guards import found, in_charge
from bot.domain.decision import Context, Decision, Proposal, State
from bot.domain.errors import NotTheSame, PostAsYourself
from bot.domain.model import NOBODY
from bot.domain.money import Money
from bot.domain.notice import Button, Value, Who

_NO_DETAILS: Final[dict[str, Value]] = {"others": None, "who": None, "reason": ""}
AGREE_WITHIN: Final = timedelta(hours=24)


def waits(draft: Draft, command: OnCollection, minor: int) -> bool:
    """Whether ``command``, which lets go of ``minor`` units, still needs a second person: because of them, or because
    of all that its author has let go of lately."""
    return command.second is None and minor > 0 and _limit(draft, minor + _lately(draft, command)) is not None


def _lately(draft: Draft, command: OnCollection) -> int:
    return letting_go.alone(draft.recent, by(command.by.member))


def _limit(draft: Draft, minor: int) -> Money | None:
    limits = draft.ctx.policy.second_person
    return next((x for x in limits if x.currency == draft.collection.currency and minor > x.minor), None)


def ask_second(draft: Draft, command: OnCollection, kind: str, minor: int, **params: Value) -> Decision:
    """Put ``command``, which its author has said yes to, to anybody else in charge, before the whole chat. Of ``draft``
    nothing is kept. ``params`` are those of its preview, where it has consequences to show."""
    c, lately = draft.collection, _lately(draft, command)
    agreed = replace(command, confirmed=True, reply=replace(command.reply, press=""), which=Which(c.chat, id=c.id))
    proposal = Proposal(draft.ctx.fresh[0], NOBODY, agreed, draft.ctx.now + AGREE_WITHIN)
    buttons = tuple(Button(label, press.encode(word, proposal.id)) for label, word in (("agree", "yes"), ("no", "no")))
    asked: dict[str, Value] = {
        "kind": kind,
        "actor": Who(command.by.member),
        "sum": c.money(minor),
        "altogether": c.money(minor + lately) if lately else None,
        "limit": _limit(draft, minor + lately),
    }
    draft.announce("second_asked", buttons, **(_NO_DETAILS | params | asked))
    if command.reply.press:
        draft.answer(command, "second_needed")
    notices = [n for n in draft.decision().notices if n.key in ("second_asked", "second_needed")]
    return Decision(notices=tuple(notices), proposals=(proposal,))


def seconded(state: State, command: OnCollection, ctx: Context) -> Decision | None:
    """Somebody answered for ``command``. None when they may and agree; a no ends it, and whoever asked may take it
    back."""
    collection, second = found(state, command), command.second
    assert second is not None
    if second.anonymous:
        raise PostAsYourself()
    if second.member != command.by.member:
        in_charge(collection, second)
        if command.agreed:
            return None
    elif command.agreed:
        raise NotTheSame()
    draft = Draft.of(state, ctx)
    draft.announce("second_declined", actor=Who(command.by.member), second=Who(second.member))
    return Decision(notices=draft.decision().notices)


def record(draft: Draft, command: OnCollection) -> None:
    """Who agreed, in the books and before the chat."""
    if command.second is not None:
        draft.enter(letting_go.SECONDED, (), by=by(command.second.member))
        draft.announce("second_agreed", actor=Who(command.by.member), second=Who(command.second.member))
