"""The organiser's board: who may look, and what they see, from the store, the policy and the channels' health."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.domain import forecast, routing
from bot.domain.decision import Contact
from bot.domain.interruption import discreet
from bot.domain.model import CollectionId, Due, Intent, IntentState, MemberId
from bot.domain.money import Money
from bot.domain.names import show_names
from bot.domain.routing import Why, Wish
from bot.domain.swings import Swing, Swung
from bot.ports import ChatPort, Outside
from bot.ports.board import (
    BoardMoney,
    BoardOperation,
    BoardPerson,
    BoardView,
    BoardWay,
    OrganiserBoard,
    Passed,
    Routed,
    Swinging,
)
from bot.service.breaker import BreakerState
from bot.service.handle import Handler
from bot.service.health import PAYING, Health, Reading
from bot.store import BoardFacts

log = structlog.get_logger(__name__)

_NEVER = frozenset({Why.CURRENCY, Why.DIGITAL_ONLY})
"""What keeps a channel from a whole collection, whatever the amount and the payer."""
_WORSE = {Why.SLOW.value: Swung.SLOW, Why.FAILING.value: Swung.FAILING, Why.RESTING.value: Swung.OPENED}
_ORDER = ("create", "query", "close", "refund", "query_refund")
_IN_THE_END = frozenset({IntentState.CREATED, IntentState.PENDING, IntentState.PAID})


class Boards:
    """Shows a collection to those in charge of it."""

    def __init__(self, handler: Handler, chats: Mapping[str, ChatPort], health: Health) -> None:
        self._handler, self._chats, self._health = handler, chats, health

    async def show(self, collection: CollectionId, reader: MemberId, view: BoardView) -> OrganiserBoard | None:
        """None for whoever is not in charge (any more), and where that cannot be told."""
        channels, now = tuple(self._handler.policy.channels), self._handler.clock.now()
        found = self._handler.store.read(lambda work: work.board(collection, reader, view, channels))
        facts = await asyncio.wrap_future(found)
        if facts is None or not await self._leads(facts):
            return None
        return self._board(facts, now)

    async def _leads(self, facts: BoardFacts) -> bool:
        """The organiser, a co-treasurer, or an admin of the chat, asked of the platform each time."""
        c, who = facts.collection, facts.reader
        if (
            who.member.id in (c.organiser, *c.helpers)
            or f"{who.platform}:{who.external}" in self._handler.policy.admins
        ):
            return True
        port = self._chats.get(facts.chat.platform)
        if port is None or who.platform != facts.chat.platform:
            return False
        try:
            return await port.is_admin(facts.place, who.external)
        except Outside as trouble:
            log.warning("board.admin_unknown", platform=who.platform, code=trouble.code)
            return False

    def _board(self, facts: BoardFacts, now: datetime) -> OrganiserBoard:
        c, view, reader = facts.collection, facts.view, facts.reader.member
        return OrganiserBoard(
            number=c.number,
            title=c.title,
            state=c.state.value,
            reader=reader.id,
            organiser=c.organiser,
            names=show_names({m: who.name for m, who in facts.people.items()}),
            locale=reader.locale or facts.chat.locale,
            timezone=facts.chat.timezone,
            gathering=c.gathering,
            settled=c.tally.settled,
            heads=c.tally.heads,
            paid=c.money(c.tally.paid),
            total=c.money(c.tally.amount),
            goal=c.money(c.goal) if c.goal else None,
            deadline=c.deadline,
            next_reminder_at=facts.next_reminder_at,
            counts=facts.counts,
            view=view,
            pages=facts.pages,
            people=tuple(self._people(facts, now)),
            money=tuple(_money(facts)),
            ways=tuple(self._ways(facts, now)),
            watched_since=now - timedelta(seconds=self._health.watched),
            steps=tuple(self._steps(facts)),
            past_pages=facts.past_pages,
        )

    # -- people ---------------------------------------------------------------------------------------------

    def _people(self, facts: BoardFacts, now: datetime) -> Iterator[BoardPerson]:
        zone, policy, c = ZoneInfo(facts.chat.timezone), self._handler.policy, facts.collection
        for due in facts.dues:
            member, latest, charged = due.member, facts.attempts.get(due.member), facts.charged.get(due.member)
            past = tuple(_about(facts.history, member))
            phoned = tuple(each for each in facts.contacted if each.member == member)
            ahead, silent = forecast.following(due, facts.people[member], c, policy, zone, past, phoned, now)
            yield BoardPerson(
                member=member,
                state=due.state.value,
                stall=due.stall.value if due.stall and not c.gathering else "",
                amount=None if due.amount is None else c.money(due.amount),
                paid=c.money(due.paid),
                remaining=c.money(due.remaining),
                returned=c.money(due.returned),
                way=_way(latest, charged),
                tell=self._tell(latest) if due.unsettled else "",
                last=_last(due, latest, charged),
                rests=due.rest_until if due.unsettled and due.rest_until and due.rest_until > now else None,
                promised=due.promised,
                next_at=ahead.at if ahead else None,
                next_via=ahead.via if ahead else "",
                silent=silent.value if silent else "",
            )

    def _tell(self, intent: Intent | None) -> str:
        """What stopped an attempt, without what a bank says of somebody's account."""
        why = self._handler.policy.causes.of_attempt(intent) if intent is not None else None
        return "" if why is None or why.tell == "nothing" else discreet(why.tell)

    # -- the ways -------------------------------------------------------------------------------------------

    def _ways(self, facts: BoardFacts, now: datetime) -> Iterator[BoardWay]:
        routes, readings = self._handler.routes(), self._health.readings()
        channels = self._handler.policy.channels
        options = routing.order(channels, routes, Wish(1, facts.collection.currency, platform=facts.chat.platform))
        unfit = {option.channel: option.why.value for option in options if option.why in _NEVER}
        for channel in channels:
            if routes.way(channel).manual:
                continue
            mine = {operation: r for (name, operation), r in readings.items() if name == channel}
            yield BoardWay(
                channel=channel,
                health=_health(mine),
                unfit=unfit.get(channel, ""),
                operations=tuple(
                    BoardOperation(
                        operation=operation,
                        latency=round(r.latency * 1000),
                        answered=int(r.answered * 100),
                        calls=r.calls,
                        breaker=r.breaker.value,
                        asked_at=now - timedelta(seconds=r.last),
                    )
                    for operation, r in sorted(mine.items(), key=lambda each: _ORDER.index(each[0]))
                ),
            )

    # -- what was decided -----------------------------------------------------------------------------------

    def _steps(self, facts: BoardFacts) -> Iterator[Routed | Swinging]:
        steps: list[Routed | Swinging] = [self._routed(facts, intent) for intent in facts.routed]
        steps += [Swinging(at, swing) for at, swing in facts.swings]
        return iter(sorted(steps, key=lambda step: step.at, reverse=True))

    def _routed(self, facts: BoardFacts, intent: Intent) -> Routed:
        """As it was taken: ``reasons`` has the way that was taken first."""
        (_, why), *others = intent.reasons.items() or ((intent.channel, ""),)
        before = facts.before.get(intent.id)
        return Routed(
            at=intent.created_at,
            member=intent.member,
            money=Money(intent.amount, intent.currency),
            channel=intent.channel,
            why=why,
            wanted=intent.wanted if intent.wanted != intent.channel else "",
            passed=tuple(
                Passed(channel, reason, _then(facts, channel, reason, intent.created_at)) for channel, reason in others
            ),
            tried=intent.tried,
            before=(before.channel, before.state.value, self._tell(before)) if before is not None else None,
            state=intent.state.value,
            tell="" if intent.state in _IN_THE_END else self._tell(intent),
        )


