"""The slices that commands about money need: what came, what went back, and what is on no due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from bot.domain import command as c
from bot.domain.decision import Credit, State
from bot.domain.model import (
    BACK,
    MANUAL,
    NOBODY,
    NOWHERE,
    ChatId,
    CollectionId,
    IntentId,
    Listing,
    Loose,
    MemberId,
    RefundId,
)
from bot.domain.netting import MOST_ROUNDS, Round
from bot.store.receipts import Receipts
from bot.store.rows import COLLECTION, POSTING
from bot.store.statements import Statements

MOST_LOOSE = 50
DAY = timedelta(days=1)


class LoadingMoney(Receipts, Statements):
    """The rest of the reading half of a transaction."""

    def load(self, command: c.Command) -> State:
        match command:
            case c.RefundAnswered() | c.AskRefund():
                return self._on_refund(command.refund)
            case c.FeeTold():
                known = self.known_charge(command)
                if known is None:
                    return State()
                state = self._on_due(known.collection, known.member)
                return replace(state, known_charge=self.known_charge(command))  # again, now that its books are locked
            case c.OnStatement():
                found = self.statements(command.channel, command.day - DAY, command.day)
                return State(statement=found.get(command.day), day_before=found.get(command.day - DAY))
            case c.RecordReturn():
                return self._on_return(command)
            case c.GaveBack():
                whole, state = super().load(command), self._on_refund(command.refund)
                return state if state.collection == whole.collection else replace(whole, dues={})
            case c.Accept():
                return self._meant_for(self._with_money(super().load(command), command.member), command.member)
            case c.GiveBack() | c.OnMoney():
                return self._with_money(super().load(command), command.member)
            case c.Net() | c.SetOff():
                return replace(super().load(command), rounds=self._rounds(command.chat))
            case c.UseCredit():
                state = super().load(command)
                mine = self.unfinished(state.collection.id, command.by.member) if state.collection else ()
                return replace(state, credits=self._credits(state, command.by.member), intents=mine)
            case c.AskToPay():
                state = super().load(command)
                here = state.collection
                elsewhere = self.credit_elsewhere(here, command.by.member) if here else {}
                return replace(state, credit=sum(elsewhere.values()))
            case c.AskReceipt():
                return self._with_money(super().load(command), command.by.member)
            case c.KeepCredit() | c.WantBack():
                return self._with_money(super().load(command), command.by.member)
            case c.AskMoney():
                state = super().load(command)
                strays = self._strays(command)
                return replace(state, loose=self._loose(command), strays=strays, likely=self.likely(strays))
            case c.OnStray():
                return self._on_stray(command)
            case c.RecordCharge():
                state = super().load(command)
                astray = self.stray_of(command.channel, command.reference)  # once its books are locked
                state = replace(state, strays=(astray,) if astray else ())
                if state.intent or state.known_charge or astray:
                    return state
                return replace(state, likely=self.whose(command.channel, command.amount, command.currency))
        return super().load(command)

    def _with_money(self, state: State, member: MemberId) -> State:
        """And all that came from a member, went back to them, and is held for them."""
        if state.collection is None:
            return state
        of = state.collection.id, member
        charges = self.charges(*of)
        payers = [charge.member for charge in charges if charge.member != member]
        return replace(
            state,
            dues={**self._some_dues(state.collection.id, payers), **self._due(*of)},
            charges=charges,
            refunds=self.refunds(*of),
            held=self.held(*of),
        )

    def _meant_for(self, state: State, payer: MemberId) -> State:
        """And the attempts that run on the dues that this money may settle: the payer's, and those of others."""
        if state.collection is None:
            return state
        meant = {payer, *(member for charge in state.charges for member, _ in charge.covered)}
        return replace(state, others=tuple(i for m in sorted(meant) for i in self.unfinished(state.collection.id, m)))

    def _credits(self, state: State, member: MemberId) -> tuple[Credit, ...]:
        """And what they have too much elsewhere."""
        if state.collection is None:
            return ()
        found = []
        for id_ in self.credit_elsewhere(state.collection, member):
            collection = self._collection(id_)
            due = self._due(id_, member).get(member)
            if collection is not None and due is not None:
                found.append(Credit(collection, due, self.charges(id_, member), self.refunds(id_, member)))
        return tuple(found)

    def _rounds(self, chat: ChatId) -> tuple[Round, ...]:
        """The newest open collections of a chat, each with the dues of all to whom money goes in one of them."""
        newest = (
            sa.select(COLLECTION.c.id)
            .where(COLLECTION.c.chat_id == chat, COLLECTION.c.state == "open")
            .order_by(COLLECTION.c.number.desc())
            .limit(MOST_ROUNDS)
        )
        ids = sorted(self.connection.execute(newest).scalars())  # always in the same order: nobody waits in a circle
        found = [x for x in map(self._collection, map(CollectionId, ids)) if x is not None]
        whose = sorted({x.recipient for x in found})
        return tuple(
            Round(
                x,
                tuple(due for m in whose for due in self._due(x.id, m).values()),
                tuple(intent for m in whose for intent in self.unfinished(x.id, m)),
            )
            for x in sorted(found, key=lambda x: x.number)
        )

    def _on_refund(self, id: RefundId) -> State:  # noqa: A002 - the field's word
        found = self.refund(id)
        if found is None:
            return State()
        if found[0].collection == NOWHERE:
            state = self._of_stray(found[1].channel, found[1].reference)
        else:
            state = self._on_due(found[0].collection, found[0].member)
        # Again, now that its books, or it, are locked: whoever held them may have moved it on. One writer cannot.
        again = self.refund(id) if self.dialect != "sqlite" else found
        assert again is not None
        return replace(state, refund=again[0])

    def _on_return(self, command: c.RecordReturn) -> State:
        """The charge that went back, whose dues it paid, and what of theirs is on no due; or money that could not be
        booked, with the charge as which it was counted in another currency."""
        intent = self.attempt(command.intent) if command.intent else None
        known = bool(self.charges_at(command.channel, command.charge))
        state = State() if known else self._of_stray(command.channel, command.charge)  # locks it: then it is read again
        found, beyond = self.charges_at(command.channel, command.charge), f"{BACK}{command.reference}"
        origin = () if found else state.strays
        if origin:
            found = self.charges_at(MANUAL, f"{command.channel}:{command.charge}")
        listed = (*origin, *((kept,) if (kept := self.stray_of(command.channel, beyond)) else ()))
        if not found:
            back = tuple(r for kept in origin for r in self.refunds_of(kept))
            return replace(state, intent=intent, strays=listed, refunds=back)
        id_, payer = found[0].collection, found[0].member
        state = self._on_due(id_, payer)  # which locks: what was read before is read again
        charges = self.charges_at(found[0].channel, found[0].at_channel)
        whose = {payer, *(member for charge in charges for member, _ in charge.covered)}
        return replace(
            state,
            dues={**self._some_dues(id_, sorted(whose)), **state.dues},
            charges=charges,
            refunds=tuple(r for charge in charges for r in self.refunds_over(charge)),
            held_by={member: self.held(id_, member) for member in whose},
            strays=listed,
        )

    # -- what could not be booked ---------------------------------------------------------------------------

    def _on_stray(self, command: c.OnStray) -> State:
        """It, and the due that it is, or may be, for."""
        found = self.stray(command.stray)
        if found is None:
            return super().load(command)
        wanted = (command.collection, command.member) if isinstance(command, c.CountStray) else (None, NOBODY)
        collection, member = (wanted[0] or found.collection), (wanted[1] or found.member)
        if collection is None:
            state = super().load(command)
        else:
            state = replace(self._on_due(collection, member), intents=self.unfinished(collection, member))
        intent = self.attempt(IntentId(found.intent))
        theirs = self._on_covered(intent) if intent else ()
        return replace(state, strays=(found,), refunds=self.refunds_of(found), intent=intent, others=theirs)

    def _of_stray(self, channel: str, reference: str) -> State:
        """It, locked where rows can be, and the due that it was meant for."""
        known = self.stray_of(channel, reference)
        found = self.stray(known.id) if known else None
        if found is None:
            return State()
        state = self._on_due(found.collection, found.member) if found.collection else State()
        return replace(state, strays=(found,))

    # -- what fits no due -----------------------------------------------------------------------------------

    def _loose(self, command: c.AskMoney) -> tuple[Loose, ...]:
        """Of all that the asker collects: in this chat, or, asked in private, in every chat."""
        total = sa.func.sum(POSTING.c.minor)
        select = (
            sa.select(COLLECTION, POSTING.c.account, total.label("minor"))
            .join(POSTING, POSTING.c.collection_id == COLLECTION.c.id)
            .where(POSTING.c.account.like("listed:%"), COLLECTION.c.organiser == command.by.member)
            .group_by(*COLLECTION.c, POSTING.c.account)
            .having(total != 0)
            .order_by(COLLECTION.c.opened_at.desc(), POSTING.c.account)
        )
        if not command.reply.private:
            select = select.where(COLLECTION.c.chat_id == command.reply.chat)
        found: dict[tuple[CollectionId, MemberId], Loose] = {}
        for row in self.connection.execute(select):
            _, why, member = row.account.split(":")
            key = CollectionId(row.id), MemberId(int(member))
            known = found.get(key) or Loose(
                key[0], row.number, row.title, row.currency, MemberId(row.organiser), key[1], ()
            )
            found[key] = replace(known, held=(*known.held, (Listing(why).value, -int(row.minor))))
        return tuple(found.values())[:MOST_LOOSE]
