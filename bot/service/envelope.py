"""From a notice to something an adapter can send: addresses, language, names, links, the rendered words."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.model import Chat, CollectionId, Member, MemberId
from bot.domain.money import Money
from bot.domain.names import show_names
from bot.domain.notice import Medium, Notice, Value, Who
from bot.domain.plans import propose
from bot.i18n import format_money, locale_of
from bot.ports import Attachment, ChatPort, ChatTraits, Clock, Contactee, Errand, Picture, Rendered
from bot.render import CardSheet, Renderer, Sending
from bot.service.pictures import Pictures
from bot.store import CardRef, Store, Work

_PLAIN = ChatTraits()
MOST_NAMES: Final = 30
"""Of the unpaid on a card, where names are wanted there at all."""
_ERRANDS = frozenset({Medium.SMS, Medium.SERVICE_NOTICE, Medium.CALL})


@dataclass(frozen=True, slots=True)
class Fallback:
    """What is said in the chat instead."""

    to: str
    rendered: Rendered


@dataclass(frozen=True, slots=True)
class Envelope:
    """A notice with its address. ``to`` is the platform's id of the chat or person."""

    notice: Notice
    platform: str
    to: str
    rendered: Rendered
    fallback: Fallback | None = None
    contactee: Contactee | None = None
    errand: Errand | None = None
    card: CardRef | None = None
    collection: CollectionId | None = None


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the store knows about those a notice concerns."""

    chat: Chat | None
    chat_address: tuple[str, str] | None
    member: Member | None
    member_address: tuple[str, str] | None
    people: Mapping[MemberId, Member]
    ids: Mapping[MemberId, str]
    card: CardRef | None
    sheet: CardSheet | None
    unsettled: Mapping[MemberId, Money | None]
    """Of the member and those pinged: who still owes, and how much."""
    also: tuple[Mapping[str, Value], ...] = ()
    """What else is open for the member in the same chat: a reminder speaks for all of it."""


class Envelopes:
    """Writes envelopes. ``pay_url`` makes a member's personal link to the cashier, ``receipt_url`` to their receipt,
    ``board_url`` to the organiser's board; ``notice_board_url`` is a collection's page for everybody."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        renderer: Renderer,
        chats: Mapping[str, ChatPort],
        pay_url: Callable[[CollectionId, MemberId], str],
        receipt_url: Callable[[CollectionId, MemberId], str],
        board_url: Callable[[CollectionId, MemberId], str],
        notice_board_url: Callable[[CollectionId], str],
        pictures: Pictures,
        zone: str,
        locale: str,
        *,
        names_in_group: bool,
    ) -> None:
        self._store, self._clock, self._renderer = store, clock, renderer
        self._chats, self._pay_url, self._pictures, self._zone = chats, pay_url, pictures, zone
        self._default = locale
        self._notice_board_url, self._names_in_group = notice_board_url, names_in_group
        self._receipt_url, self._board_url = receipt_url, board_url
        self._coded = any(port.traits.code_on_card for port in chats.values())

    async def address(self, notice: Notice, row: int) -> Envelope | None:
        """The envelope; None when there is nobody (any more) to send it to. ``row`` makes errands unique."""
        facts = await asyncio.wrap_future(
            self._store.read(lambda work: _look(work, notice, names=self._names_in_group, shares=self._coded))
        )
        if notice.medium is Medium.CARD:
            return await self._card(notice, facts)
        if notice.once:
            current = _still_due(notice, facts)
            if current is None:
                return None
            notice = current
        private = notice.medium in _ERRANDS or notice.medium is Medium.PRIVATE
        if notice.amends is not None and facts.member_address is not None:
            private = facts.member_address[1] == notice.amends.place
        address = facts.member_address if private else facts.chat_address or facts.member_address
        if address is None:
            return None
        rendered = self._render(notice, facts, self._locale(facts, private=private or notice.medium is Medium.ANSWER))
        if ":" in notice.picture and (sent_in := await self._pictures.find(notice.picture)) is not None:
            rendered = replace(rendered, picture=Picture(sent_in, rendered.text))
        if notice.file == "mydata" and notice.member is not None:
            rendered = replace(rendered, file=await self._about(notice.member))
        envelope = Envelope(notice, address[0], notice.amends.place if notice.amends else address[1], rendered)
        if notice.medium in _ERRANDS and facts.member is not None:
            return self._errand(envelope, facts, row)
        if notice.medium is Medium.PRIVATE and notice.chat is not None and facts.chat_address is not None:
            return replace(envelope, fallback=self._fallback(notice, facts, facts.chat_address[1]))
        return envelope

    async def _about(self, member: MemberId) -> Attachment:
        """Everything that is kept about them, as it is now."""
        facts = await asyncio.wrap_future(self._store.read(lambda work: work.about(member)))
        data = json.dumps(facts, ensure_ascii=False, indent=2).encode()
        return Attachment(data, f"qunshou-{member}.json", "application/json")

    async def _card(self, notice: Notice, facts: _Facts) -> Envelope | None:
        if facts.sheet is None or facts.chat_address is None:
            return None
        platform, to = facts.chat_address
        port = self._chats.get(platform)
        count: Awaitable[int | None] | None = port.head_count(to) if port else None
        sheet = replace(facts.sheet, head_count=await count if count else None, now=self._clock.now())
        rendered = self._renderer.card(
            sheet,
            locale=self._locale(facts, private=False),
            zone=sheet.chat.timezone,
            now=self._clock.now(),
            names=show_names({m: p.name for m, p in facts.people.items()}),
            ids=facts.ids,
            traits=port.traits if port else _PLAIN,
            notice_board_url=self._notice_board_url(sheet.collection.id),
        )
        return Envelope(notice, platform, to, rendered, card=facts.card, collection=sheet.collection.id)

    def _render(self, notice: Notice, facts: _Facts, locale: str) -> Rendered:
        address = facts.chat_address or facts.member_address
        port = self._chats.get(address[0]) if address else None
        return self._renderer.render(
            notice,
            locale=locale,
            zone=facts.chat.timezone if facts.chat else self._zone,
            now=self._clock.now(),
            names=show_names({m: p.name for m, p in facts.people.items()}),
            ids=facts.ids,
            pay_url=self._link(notice),
            traits=port.traits if port else _PLAIN,
        )

    def _locale(self, facts: _Facts, *, private: bool) -> str:
        """The reader's own language in private, the chat's, or the one that new chats start with."""
        chat = facts.chat.locale if facts.chat else ""
        mine = facts.member.locale if facts.member else ""
        return locale_of(mine, chat, self._default) if private else locale_of(chat, self._default)

    def _link(self, notice: Notice) -> str:
        if notice.collection is None or notice.member is None:
            return ""
        if notice.open_receipt:
            return self._receipt_url(notice.collection, notice.member)
        if notice.open_board:
            return self._board_url(notice.collection, notice.member)
        return self._pay_url(notice.collection, notice.member) if notice.open_pay else ""

    def _fallback(self, notice: Notice, facts: _Facts, to: str) -> Fallback:
        assert notice.member is not None
        said = replace(notice, medium=Medium.CHAT, open_pay=False, open_receipt=False, open_board=False)
        if notice.confidential:
            said = Notice("open_private", Medium.CHAT, chat=notice.chat, params={"who": Who(notice.member, ping=True)})
        return Fallback(to, self._render(said, facts, self._locale(facts, private=False)))

    def _errand(self, envelope: Envelope, facts: _Facts, row: int) -> Envelope:
        member, notice = facts.member, envelope.notice
        assert member is not None
        locale = self._locale(facts, private=True)
        contactee = Contactee(
            member=member.id,
            platform=envelope.platform,
            person=envelope.to,
            name=member.name,
            phone=member.phone,
            locale=locale,
        )
        errand = Errand(
            id=f"{notice.collection}-{row}",
            key=notice.key,
            text=envelope.rendered.text,
            fields={**dict(_fields(notice, locale)), "pay_url": self._link(notice)},
            message=envelope.rendered,
        )
        return replace(envelope, contactee=contactee, errand=errand)


