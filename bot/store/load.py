"""Loading the slice of state that a command needs: a charge never loads a thousand members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from bot.domain import command as c
from bot.domain.decision import Proposal, State
from bot.domain.model import (
    NOBODY,
    UNSETTLED,
    Chat,
    ChatId,
    Collection,
    CollectionId,
    Due,
    Intent,
    IntentState,
    Member,
    MemberId,
)
from bot.store import codec
from bot.store.attempts import Attempts
from bot.store.changes import Changes, helps
from bot.store.codec import instant
from bot.store.contacts import Contacts
from bot.store.due_rows import DUE_SELECT, due_of
from bot.store.history import History
from bot.store.prepared import Prepared
from bot.store.rows import (
    CHAT,
    CHAT_SELECT,
    COLLECTION,
    COLLECTION_SELECT,
    DUE,
    MEMBERSHIP,
    PERSON,
    PERSON_SELECT,
    PROPOSAL,
    chat_of,
    collection_of,
    member_of,
)
from bot.store.slices import ALL_DUES, OF_PLANS, OTHERS_DUE, OWN, PLANNED, RUNNING

_BY_ID = Prepared(COLLECTION_SELECT.where(COLLECTION.c.id == sa.bindparam("id")).with_for_update())
_ONE_DUE = Prepared(
    DUE_SELECT.where(DUE.c.collection_id == sa.bindparam("id"), DUE.c.member_id == sa.bindparam("member"))
)
_SOME_DUES = DUE_SELECT.where(
    DUE.c.collection_id == sa.bindparam("id"), DUE.c.member_id.in_(sa.bindparam("members", expanding=True))
)
_DUES = DUE_SELECT.where(DUE.c.collection_id == sa.bindparam("id")).order_by(DUE.c.ordinal, DUE.c.member_id)
_CHAT = Prepared(CHAT_SELECT.where(CHAT.c.id == sa.bindparam("id")))
_PEOPLE = PERSON_SELECT.where(PERSON.c.id.in_(sa.bindparam("ids", expanding=True)))
_ROSTER = Prepared(
    sa.select(MEMBERSHIP.c.person_id)
    .where(MEMBERSHIP.c.chat_id == sa.bindparam("chat"), MEMBERSHIP.c.left_at.is_(None))
    .order_by(MEMBERSHIP.c.since, MEMBERSHIP.c.person_id)
)


class Loading(Contacts, Changes, History, Attempts):
    """The reading half of a transaction."""

    def load(self, command: c.Command) -> State:
        """The slice for ``command``. Locks the collection's header where rows can be locked."""
        match command:
            case c.OnAttempt():
                return self._on_attempt(command)
            case c.OnCollection():
                return self._on_collection(command)
            case c.Collect():
                return self._collect(command)
            case c.AskPlans():
                state = self._collect(command.asked)
                return replace(state, past=self.past(command.asked.chat, command.asked.currency, state.roster))
            case c.RecordCharge() | c.ChannelAnswered() | c.AskChannel() | c.CheckOut():
                return self._on_intent(command)
            case c.OpenDue() | c.StartPayment() | c.MemberLeft():
                state = self._on_due(command.collection, command.member)
                return replace(state, intents=self.unfinished(command.collection, command.member))
            case c.Lapse():
                return replace(self._on_due(command.collection, NOBODY), dues=self._dues(command.collection))
            case c.ChatLost() | c.Outage():
                return State(chat=self.chat(command.chat), open_ids=tuple(i for i, _ in self._open(command.chat)))
            case c.Resync():
                here = command.reply.chat
                known = _ROSTER.scalars(self.connection, {"chat": here})
                return State(
                    chat=self.chat(here),
                    roster=tuple(known),
                    open_numbers=tuple(n for _, n in self._open(here)),
                )
            case c.SwitchPayee():
                found = self._collection(command.collection)
                chat = self.chat(found.chat) if found else None
                return State(chat=chat, collection=found, payee_changes=self.payee_changes([command.collection]))
            case c.ChatCommand():
                chat = self.chat(command.reply.chat)
                state = State(chat=chat, members=self.members([command.by.member]))
                return self.with_collecting(state, command.by.member) if isinstance(command, c.SetPayee) else state
        raise TypeError(f"nothing is loaded for {type(command).__name__}")

    # -- single facts --------------------------------------------------------------------------------------

    def chat(self, id: ChatId) -> Chat | None:  # noqa: A002 - the field's word
        row = _CHAT.first(self.connection, {"id": id})
        return chat_of(row) if row else None

    def members(self, ids: Iterable[MemberId]) -> dict[MemberId, Member]:
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return {}
        rows = self.connection.execute(_PEOPLE, {"ids": wanted})
        return {m.id: m for m in map(member_of, rows)}

    def proposal(self, id: str) -> Proposal | None:  # noqa: A002
        row = self.connection.execute(sa.select(*PROPOSAL.c).where(PROPOSAL.c.id == id)).first()
        if row is None:
            return None
        return Proposal(row.id, MemberId(row.by_member), codec.loads(row.command), instant(row.expires_at))

    def drop_proposal(self, id: str) -> None:  # noqa: A002
        self.connection.execute(sa.delete(PROPOSAL).where(PROPOSAL.c.id == id))

    # -- slices -------------------------------------------------------------------------------------------

    def _collection(self, id: CollectionId) -> Collection | None:  # noqa: A002
        row = _BY_ID.first(self.connection, {"id": id})
        return collection_of(row) if row else None

    def _open(self, chat: ChatId, states: Sequence[str] = RUNNING) -> list[tuple[CollectionId, int]]:
        select = (
            sa.select(COLLECTION.c.id, COLLECTION.c.number)
            .where(COLLECTION.c.chat_id == chat, COLLECTION.c.state.in_(states))
            .order_by(COLLECTION.c.number)
        )
        return [(CollectionId(i), n) for i, n in self.connection.execute(select)]

    def _resolve(self, which: c.Which, states: Sequence[str]) -> tuple[Collection | None, tuple[int, ...]]:
        """The collection that is meant; or the numbers to choose from."""
        if which.id is not None:
            return self._collection(which.id), ()
        select = sa.select(COLLECTION.c.id).where(COLLECTION.c.chat_id == which.chat)
        if which.number is not None:
            id_ = self.connection.execute(select.where(COLLECTION.c.number == which.number)).scalar()
            return (self._collection(id_) if id_ else None), ()
        running = self._open(which.chat, states)
        if len(running) > 1:
            return None, tuple(n for _, n in running)
        latest = select.order_by(COLLECTION.c.number.desc()).limit(1)
        id_ = running[0][0] if running else self.connection.execute(latest).scalar()
        return (self._collection(id_) if id_ else None), ()

    def _mine(self, member: MemberId, which: c.Which) -> tuple[Collection | None, tuple[int, ...]]:
        """In a private conversation: an open collection that this member organises or owes in, in whatever chat."""
        owes = sa.select(DUE.c.collection_id).where(DUE.c.member_id == member)
        select = (
            sa.select(COLLECTION.c.id, COLLECTION.c.number)
            .where(
                sa.or_(COLLECTION.c.organiser == member, helps(member), COLLECTION.c.id.in_(owes)),
                COLLECTION.c.state.in_(RUNNING) if which.number is None else COLLECTION.c.number == which.number,
            )
            .order_by(COLLECTION.c.opened_at.desc())
        )
        rows = self.connection.execute(select).all()
        if len(rows) > 1 and which.number is None:
            return None, tuple(sorted({row.number for row in rows}))
        return (self._collection(rows[0].id) if rows else None), ()

    def _owed(self, command: c.OnCollection) -> list[tuple[CollectionId, int]]:
        """Open collections in which the speaker still owes: of this chat, or in private of all."""
        select = (
            sa.select(COLLECTION.c.id, COLLECTION.c.number)
            .join(DUE, DUE.c.collection_id == COLLECTION.c.id)
            .where(
                DUE.c.member_id == command.by.member,
                DUE.c.state.in_([state.value for state in UNSETTLED]),
                COLLECTION.c.state == "open",
            )
            .order_by(COLLECTION.c.opened_at)
        )
        if not command.reply.private:
            select = select.where(COLLECTION.c.chat_id == command.which.chat)
        return [(CollectionId(i), n) for i, n in self.connection.execute(select)]

    def _on_collection(self, command: c.OnCollection) -> State:
        if command.reply.private and command.which.id is None:
            collection, numbers = self._mine(command.by.member, command.which)
        else:
            collection, numbers = self._resolve(
                command.which, ("planning",) if isinstance(command, OF_PLANS) else RUNNING
            )
        if len(numbers) > 1 and isinstance(command, OWN) and (owed := self._owed(command)):
            collection = self._collection(owed[0][0]) if len(owed) == 1 else None
            numbers = tuple(sorted({number for _, number in owed}))
        if collection is None:
            return State(chat=self.chat(command.which.chat), open_numbers=numbers)
        chat, actor = self.chat(collection.chat), command.by.member
        if collection.planning and isinstance(command, PLANNED):
            planning = self.planning(collection.id)
            return State(
                chat=chat,
                collection=collection,
                members=self.members([actor, collection.organiser]),
                planning=planning,
                past=self.past(collection.chat, collection.currency, planning.heads if planning else ()),
            )
        if isinstance(command, ALL_DUES):
            dues = self._dues(collection.id)
            ids = {actor, collection.organiser}
            state = State(chat=chat, collection=collection, dues=dues)
            if isinstance(command, c.AskPreview):
                ids |= dues.keys()
                state = self._with_contacts(state, collection, list(dues))
            if isinstance(command, c.Undo):
                state = replace(state, last_change=self.last_change(collection.id))
            if isinstance(command, c.AskStatus):
                state = replace(state, attempts=self.latest_attempts(collection.id))
            return replace(state, members=self.members(ids))
        if isinstance(command, c.AskHistory):
            members = self.members([actor, collection.organiser])
            entries = tuple(self.entries(collection.id))
            return State(chat=chat, collection=collection, members=members, entries=entries)
        if isinstance(command, c.ConfirmAll):
            dues = {m: due for m, due in self._dues(collection.id).items() if m in command.members}
            return State(chat=chat, collection=collection, dues=dues, members=self.members([actor]))
        whose = command.member if isinstance(command, OTHERS_DUE) else actor
        state = State(
            chat=chat,
            collection=collection,
            dues=self._due(collection.id, whose),
            members=self.members([actor, whose, collection.organiser]),
        )
        if isinstance(command, c.PayHere):
            return replace(state, intents=self.unfinished(collection.id, actor))
        if isinstance(command, c.AskToPay) and command.covers:
            return replace(state, dues={**self._some_dues(collection.id, command.covers), **state.dues})
        if isinstance(command, c.NotNeeded | c.Confirm):
            return replace(state, intents=self.unfinished(collection.id, whose))
        if isinstance(command, c.AskShare):
            state = replace(state, attempts=self.latest_attempts(collection.id, actor))
        if isinstance(command, c.HoldPayee | c.AgreePayee):
            return replace(state, payee_changes=self.payee_changes([collection.id]))
        return self._with_contacts(state, collection, [actor]) if isinstance(command, c.AskWhy) else state

    def _with_contacts(self, state: State, collection: Collection, members: list[MemberId]) -> State:
        return replace(state, contacted=self.contacted(members, None), history=self.history(collection))

    def _on_due(self, id: CollectionId, member: MemberId) -> State:  # noqa: A002
        collection = self._collection(id)
        if collection is None:
            return State()
        return State(
            chat=self.chat(collection.chat),
            collection=collection,
            dues=self._due(id, member),
            members=self.members([member, collection.organiser]),
        )

    def _on_attempt(self, command: c.OnAttempt) -> State:
        whole = self._on_collection(command)
        found = self.attempt(command.intent)
        if found is None or whole.collection is None or found.collection != whole.collection.id:
            return whole
        return replace(
            whole,
            dues=self._due(found.collection, found.member),
            intent=found,
            intents=self.unfinished(found.collection, found.member),
            others=self._on_covered(found),
        )

    def _on_covered(self, intent: Intent) -> tuple[Intent, ...]:
        """The attempts on the dues that it pays for others."""
        return tuple(i for m in intent.covers for i in self.unfinished(intent.collection, m))

    def _on_intent(self, command: c.RecordCharge | c.ChannelAnswered | c.AskChannel | c.CheckOut) -> State:
        known = self.known_charge(command) if isinstance(command, c.RecordCharge) else None
        found = self.attempt(command.intent)
        if found is None:
            return State(known_charge=known)
        state = self._on_due(found.collection, found.member)
        if self.dialect != "sqlite":
            # Again, now that the header is locked: whoever held it may have moved the attempt on. One writer cannot.
            found = self.attempt(command.intent)
            known = self.known_charge(command) if isinstance(command, c.RecordCharge) else None
        assert found is not None
        return replace(
            state,
            intent=found,
            intents=self.unfinished(found.collection, found.member),
            others=self._on_covered(found),
            known_charge=known,
            seen=self.seen(found) if isinstance(command, c.RecordCharge) and found.state is IntentState.PAID else None,
            asking=isinstance(command, c.AskChannel) and self.asking(found.id),
        )

    def _collect(self, command: c.Collect) -> State:
        lock = sa.select(CHAT.c.id).where(CHAT.c.id == command.chat).with_for_update()
        self.connection.execute(lock)
        last = sa.select(sa.func.max(COLLECTION.c.number)).where(COLLECTION.c.chat_id == command.chat)
        roster = tuple(_ROSTER.scalars(self.connection, {"chat": command.chat}))
        return State(
            chat=self.chat(command.chat),
            roster=roster,
            members=self.members([command.by.member]),
            next_number=(self.connection.execute(last).scalar() or 0) + 1,
        )

    def _due(self, id: CollectionId, member: MemberId) -> Mapping[MemberId, Due]:  # noqa: A002
        row = _ONE_DUE.first(self.connection, {"id": id, "member": member})
        if not row:
            return {}
        due = due_of(row)
        return {member: due, **self._some_dues(id, due.paying_for)}

    def _some_dues(self, id: CollectionId, members: Sequence[MemberId]) -> dict[MemberId, Due]:  # noqa: A002
        if not members:
            return {}
        rows = self.connection.execute(_SOME_DUES, {"id": id, "members": list(members)})
        return {d.member: d for d in map(due_of, rows)}

    def _dues(self, id: CollectionId) -> dict[MemberId, Due]:  # noqa: A002
        return {d.member: d for d in map(due_of, self.connection.execute(_DUES, {"id": id}))}