def _about(history: tuple[Contact, ...], member: MemberId) -> Iterator[Contact]:
    return (contact for contact in history if member in contact.members)


def _way(latest: Intent | None, charged: tuple[str, datetime] | None) -> str:
    if charged is not None and (latest is None or charged[1] >= latest.created_at):
        return charged[0]
    return latest.channel if latest is not None else ""


def _last(due: Due, latest: Intent | None, charged: tuple[str, datetime] | None) -> datetime | None:
    steps = (due.stalled_at, latest.created_at if latest else None, charged[1] if charged else None)
    return max((at for at in steps if at is not None), default=None)


def _health(mine: Mapping[str, Reading]) -> str:
    """The worst of what paying needs; ``idle`` where nothing is measured."""
    paying = {operation: r for operation, r in mine.items() if operation in PAYING}
    create = paying.get("create")
    if create is not None and create.breaker is BreakerState.OPEN:
        return "resting"
    if any(r.silent for r in paying.values()):
        return "silent"
    if any(r.failing for r in paying.values()):
        return "failing"
    if create is not None and create.slow:
        return "slow"
    return "well" if any(r.calls for r in mine.values()) else "idle"


def _then(facts: BoardFacts, channel: str, reason: str, at: datetime) -> Swing | None:
    """How a way did when it was passed over: what was measured when it became so, as far as that is on the page."""
    became = _WORSE.get(reason)
    found = (s for when, s in facts.swings if when <= at and s.channel == channel and s.swung is became)
    return next(found, None) if became is not None else None


def _money(facts: BoardFacts) -> Iterator[BoardMoney]:
    """What waits for somebody in charge first."""
    c = facts.collection
    for intent in facts.held:
        money = Money(intent.amount, intent.currency)
        yield BoardMoney("held", intent.member, money, word=intent.cause, way=intent.channel, at=intent.next_at)
    for member, why, minor in facts.listed:
        yield BoardMoney("listed", member, c.money(minor), word=why.value)
    for stray in facts.strays:
        money = Money(stray.amount, stray.currency)
        yield BoardMoney("stray", stray.member, money, word=stray.why.value, way=stray.channel)
    for refund in facts.refunds:
        money = Money(refund.amount, refund.currency)
        yield BoardMoney("refund", refund.member, money, word=refund.state.value, way=refund.way)
    for intent in facts.unclear:
        money = Money(intent.amount, intent.currency)
        yield BoardMoney("unclear", intent.member, money, way=intent.channel, at=intent.next_at)
