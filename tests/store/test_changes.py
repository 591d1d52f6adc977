"""Changes in the store: the last one and what it takes to take it back, announced accounts, co-treasurers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.command import (
    Actor,
    AgreePayee,
    AskStatus,
    Cancel,
    Drop,
    HoldPayee,
    NameHelper,
    SetPayee,
    Undo,
    Which,
)
from bot.domain.decision import Decision, LastChange
from bot.domain.ledger import Posting
from bot.domain.model import CollectionState, Due, PayeeChange, Standing
from bot.domain.notice import Reply
from tests.store.town import NOON, Town


def test_the_last_change_comes_back_equal_and_a_later_one_takes_its_place(town: Town) -> None:
    collection = town.collect()
    due = Due(town.ann, 100, NOON, paid=40, credit=3, standing=Standing.WAIVED, weight=50, pinned=True)
    change = LastChange(
        collection=collection,
        kind="dropped",
        by=town.mei,
        at=NOON,
        seq=2,
        state=CollectionState.GATHERING,
        before=(due,),
        after=(replace(due, amount=0),),
        moved=(Posting("asked", 100), Posting("owed:2", -100)),
    )
    for saved in (change, replace(change, seq=3, taken_back=True)):
        town.store.run(lambda work, saved=saved: work.save([Decision(last_change=saved)], now=NOON))
        assert town.store.run(lambda work: work.last_change(collection)) == saved


def test_what_was_dropped_and_called_off_is_taken_back_to_the_row(town: Town) -> None:
    collection = town.collect()
    for kind, options in ((Drop, {"member": town.ann}), (Cancel, {})):
        before = town.store.run(lambda work: [(d.member, d.amount, d.standing) for d in work.dues(collection)])
        town.do(town.on(kind, town.mei, collection, **options))
        town.do(town.on(Undo, town.mei, collection))
        after = town.store.run(lambda work: [(d.member, d.amount, d.standing) for d in work.dues(collection)])
        assert after == before
        assert town.store.run(lambda work: list(work.verify())) == []
    assert town.store.run(lambda work: work.next_instant()) is not None, "reminders are planned again"


def test_an_announced_account_comes_back_equal(town: Town) -> None:
    collection = town.collect()
    change = PayeeChange(
        collection=collection,
        by=town.mei,
        payee="Alipay ' 1",
        picture="room:qr",
        asked_at=NOON,
        at=NOON + timedelta(hours=12),
        next_at=NOON + timedelta(hours=12),
        agreed_by=town.ann,
        held_by=town.bo,
    )
    for saved in (change, replace(change, next_at=None, over=True)):
        town.store.run(lambda work, saved=saved: work.save([Decision(payee_changes=(saved,))], now=NOON))
        assert town.store.run(lambda work: work.payee_changes([collection])) == {collection: saved}


def test_an_account_is_announced_held_vouched_for_and_switched_when_its_time_has_come(town: Town) -> None:
    private = {"by": Actor(town.mei), "reply": Reply(town.chat.id, message="m", private=True)}
    town.do(SetPayee(**private, text="Alipay 1"))  # type: ignore[arg-type]
    collection = town.collect()
    town.do(SetPayee(**private, text="Alipay 2"))  # type: ignore[arg-type]
    later = NOON + timedelta(hours=12)
    assert town.store.run(lambda work: work.payee_switches(later - timedelta(seconds=1), most=9)) == []
    town.do(town.on(HoldPayee, town.bo, collection))
    assert town.store.run(lambda work: work.payee_switches(later, most=9)) == []
    town.do(town.on(AgreePayee, town.ann, collection, by=Actor(town.ann, admin=True)))
    (switch,) = town.store.run(lambda work: work.payee_switches(later, most=9))
    town.do(switch)
    header = town.store.run(lambda work: work.collection(collection))
    assert header is not None
    assert header.payee == "Alipay 2"
    assert town.store.run(lambda work: work.payee_switches(later, most=9)) == []
    assert town.store.run(lambda work: list(work.verify())) == []


def test_a_co_treasurer_finds_the_collection_from_a_private_conversation(town: Town) -> None:
    collection = town.collect(only=(town.mei, town.bo))
    ask = AskStatus(by=Actor(town.ann), reply=Reply(town.chat.id, message="m", private=True), which=Which(town.chat.id))
    assert town.store.run(lambda work: work.load(ask)).collection is None
    town.do(town.on(NameHelper, town.mei, collection, member=town.ann))
    found = town.store.run(lambda work: work.load(ask)).collection
    assert found is not None
    assert found.id == collection