def _still_due(notice: Notice, facts: _Facts) -> Notice | None:
    """A reminder as of now: without those who have settled since it was decided; None when nobody is left."""
    if notice.member is not None:
        if notice.member not in facts.unsettled:
            return None
        remaining = facts.unsettled[notice.member]
        current = {**notice.params, "remaining": remaining, "money": remaining}
        return replace(notice, params=current | ({"also": facts.also} if "also" in current else {}))
    pings = tuple(_people(notice.params.get("pings", ())))
    left = tuple(Who(m, ping=True) for m in pings if m in facts.unsettled)
    if pings and not left and not notice.params.get("more"):
        return None
    return replace(notice, params={**notice.params, "pings": left})


def _look(work: Work, notice: Notice, *, names: bool, shares: bool) -> _Facts:
    sheet = _sheet(work, notice.collection, names=names, shares=shares) if notice.medium is Medium.CARD else None
    chat_id = notice.chat
    if chat_id is None and notice.collection is not None:
        collection = work.collection(notice.collection)
        chat_id = collection.chat if collection else None
    wanted = set(_people(notice.params)) | {b.who for row in notice.buttons for b in row if b.who is not None}
    if notice.member is not None:
        wanted.add(notice.member)
    if notice.amends is not None:
        wanted.add(notice.amends.by)
    if sheet is not None:
        wanted |= {sheet.collection.organiser, *sheet.unpaid, *(sheet.planning.heads if sheet.planning else ())}
    found = work.whereabouts(wanted)
    me = found.get(notice.member) if notice.member is not None else None
    place = work.place(chat_id) if chat_id else None
    return _Facts(
        chat=place[0] if place else None,
        chat_address=(place[0].platform, place[1]) if place else None,
        member=me.member if me else None,
        member_address=(me.platform, me.external) if me else None,
        people={m: who.member for m, who in found.items()},
        ids={m: who.external for m, who in found.items()},
        card=work.card(notice.collection) if sheet is not None and notice.collection else None,
        sheet=sheet,
        unsettled=work.unsettled(notice.collection, wanted) if notice.once and notice.collection else {},
        also=_also(work, notice) if "also" in notice.params else (),
    )


