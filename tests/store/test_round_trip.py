"""What is saved comes back equal, to the last field."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, strategies as st

from bot.domain import command as c, ledger
from bot.domain.decision import Contact, Decision, Proposal, Request
from bot.domain.ledger import Posting
from bot.domain.model import (
    Chain,
    Charge,
    Collection,
    CollectionId,
    CollectionState,
    Due,
    Intent,
    IntentId,
    IntentState,
    Listing,
    MemberId,
    Mode,
    Progress,
    Refund,
    RefundId,
    RefundState,
    Standing,
    Tally,
)
from bot.domain.money import Money
from bot.domain.notice import Notice, Reply, Who
from bot.domain.policy import GENTLE, Policy
from bot.store import codec
from tests.store.town import NOON, Town

EXACT = NOON + timedelta(microseconds=1)
LARGE = 2**62
TEXT = "群收 ' \" \\ % 👩‍👩‍👧"


def _collection(town: Town) -> Collection:
    return Collection(
        id=CollectionId("k" * 16),
        number=3,
        chat=town.chat.id,
        organiser=town.mei,
        title=TEXT,
        mode=Mode.SELF,
        currency="KWD",
        opened_at=EXACT,
        every=timedelta(hours=5, microseconds=7),
        lasting=timedelta(days=4),
        amount=LARGE,
        minimum=1,
        maximum=LARGE,
        goal=LARGE,
        deadline=NOON + timedelta(days=9),
        payee=TEXT,
        payee_picture="qr",
        state=CollectionState.CLOSED,
        summarised=True,
        tally=Tally(1, 2, 3, LARGE, 5),
        chain=Chain(1, "h" * 64),
    )


def _saved(town: Town, **changes: Any) -> Collection:
    collection = _collection(town)
    town.store.run(lambda work: work.save([Decision(collection=collection, **changes)], now=NOON))
    return collection


# -- rows -----------------------------------------------------------------------------------------------------


def test_a_collection_comes_back_equal(town: Town) -> None:
    saved = _saved(town)
    assert town.store.run(lambda work: work.collection(saved.id)) == saved


def test_dues_come_back_equal_and_in_their_order(town: Town) -> None:
    full = Due(
        town.bo, LARGE, EXACT, 7, Progress.FAILED, Standing.CLAIMED, EXACT, 11, 2, EXACT + timedelta(hours=1), TEXT
    )
    undeclared = Due(town.ann, None, NOON)
    saved = _saved(town, dues=(full, undeclared))
    assert town.store.run(lambda work: work.dues(saved.id)) == [full, undeclared]


@pytest.mark.parametrize("change", [{}, {"paid": 5}, {"standing": Standing.WAIVED}, {"amount": 0}])
def test_a_due_that_is_saved_again_keeps_its_place(town: Town, change: dict[str, Any]) -> None:
    dues = Due(town.ann, 10, NOON), Due(town.bo, 10, NOON)
    saved = _saved(town, dues=dues)
    again = replace(dues[0], slot=4, **change)
    town.store.run(lambda work: work.save([Decision(collection=saved, dues=(again,))], now=NOON))
    assert town.store.run(lambda work: work.dues(saved.id)) == [again, dues[1]]


def test_an_attempt_comes_back_equal_and_keeps_its_changes(town: Town) -> None:
    made = Intent(
        id=IntentId("i"),
        collection=CollectionId("k" * 16),
        member=town.ann,
        channel="sandbox",
        amount=LARGE,
        currency="KWD",
        created_at=EXACT,
        state=IntentState.PENDING,
        reference=TEXT,
        action={"kind": "qr", "url": TEXT},
        cause="code",
        expires_at=EXACT,
        asked=3,
        next_at=EXACT,
    )
    saved = _saved(town, intents=(made,))
    assert town.store.run(lambda work: work.intent(made.id)) == (made, TEXT)
    later = replace(made, state=IntentState.FAILED, action={}, expires_at=None, next_at=None, cause="")
    town.store.run(lambda work: work.save([Decision(collection=saved, intents=(later,))], now=NOON))
    assert town.store.run(lambda work: work.intent(made.id)) == (later, TEXT)
    assert town.store.run(lambda work: work.intent(IntentId("no such"))) is None


@pytest.mark.parametrize("listing", [None, *Listing])
def test_a_charge_comes_back_equal(town: Town, listing: Listing | None) -> None:
    charge = Charge(
        channel="sandbox",
        reference="r",
        collection=CollectionId("k" * 16),
        member=town.ann,
        amount=LARGE,
        currency="KWD",
        at=EXACT,
        intent=IntentId("i") if listing else None,
        listed=5 if listing else 0,
        listing=listing,
    )
    _saved(town, charges=(charge,))
    again = c.RecordCharge(channel="sandbox", reference="r", intent=IntentId("i"), amount=1, currency="KWD", at=NOON)
    assert town.store.run(lambda work: work.load(again)).known_charge == charge


def test_a_refund_comes_back_equal_with_its_charge_and_keeps_its_changes(town: Town) -> None:
    key = CollectionId("k" * 16)
    charge = Charge("sandbox", "r", key, town.ann, LARGE, "KWD", EXACT)
    made = Refund(
        id=RefundId("back"),
        channel="sandbox",
        charge="r",
        collection=key,
        member=town.ann,
        amount=LARGE,
        currency="KWD",
        created_at=EXACT,
        by=town.mei,
        next_at=EXACT,
    )
    saved = _saved(town, charges=(charge,), refunds=(made,))
    assert town.store.run(lambda work: work.refund(made.id)) == (made, charge)
    later = replace(made, by_hand=True, state=RefundState.UNKNOWN, reference=TEXT, cause="c", asked=3, next_at=None)
    town.store.run(lambda work: work.save([Decision(collection=saved, refunds=(later,))], now=NOON))
    assert town.store.run(lambda work: work.refunds(key, town.ann)) == (later,)
    assert town.store.run(lambda work: work.refund(RefundId("no such"))) is None


def test_entries_come_back_equal_with_their_postings_in_order(town: Town) -> None:
    postings = Posting("b", LARGE), Posting("a", -LARGE + 1), Posting("a", -1)
    entry, _ = ledger.append(
        Chain(),
        postings,
        collection=CollectionId("k" * 16),
        kind="opened",
        at=EXACT,
        currency="KWD",
        by="member:1",
        reference="x:y",
    )
    saved = _saved(town, entries=(entry,))
    assert town.store.run(lambda work: work.entries(saved.id)) == [entry]


def test_a_proposal_comes_back_equal_until_it_is_dropped(town: Town) -> None:
    waive = c.Waive(
        by=c.Actor(town.mei, admin=True),
        reply=Reply(town.chat.id, press="p"),
        which=c.Which(town.chat.id, number=3),
        member=town.ann,
        reason=TEXT,
        confirmed=True,
    )
    proposal = Proposal("p1", town.mei, waive, EXACT)
    _saved(town, proposals=(proposal,))
    assert town.store.run(lambda work: work.proposal("p1")) == proposal
    town.store.run(lambda work: work.drop_proposal("p1"))
    assert town.store.run(lambda work: work.proposal("p1")) is None


def test_what_a_member_set_for_themselves_comes_back_equal(town: Town) -> None:
    me = town.store.run(lambda work: work.members([town.ann]))[town.ann]
    changed = replace(me, locale="zh", muted=True, phone="+86138", consent=True, payee=TEXT, payee_picture="qr")
    chat = replace(town.chat, locale="zh", timezone="Asia/Shanghai", active=False)
    town.store.run(lambda work: work.save([Decision(members=(changed,), chat=chat)], now=NOON))
    assert town.store.run(lambda work: work.members([town.ann])) == {town.ann: changed}
    assert town.store.run(lambda work: work.chat(chat.id)) == chat


def test_what_counts_against_the_budget_comes_back_for_a_week(town: Town) -> None:
    day, collection = timedelta(days=1), town.collect()
    steps = [
        Contact(collection, "sms", "sms", "sent", "due", (town.ann, town.bo), NOON - 8 * day),
        Contact(collection, "sms", "sms", "sent", "due", (town.ann,), NOON - day),
        Contact(collection, "call", "call", "skipped", "budget", (town.ann,), NOON - day),
        Contact(collection, "reminder:1", "chat", "sent", "due", (town.ann,), NOON - day),
    ]
    town.store.run(lambda work: work.save([Decision(contacts=tuple(steps), touched=collection)], now=NOON))
    town.do(town.on(c.AskToPay, town.ann, collection))
    ((_, state),) = town.store.run(lambda work: work.ticks(NOON + timedelta(minutes=3), town.policy, most=10))
    assert [(x.member, x.medium, x.at) for x in state.contacted] == [(town.ann, "sms", NOON - day)]
    assert state.history == (steps[1], steps[3])


def test_what_was_sent_in_another_collection_of_the_chat_is_known_for_a_week(town: Town) -> None:
    town.policy = Policy(ceilings=GENTLE)
    day, collection, other = timedelta(days=1), town.collect(), town.collect()
    old, late = (Contact(other, "reminder:1", "chat", "sent", "due", (town.bo,), NOON - n * day) for n in (8, 6))
    town.store.run(lambda work: work.save([Decision(contacts=(old, late))], now=NOON))
    ((command, state),) = town.store.run(lambda work: work.ticks(NOON + timedelta(hours=6), town.policy, most=10))
    assert command.collection == collection, "one collection of a chat at a time"
    assert state.history == (late,)


def test_what_postgresql_refuses_is_left_out_everywhere(town: Town) -> None:
    dirty = "a\x00b\ud800c"
    saved = replace(_collection(town), title=dirty, payee=dirty)
    due = Due(town.ann, 1, NOON, claim=dirty)
    told = town.tell("x", params={"reason": dirty})
    town.store.run(lambda work: work.save([Decision(collection=saved, dues=(due,), notices=(told,))], now=NOON))
    assert town.store.run(lambda work: work.collection(saved.id)) == replace(saved, title="abc", payee="abc")
    (row,) = town.claim()
    assert row.notice is not None
    assert row.notice.params["reason"] == "abc"


# -- the codec ------------------------------------------------------------------------------------------------

STRINGS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
INSTANTS = st.datetimes(timezones=st.just(UTC))
MONEY = st.builds(Money, st.integers(), st.sampled_from(["CNY", "JPY"]))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    STRINGS,
    INSTANTS,
    MONEY,
    st.builds(Who, st.integers(1).map(MemberId), st.booleans()),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(STRINGS, inner, max_size=3)
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: st.integers(),
    str: STRINGS,
    bool: st.booleans(),
    datetime: INSTANTS,
    date: st.dates(),
    timedelta: st.timedeltas(),
    Money: MONEY,
    type(None): st.none(),
}


def _of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type."""
    hint = getattr(hint, "__supertype__", hint)
    if hint in PLAIN:
        return PLAIN[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(_of, args))
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(_of(args[0]), max_size=3).map(tuple) if args[-1] is ... else st.tuples(*map(_of, args))
    if hint == Mapping[str, str]:
        return st.dictionaries(STRINGS, STRINGS, max_size=3)
    if origin is Mapping:
        return st.dictionaries(STRINGS, VALUES, max_size=3)
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    return _built(hint)


def _built(kind: type[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{f.name: _of(hints[f.name]) for f in dataclasses.fields(kind)})


COMMANDS = [kind for kind in vars(c).values() if isinstance(kind, type) and issubclass(kind, c.Command)]


@pytest.mark.parametrize("kind", [*COMMANDS, Notice, Request], ids=lambda kind: kind.__name__)
def test_every_command_and_notice_comes_back_equal_from_its_text(kind: type[Any]) -> None:
    @given(_built(kind))
    def comes_back(value: Any) -> None:
        assert codec.loads(codec.dumps(value)) == value

    comes_back()


@pytest.mark.parametrize("value", [1.5, [1], {1, 2}, b"x", object(), Ellipsis])
def test_what_is_no_value_of_the_domain_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        codec.dumps(value)


@given(INSTANTS)
def test_an_instant_is_stored_to_the_microsecond(at: datetime) -> None:
    assert codec.instant(ledger.micros(at)) == at
