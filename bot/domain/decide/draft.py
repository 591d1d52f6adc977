"""A decision in the making: keeps tally, ledger chain and clocks consistent while a rule changes dues.

Used inside one call of ``decide`` only; what leaves is the frozen ``Decision``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from bot.domain import covers, dunning, ledger, press
from bot.domain.command import ChatCommand, OnCollection, Which
from bot.domain.decision import Context, Decision, Proposal, State
from bot.domain.ledger import Entry, Posting
from bot.domain.model import (
    Charge,
    Collection,
    CollectionId,
    Due,
    DueState,
    Intent,
    Listing,
    MemberId,
    Refund,
    Standing,
    Tally,
)
from bot.domain.notice import Button, Medium, Notice, Value, Who
from bot.domain.tags import exact, tags


class Draft:
    """Collects the changes to one collection and what has to be said about them."""

    def __init__(
        self, ctx: Context, collection: Collection, dues: Mapping[MemberId, Due], recent: tuple[Entry, ...] = ()
    ) -> None:
        self.ctx, self.recent = ctx, recent
        self._header = collection
        self._tally = collection.tally
        self._before = dues
        self._dues = dict(dues)
        self._changed: dict[MemberId, Due] = {}
        self._entries: list[Entry] = []
        self._charges: list[Charge] = []
        self._amended: list[Charge] = []
        self._notices: list[Notice] = []
        self._intents: list[Intent] = []
        self._refunds: list[Refund] = []

    @classmethod
    def of(cls, state: State, ctx: Context) -> Draft:
        assert state.collection is not None
        return cls(ctx, state.collection, state.dues, state.recent)

    # -- facts --------------------------------------------------------------------------------------------

    @property
    def collection(self) -> Collection:
        """The header as it stands, with the tally of all dues put so far."""
        if self._header.tally is not self._tally:
            self._header = replace(self._header, tally=self._tally)
        return self._header

    def due(self, member: MemberId) -> Due:
        return self._dues[member]

    @property
    def dues(self) -> tuple[Due, ...]:
        """All that were loaded, as they stand."""
        return tuple(self._dues.values())

    def asked(self, member: MemberId) -> int:
        """Minor units that are asked of a payer: their own due, and those that they pay for."""
        return covers.asked(self._dues[member], self._dues)

    def changed(self) -> tuple[tuple[Due | None, Due], ...]:
        """The dues put so far, each beside what it was before."""
        return tuple((self._before.get(due.member), due) for due in self._changed.values())

    def mine(self, due: Due) -> bool:
        """Whether it is owed by whoever gets the money: then it is settled from the start."""
        return due.member == self._header.recipient

    def about(self, **params: Value) -> dict[str, Value]:
        """Params every notice about this collection shares, and ``params``."""
        c = self.collection
        return {"number": c.number, "title": c.title, "organiser": Who(c.organiser), **params}

    # -- changes ------------------------------------------------------------------------------------------

    def change(self, **fields: object) -> None:
        """Change fields of the collection's header."""
        self._header = replace(self.collection, **fields)  # type: ignore[arg-type]

    def open(self, asked: Iterable[tuple[MemberId, int | None, int, int]]) -> None:
        """Give everybody their first due: ``(member, minor units asked, of these paid already, weight)``. Those that
        are alike are planned once."""
        plans: dict[tuple[int | None, int], tuple[datetime | None, Tally]] = {}
        alike, now = Counter[tuple[int | None, int]](), self.ctx.now
        for member, amount, paid, weight in asked:
            plan = plans.get((amount, paid))
            if plan is None:
                first = Due(member, amount, now, paid=paid)
                plan = dunning.next_at(first, self._header, self.ctx.policy), first.tally
                plans[amount, paid] = plan
            self._dues[member] = self._changed[member] = Due(
                member, amount, now, paid=paid, next_at=plan[0], weight=weight
            )
            alike[amount, paid] += 1
        self._tally = sum((plans[each][1] * times for each, times in alike.items()), self._tally)

    def put(self, due: Due, *, next_at: datetime | str | None = "plan") -> None:
        """Set a due; its sweep instant follows from its clocks unless ``next_at`` is given."""
        before = self._dues.get(due.member)
        at = dunning.next_at(due, self._header, self.ctx.policy) if isinstance(next_at, str) else next_at
        due = replace(due, next_at=at)
        self._tally += due.tally - before.tally if before else due.tally
        self._dues[due.member] = self._changed[due.member] = due

    def book(self, kind: str, postings: Sequence[Posting], *, by: str, reference: str = "") -> None:
        """Append an entry to the collection's ledger; nothing when no posting moves anything."""
        moved: dict[str, int] = {}
        for posting in postings:
            moved[posting.account] = moved.get(posting.account, 0) + posting.minor
        if len(moved) < len(postings):
            postings = [Posting(account, minor) for account, minor in moved.items()]
        if kept := [posting for posting in postings if posting.minor]:
            self.enter(kind, kept, by=by, reference=reference)

    def note(self, kind: str, about: MemberId, *, by: str, reason: str = "") -> None:
        """Append an entry that moves no money, about a member."""
        self.enter(kind, (Posting(ledger.owed(about), 0),), by=by, reference=reason)

    def enter(self, kind: str, postings: Sequence[Posting], *, by: str, reference: str = "") -> None:
        """Append an entry, whether or not it moves anything."""
        entry, chain = ledger.append(
            self.collection.chain,
            postings,
            collection=self.collection.id,
            kind=kind,
            at=self.ctx.now,
            currency=self.collection.currency,
            by=by,
            reference=reference,
        )
        self._entries.append(entry)
        self.change(chain=chain)

    def reprice(self, due: Due, amount: int, *, kind: str, by: str, reason: str = "") -> int:
        """Make ``due`` ask for ``amount``. What is paid above it becomes their credit, and credit pays for a higher
        amount; returns by how much the credit grew. The recipient's own due is always settled: they owe it to
        themselves."""
        before = due.credit
        self.book(kind, self._priced(due, amount), by=by, reference=reason)
        return max(0, self.due(due.member).credit - before)

    def reprice_all(self, amounts: Iterable[tuple[Due, int]], *, kind: str, by: str, reason: str = "") -> None:
        """``reprice`` many dues, in one entry."""
        self.book(kind, [p for due, amount in amounts for p in self._priced(due, amount)], by=by, reference=reason)

    def _priced(self, due: Due, amount: int) -> tuple[Posting, ...]:
        """Put ``due`` at ``amount``; what that moves. Who had paid and owes again is not reminded at once; what was
        waived stays so, whatever credit there is."""
        if due.standing is Standing.WAIVED:
            return ()
        was, mine = due.amount or 0, self.mine(due)
        paid = amount if mine else min(due.paid + due.credit, amount)
        credit = due.credit if mine else due.paid + due.credit - paid
        other_side = ledger.OWN if mine else ledger.listed(Listing.OVERPAID, due.member)
        if due.state is DueState.PAID and paid < amount:
            due = dunning.resume(due, self._header, self.ctx.now)
        self.put(replace(due, amount=amount, paid=paid, credit=credit))
        return (
            Posting(ledger.owed(due.member), (amount - paid) - (was - due.paid)),
            Posting(ledger.ASKED, was - amount),
            Posting(other_side, paid - due.paid),
        )

    def receive(
        self, due: Due, charge: Charge, *, by: str, others: Sequence[Due] = (), most: int | None = None
    ) -> Charge:
        """Count money that arrived: on the due as far as it owes, then on those of ``others`` that it pays for, in
        order; the rest is listed. ``most`` counts at most. Returns the charge as kept."""
        if due.amount is None and most is None:
            self.reprice(due, charge.amount, kind="declared", by=by)
            due = self.due(due.member)
        counted = min(due.remaining, charge.amount if most is None else most)
        shared = tuple(covers.allot(charge.amount - counted, others))
        over = charge.amount - counted - sum(part for _, part in shared)
        why = Listing.OVERPAID if self.collection.state.value != "cancelled" else Listing.LATE
        again = why is Listing.OVERPAID and over == charge.amount and due.paid > 0 and most is None
        kept = replace(
            charge,
            listed=over,
            listing=(Listing.DUPLICATE if again else why) if over else None,
            covered=tuple((other.member, part) for other, part in shared),
        )
        standing = Standing.ACTIVE if due.standing is Standing.CLAIMED else due.standing
        credit = due.credit + (over if why is Listing.OVERPAID else 0)
        self.put(replace(due, paid=due.paid + counted, credit=credit, standing=standing, stalled_at=None, rung=0))
        self.settle(due.member, kept.covered)
        self._charges.append(kept)
        postings = (
            Posting(ledger.received(charge.channel), charge.amount),
            Posting(ledger.owed(due.member), -counted),
            *(Posting(ledger.owed(other.member), -part) for other, part in shared),
            Posting(ledger.listed(why, due.member), -over),
        )
        self.book("charged", postings, by=by, reference=f"{charge.channel}:{charge.reference}")
        return kept

    def settle(self, payer: MemberId, shared: Iterable[tuple[MemberId, int]]) -> None:
        """Count what ``payer`` has paid on the dues of others; what is settled they pay for no more."""
        for member, part in shared:
            other = self.due(member)
            self.put(replace(other, paid=other.paid + part, stalled_at=None, rung=0))
            if part == other.remaining:
                me = self.due(payer)
                self.put(replace(me, paying_for=tuple(m for m in me.paying_for if m != member)))

    def hold(self, due: Due, charge: Charge, why: Listing, *, by: str) -> Charge:
        """Keep money that arrived without counting it. When it would settle the due, reminders rest meanwhile."""
        kept = replace(charge, listed=charge.amount, listing=why)
        if due.unsettled and due.amount is not None and charge.amount >= due.remaining:
            self.put(replace(due, standing=Standing.CLAIMED, stalled_at=None, rung=0))
        self._charges.append(kept)
        postings = (
            Posting(ledger.received(charge.channel), charge.amount),
            Posting(ledger.listed(why, due.member), -charge.amount),
        )
        self.book("charged", postings, by=by, reference=f"{charge.channel}:{charge.reference}")
        return kept

    def amend(self, charge: Charge) -> None:
        """More is known of a charge that counted already."""
        self._amended.append(charge)

    def attempt(self, intent: Intent) -> None:
        self._intents.append(intent)

    def giving(self, refund: Refund) -> None:
        """A refund as it stands now. Booking it is the rule's own matter."""
        self._refunds.append(refund)

    def propose(
        self, command: OnCollection, *, to: MemberId, within: timedelta
    ) -> tuple[Proposal, tuple[Button, Button]]:
        """``command``, to be agreed to or not by ``to``; about this collection, whatever else is open by then."""
        c = self.collection
        agreed = replace(command, confirmed=True, which=Which(c.chat, id=c.id))
        proposal = Proposal(self.ctx.fresh[0], to, agreed, self.ctx.now + within)
        yes, no = (Button(word, press.encode(word, proposal.id)) for word in ("yes", "no"))
        return proposal, (yes, no)

    # -- words --------------------------------------------------------------------------------------------

    def say(self, *notices: Notice) -> None:
        self._notices.extend(notices)

    def card(self) -> None:
        """Post the card, or bring it up to date."""
        self.say(Notice("card", Medium.CARD, chat=self.collection.chat, collection=self.collection.id))

    def answer(self, command: ChatCommand, key: str, **params: Value) -> None:
        self.say(answer(command, key, self.about(**params), collection=self.collection))

    def tell(
        self,
        member: MemberId,
        key: str,
        *rows: tuple[Button, ...],
        otherwise: Literal["nothing", "say", "hint"] = "nothing",
        picture: str = "",
        **params: Value,
    ) -> None:
        """Write to ``member`` in private. When they cannot be written to, the chat hears the same (``say``) or only
        that there is something for them (``hint``)."""
        self.say(
            Notice(
                key,
                Medium.PRIVATE,
                chat=None if otherwise == "nothing" else self.collection.chat,
                member=member,
                collection=self.collection.id,
                params=self.about(**params),
                buttons=rows,
                picture=picture,
                confidential=otherwise == "hint",
            )
        )

    def credited(self, member: MemberId, over: int, amount: int) -> None:
        """Their share is ``amount`` now, and they paid ``over`` more: they are asked what they want."""
        c = self.collection
        self.tell(member, "credited", offer(c.id), over=c.money(over), amount=c.money(amount))

    def tell_in_charge(
        self,
        key: str,
        *rows: tuple[Button, ...],
        otherwise: Literal["nothing", "say", "hint"] = "nothing",
        picture: str = "",
        **params: Value,
    ) -> None:
        """``tell`` the organiser and the co-treasurers; ``otherwise`` is for the organiser."""
        self.tell(self.collection.organiser, key, *rows, otherwise=otherwise, picture=picture, **params)
        for helper in self.collection.helpers:
            self.tell(helper, key, *rows, otherwise="nothing", picture=picture, **params)

    def inform(self, member: MemberId, key: str, params: Mapping[str, Value]) -> None:
        """``tell`` with params that are shared with other notices; the chat hears that there is something."""
        self.tell(member, key, otherwise="hint", **params)  # type: ignore[arg-type]  # none is called as an option is

    def announce(self, key: str, *rows: tuple[Button, ...], **params: Value) -> None:
        """Say it in the collection's chat."""
        self.say(
            Notice(
                key,
                Medium.CHAT,
                chat=self.collection.chat,
                collection=self.collection.id,
                params=self.about(**params),
                buttons=rows,
            )
        )

    def _tag(self) -> None:
        """Cents that tell who paid, for those who have none yet."""
        fresh = [d for d in self._changed.values() if d.remaining and not d.tag]
        taken = {exact(d) for d in self._dues.values() if d.tag}
        for due, tag in zip(fresh, tags([d.remaining for d in fresh], taken), strict=True):
            self._dues[due.member] = self._changed[due.member] = replace(due, tag=tag)

    def decision(self) -> Decision:
        if self._header.tagged:
            self._tag()
        return Decision(
            collection=self.collection,
            dues=tuple(self._changed.values()),
            intents=tuple(self._intents),
            charges=tuple(self._charges),
            amended=tuple(self._amended),
            refunds=tuple(self._refunds),
            entries=tuple(self._entries),
            notices=tuple(self._notices),
            touched=self.collection.id,
        )


