"""Asking for money: who, how much each, and the card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.domain import ledger, press, split
from bot.domain.command import Collect
from bot.domain.decide import signup
from bot.domain.decide.draft import Draft, by
from bot.domain.decide.read_back import read_back
from bot.domain.decide.shares import WHOLE
from bot.domain.decision import Context, Decision, State
from bot.domain.errors import MustBeDigital, NobodyToAsk, OnlyInGroup, TooLittle
from bot.domain.ledger import Posting
from bot.domain.model import (
    NOBODY,
    Collection,
    CollectionId,
    MemberId,
    Mode,
)
from bot.domain.money import DIGITAL_ONLY, Money
from bot.domain.notice import Button


def collect(state: State, command: Collect, ctx: Context) -> Decision:
    """Open a collection and post its card at once, with Undo for a minute."""
    asked = header(state, command, ctx)
    waiting: Sequence[MemberId] = ()
    if asked.by_sign_up:
        heads, waiting = signup.named(command, asked)
        asked = signup.gathering(asked, len(heads), ctx)
    else:
        heads = heads_of(state, command)
    draft = Draft(ctx, asked, {})
    weights = weights_of(command, heads)
    if asked.gathering:
        shares: Sequence[int | None] = [None] * len(heads)
    else:
        shares = _shares(command, heads, weights, turn=asked.number)
    begin(draft, heads, shares, weights, said=command, waiting=waiting)
    return draft.decision()


def header(state: State, command: Collect, ctx: Context) -> Collection:
    """The collection that was asked for, before anybody owes anything in it."""
    assert state.chat is not None
    if state.chat.private:
        raise OnlyInGroup()
    if command.currency in DIGITAL_ONLY and not command.digital:
        raise MustBeDigital(currency=command.currency)
    organiser = state.members[command.by.member]
    return Collection(
        id=CollectionId(ctx.fresh[0]),
        number=state.next_number,
        chat=command.chat,
        organiser=organiser.id,
        title=command.title,
        mode=command.mode,
        currency=command.currency,
        amount=command.amount,
        minimum=command.minimum,
        maximum=command.maximum,
        goal=command.goal,
        suggested=command.suggested,
        cap=command.cap,
        quorum=command.quorum,
        starts_at=command.starts_at,
        place=command.place,
        deadline=command.deadline,
        payee=organiser.payee,
        payee_picture=organiser.payee_picture,
        names=command.names,
        tagged=command.tagged,
        recipient=NOBODY if ctx.policy.organiser_pays else organiser.id,
        opened_at=ctx.now,
        every=ctx.policy.every,
        lasting=ctx.policy.lasting,
        contract=ctx.policy.most_contacts,
    )


def begin(
    draft: Draft,
    heads: Sequence[MemberId],
    shares: Sequence[int | None],
    weights: Mapping[MemberId, int],
    *,
    said: Collect | None = None,
    waiting: Sequence[MemberId] = (),
) -> None:
    """Ask ``heads`` for ``shares`` (minor units; None: they choose, or nothing yet), put ``waiting`` on the waitlist,
    post the card, read back what was understood of what was ``said``."""
    mine, organiser = draft.collection.recipient, draft.collection.organiser
    each = zip(heads, shares, strict=True)
    asked = [(m, share, share or 0 if m == mine else 0, weights.get(m, WHOLE)) for m, share in each]
    if draft.collection.mode is Mode.FIXED:
        draft.change(amount=sum(share or 0 for share in shares))
    draft.open(asked)
    signup.queue(draft, waiting)
    postings = [Posting(ledger.owed(member), (share or 0) - paid) for member, share, paid, _ in asked]
    own = sum(paid for _, _, paid, _ in asked)
    postings += [Posting(ledger.OWN, own), Posting(ledger.ASKED, -draft.collection.tally.amount)]
    draft.book("opened", postings, by=by(organiser))
    draft.card()
    undo = (Button("undo", press.encode("undo", draft.collection.id)),)
    draft.announce("collected", undo, **read_back(draft.collection, shares, weights, said))


def heads_of(state: State, command: Collect) -> tuple[MemberId, ...]:
    """Who is asked, in the order in which they became known. ``NobodyToAsk`` when that is nobody else."""
    if command.mode is Mode.FIXED:
        heads = tuple(dict.fromkeys(member for member, _ in command.fixed))
    elif command.mode is Mode.SHARES:
        heads = tuple(dict.fromkeys(member for member, _ in command.weights))
        if command.others:
            out = {*heads, *command.exclude, *(partner for _, partner in command.partners)}
            out |= set() if command.include_organiser else {command.by.member}
            heads += tuple(m for m in state.roster if m not in out)
    elif command.only:
        heads = tuple(dict.fromkeys(command.only))
    else:
        out = {*command.exclude, *(() if command.include_organiser else (command.by.member,))}
        heads = tuple(m for m in state.roster if m not in out)
    if not heads or heads == (command.by.member,):
        raise NobodyToAsk()
    return heads


def _shares(
    command: Collect, heads: Sequence[MemberId], weights: Mapping[MemberId, int], *, turn: int
) -> Sequence[int | None]:
    if command.mode is Mode.SELF:
        return [None] * len(heads)
    if command.mode is Mode.FIXED:
        amounts: Counter[MemberId] = Counter()
        for member, minor in command.fixed:
            amounts[member] += minor
        return [amounts[m] for m in heads]
    assert command.amount is not None
    if command.mode is Mode.EACH:
        return [command.amount] * len(heads)
    if command.mode is Mode.SHARES:
        return split.by_weight(command.amount, [weights[m] for m in heads], turn=turn)
    if command.amount < len(heads):
        raise TooLittle(minimum=Money(len(heads), command.currency))
    return split.equal(command.amount, len(heads), turn=turn)


def weights_of(command: Collect, heads: Sequence[MemberId]) -> Mapping[MemberId, int]:
    """Hundredths of a share; said twice of the same person, they add up. Empty where nothing is split by weights."""
    weights: Counter[MemberId] = Counter()
    for member, weight in command.weights:
        weights[member] += weight
    if command.others:
        weights.update({member: command.others for member in heads if member not in weights})
    return weights
