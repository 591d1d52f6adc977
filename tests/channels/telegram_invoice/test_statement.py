"""Stars of which no update came: the bot's transactions tell of them the next day, and of their way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count

import pytest

from adapters.channels.telegram_invoice import TelegramStars
from bot.domain import command as c
from bot.domain.decision import Decision
from bot.domain.model import Charge, CollectionId, Intent, IntentId, Mode, RefundState
from bot.domain.notice import Reply
from bot.domain.policy import Policy
from bot.ports import FakeClock, Payer
from bot.service.handle import Handler
from bot.service.statements import Statements
from bot.store import Store
from tests.botapi.server import BotApi
from tests.botapi.world import User
from tests.channels.telegram_invoice.conftest import NOW
from tests.store.town import Town


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    made = Town(Store.open("sqlite://"))
    made.now = NOW
    yield made
    assert made.store.run(lambda work: list(work.verify())) == []
    made.store.close()


def _collect(town: Town) -> CollectionId:
    said = {"by": c.Actor(town.mei), "reply": Reply(town.chat.id, message="m")}
    decided = town.do(
        c.Collect(chat=town.chat.id, mode=Mode.EACH, currency="XTR", amount=50, digital=True, **said)  # type: ignore[arg-type]
    )
    assert decided.collection is not None
    return decided.collection.id


def _charges(town: Town, collection: CollectionId) -> list[Charge]:
    return list(town.store.run(lambda work: work.charges(collection, town.ann)))


async def test_stars_and_their_way_back_are_booked_from_the_transactions(
    town: Town, api: BotApi, anna: User, stars: TelegramStars, clock: FakeClock
) -> None:
    ids = count(1)
    handler = Handler(town.store, clock, Policy(), lambda: f"s{next(ids):015d}")
    statements = Statements(handler, {"telegram_stars": stars})
    collection = _collect(town)
    intent = Intent(IntentId("abcdefghijkl2345"), collection, town.ann, "telegram_stars", 50, "XTR", NOW)
    town.store.run(lambda work: work.save([Decision(intents=(intent,))], now=NOW))
    shown = await stars.create(intent, title="Stickers", return_url="https://pay.example/x", payer=Payer())
    reference = api.charged(anna, shown.action["url"])

    assert await statements.run() == 0, "the day is not over"
    clock.at += timedelta(days=1)
    town.now = clock.now()
    assert await statements.run() == 1
    (charge,) = _charges(town, collection)
    assert (charge.reference, charge.amount, charge.intent) == (reference, 50, intent.id)

    asked = town.do(town.on(c.GiveBack, town.mei, collection, member=town.ann))
    (refund,) = asked.refunds or town.do(asked.proposals[0].command).refunds
    await stars.refund(refund, charge)
    town.do(c.RefundAnswered(refund=refund.id, state=RefundState.UNKNOWN, cause="timeout"))
    clock.at += timedelta(days=1)
    assert await statements.run() == 1
    known = town.store.run(lambda work: work.refund(refund.id))
    assert known is not None
    assert known[0].state is RefundState.REFUNDED
    assert len(_charges(town, collection)) == 1
    assert await statements.run() == 0