def _also(work: Work, notice: Notice) -> tuple[Mapping[str, Value], ...]:
    if notice.member is None or notice.collection is None:
        return ()
    return tuple({"number": n, "money": m} for n, m in work.also_open(notice.collection, notice.member))


def _sheet(work: Work, collection: CollectionId | None, *, names: bool, shares: bool) -> CardSheet | None:
    facts = work.card_facts(collection) if collection is not None else None
    if facts is None:
        return None
    named = (names or facts.collection.names) and facts.collection.open
    c, planning = facts.collection, work.planning(collection) if facts.collection.planning and collection else None
    past = work.past(c.chat, c.currency, planning.heads) if planning else {}
    return CardSheet(
        collection=c,
        planning=planning,
        proposed=propose(c.amount or 0, c.currency, planning, c.organiser, past, turn=c.number) if planning else (),
        chat=facts.chat,
        states={state.value: n for state, n in facts.states.items()},
        next_reminder_at=facts.next_reminder_at,
        known=facts.known,
        head_count=None,
        listed=facts.listed,
        shares=work.shares(facts.collection.id) if shares else (),
        sending=_sending(work, facts.collection.id),
        unpaid=work.waiting(facts.collection.id, most=MOST_NAMES) if named else (),
    )


def _sending(work: Work, collection: CollectionId) -> Sending | None:
    found = work.round(collection)
    return Sending(found.total, found.left, found.began_at) if found else None


def _people(value: Value | Mapping[str, Value]) -> Iterator[MemberId]:
    """Everybody a notice's params name, at any depth."""
    if isinstance(value, Who):
        yield value.member
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _people(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _people(inner)


def _fields(notice: Notice, locale: str) -> Iterator[tuple[str, str]]:
    """The plain params as text: what a provider's own template is filled with. Names are not among them."""
    for key, value in notice.params.items():
        if isinstance(value, Money):
            yield key, format_money(value, locale)
        elif isinstance(value, str | int) and not isinstance(value, bool):
            yield key, str(value)