def offer(collection: CollectionId) -> tuple[Button, ...]:
    """What the payer of too much is asked."""
    return tuple(Button(word, press.encode(word, collection)) for word in ("keep", "want_back"))


def by(member: MemberId) -> str:
    """How the ledger names a person."""
    return f"member:{member}"


def answer(
    command: ChatCommand,
    key: str,
    params: Mapping[str, Value],
    *,
    collection: Collection | None = None,
    buttons: tuple[tuple[Button, ...], ...] = (),
    picture: str = "",
    open_pay: bool = False,
    alert: bool = False,
    private: bool = False,
) -> Notice:
    """The answer to whoever said ``command``: to a press so that only the presser sees it, to a message as a reply
    (in private where it was said in private, or concerns nobody else), to a page as a private message."""
    reply, cid = command.reply, collection.id if collection else None
    if reply.press:
        medium = Medium.ANSWER
    elif private or reply.private or not reply.chat:
        medium = Medium.PRIVATE
    else:
        medium = Medium.CHAT
    return Notice(
        key,
        medium,
        chat=reply.chat or None,
        member=command.by.member,
        collection=cid,
        params=params,
        buttons=buttons,
        reply_to=reply.message,
        press=reply.press,
        picture=picture,
        open_pay=open_pay,
        alert=alert,
        confidential=private,
    )
