"""Money that could not be booked: its answers, and what they do to the books."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain import command as c
from bot.domain.decision import Decision, RefundRequest
from bot.domain.errors import Gone, NotAllowed
from bot.domain.interruption import Act, Catalogue, Scenario, Stage
from bot.domain.model import (
    MANUAL,
    NOWHERE,
    Astray,
    DueState,
    Fate,
    IntentId,
    IntentState,
    Likely,
    Listing,
    RefundState,
    Stall,
    Standing,
    Stray,
)
from bot.domain.money import Money
from bot.domain.notice import Reply
from tests.domain.group import ANN, BO, CAI, CHAT, MEI, Group

PRIVATE = Reply(CHAT, message="m", private=True)
MINE, OPERATOR = c.Actor(MEI), c.Actor(CAI, admin=True)


@pytest.fixture
def group() -> Group:
    """Mei, Ann and Bo, 100 each."""
    group = Group()
    group.collect(300)
    return group


def _stray(group: Group) -> Stray:
    return next(iter(group.strays.values()))


def _euros(group: Group) -> Stray:
    """Ann paid, says the channel, 20.00 euros."""
    group.arrives(group.start(ANN), 2000, reference="x", currency="EUR")
    return _stray(group)


def _nobodys(group: Group, amount: int = 100) -> Decision:
    return group.do(
        c.RecordCharge(
            channel="sandbox", reference="y", intent=IntentId("lost"), amount=amount, currency="CNY", at=group.now
        )
    )


def _bo(group: Group) -> dict[str, object]:
    return {"stray": _stray(group).id, "collection": group.header.id, "member": BO}


def _labels(decided: Decision, key: str) -> list[str]:
    (notice,) = (n for n in decided.notices if n.key == key)
    return [button.label for row in notice.buttons for button in row]


def test_another_currency_rests_reminders_and_ends_the_attempt(group: Group) -> None:
    kept = _euros(group)
    assert (kept.asked, kept.fate) == (Money(100, "CNY"), Fate.OPEN)
    assert group.intents[IntentId(kept.intent)].state is IntentState.PAID
    assert group.dues[ANN].state is DueState.CLAIMED
    assert not [n for n in group.at(hours=6).notices if n.member == ANN]


@pytest.mark.parametrize(("as_credit", "paid", "credit"), [(False, 100, 0), (True, 0, 100)])
def test_another_currency_counts_as_what_was_asked_for(group: Group, as_credit: bool, paid: int, credit: int) -> None:
    kept = _euros(group)
    decided = group.do(c.CountStray(by=MINE, reply=PRIVATE, stray=kept.id, as_credit=as_credit))
    assert (group.dues[ANN].paid, group.dues[ANN].credit) == (paid, credit)
    (charge,) = decided.charges
    assert (charge.channel, charge.reference, charge.amount, charge.currency) == (MANUAL, "sandbox:x", 100, "CNY")
    assert _stray(group).fate is (Fate.CREDITED if as_credit else Fate.COUNTED)
    assert group.dues[ANN].standing is Standing.ACTIVE
    with pytest.raises(Gone):
        group.do(c.CountStray(by=MINE, reply=PRIVATE, stray=kept.id))


def test_whom_it_pays_for_is_not_asked_to_pay_besides(group: Group) -> None:
    group.do(c.AskToPay(by=c.Actor(ANN), reply=PRIVATE, which=c.Which(CHAT, id=group.header.id), covers=(BO,)))
    kept, theirs = _euros(group), group.start(BO)
    group.do(c.CountStray(by=MINE, reply=PRIVATE, stray=kept.id))
    assert [group.dues[m].state for m in (ANN, BO)] == [DueState.PAID] * 2
    assert group.intents[theirs.id].state is IntentState.CLOSING


def test_it_goes_back_in_its_own_currency_after_a_yes_and_the_books_know_nothing_of_it(group: Group) -> None:
    kept, entries = _euros(group), len(group.entries)
    asked = group.do(c.ReturnStray(by=MINE, reply=PRIVATE, stray=kept.id))
    assert not asked.refunds
    decided = group.agree(asked)
    (refund,) = decided.refunds
    assert decided.requests == (RefundRequest("refund", refund.id, "sandbox"),)
    assert (refund.amount, refund.currency, refund.charge, refund.collection) == (2000, "EUR", "x", NOWHERE)
    assert group.do(c.AskMoney(by=MINE, reply=PRIVATE)).notices[0].params["items"] == 0
    told = group.answers(refund, RefundState.REFUNDED)
    assert {n.member for n in told.notices if n.key.startswith("stray_back")} == {MEI, ANN}
    assert (_stray(group).fate, len(group.entries)) == (Fate.RETURNED, entries)
    assert group.dues[ANN].unsettled


def test_what_the_channel_refuses_to_give_back_is_on_the_list_again_with_its_answers(group: Group) -> None:
    kept = _euros(group)
    (refund,) = group.agree(group.do(c.ReturnStray(by=MINE, reply=PRIVATE, stray=kept.id))).refunds
    told = group.answers(refund, RefundState.FAILED, "cannot_refund")
    assert _labels(told, "stray_back") == ["accept_as", "credit_as", "refund", "settled"]
    assert group.dues[ANN].state is DueState.CLAIMED
    (again,) = group.agree(group.do(c.ReturnStray(by=MINE, reply=PRIVATE, stray=kept.id))).refunds
    assert again.id != refund.id


def test_a_channel_that_is_busy_is_told_of_it_again_and_nobody_is_troubled(group: Group) -> None:
    how = {"retryable": True, "tell": "try_again", "act": Act.LATER, "source": "here"}
    busy = Scenario("", Stage.REFUND, "http_429", Stall.TECHNICAL, **how)  # type: ignore[arg-type]
    group.policy = replace(group.policy, causes=Catalogue((busy,)))
    kept = _euros(group)
    (refund,) = group.agree(group.do(c.ReturnStray(by=MINE, reply=PRIVATE, stray=kept.id))).refunds
    assert group.answers(refund, RefundState.FAILED, "http_429", "refund").notices == ()
    assert _stray(group).fate is Fate.RETURNING
    asked = group.do(c.AskRefund(refund=refund.id))
    assert asked.requests == (RefundRequest("refund", refund.id, "sandbox"),)
    group.answers(refund, RefundState.REFUNDED)
    assert _stray(group).fate is Fate.RETURNED


def test_what_may_have_gone_back_is_not_sent_twice(group: Group) -> None:
    kept = _euros(group)
    (refund,) = group.agree(group.do(c.ReturnStray(by=MINE, reply=PRIVATE, stray=kept.id))).refunds
    with pytest.raises(Gone):
        group.do(c.ReturnStray(by=MINE, reply=PRIVATE, stray=kept.id))
    told = Decision()
    while _stray(group).fate is Fate.RETURNING:
        told = group.answers(refund, RefundState.UNKNOWN, "timeout")
    assert _labels(told, "stray_back") == ["settled"]
    for answer in (c.ReturnStray, c.CountStray):
        with pytest.raises(Gone):
            group.do(answer(by=MINE, reply=PRIVATE, stray=kept.id))
    group.do(c.SettleStray(by=MINE, reply=PRIVATE, stray=kept.id))
    assert _stray(group).fate is Fate.SETTLED
    assert group.dues[ANN].unsettled


def test_a_refund_that_comes_back_from_the_bank_is_open_again(group: Group) -> None:
    kept = _euros(group)
    (refund,) = group.agree(group.do(c.ReturnStray(by=MINE, reply=PRIVATE, stray=kept.id))).refunds
    group.answers(refund, RefundState.REFUNDED)
    assert "stray_back" in {n.key for n in group.answers(refund, RefundState.FAILED, "account_closed").notices}
    assert _stray(group).open


def test_the_operator_hears_of_money_of_nobody_and_whose_it_may_be(group: Group) -> None:
    group.likely = (Likely("", group.header.id, 1, BO),)
    decided = _nobodys(group)
    assert [n.member for n in decided.notices] == [CAI]
    assert _labels(decided, "money_stray") == ["theirs", "their_credit", "refund", "settled"]


def test_money_of_nobody_becomes_a_charge_of_whom_the_operator_names_and_can_go_back_its_way(group: Group) -> None:
    attempt = group.start(BO)
    _nobodys(group, 130)
    decided = group.do(replace(c.CountStray(by=OPERATOR, reply=PRIVATE, stray=""), **_bo(group)))  # type: ignore[arg-type]
    (charge,) = decided.charges
    assert (charge.channel, charge.reference, charge.intent) == ("sandbox", "y", "lost")
    assert (group.dues[BO].state, group.dues[BO].credit) == (DueState.PAID, 30)
    assert group.held(BO) == {Listing.OVERPAID: 30}
    assert group.intents[attempt.id].state is IntentState.CLOSING
    assert not _nobodys(group, 130).charges
    (refund,) = group.insist(c.GiveBack, MEI, member=BO).refunds
    assert (refund.channel, refund.charge) == ("sandbox", "y")


def test_what_is_kept_is_not_booked_besides_when_it_is_told_with_its_attempt(group: Group) -> None:
    _nobodys(group)
    told = group.charge(group.start(BO), reference="y")
    assert group.do(told) == Decision()
    assert (len(group.charges), _stray(group).fate) == (0, Fate.OPEN)


def test_money_of_nobody_is_no_business_of_others(group: Group) -> None:
    _nobodys(group)
    for actor, reply in ((MINE, PRIVATE), (c.Actor(BO), PRIVATE), (OPERATOR, Reply(CHAT, message="m"))):
        for answer in (
            c.CountStray(by=actor, reply=reply, **_bo(group)),  # type: ignore[arg-type]
            c.ReturnStray(by=actor, reply=reply, stray=_stray(group).id),
            c.SettleStray(by=actor, reply=reply, stray=_stray(group).id),
        ):
            with pytest.raises(NotAllowed):
                group.do(answer)


def test_only_whose_account_it_leaves_sends_it_back_while_an_admin_may_count_it(group: Group) -> None:
    kept = _euros(group)
    admin = c.Actor(BO, admin=True)
    for refused in (c.ReturnStray, c.SettleStray):
        with pytest.raises(NotAllowed):
            group.do(refused(by=admin, reply=PRIVATE, stray=kept.id))
    with pytest.raises(NotAllowed):
        group.do(c.CountStray(by=c.Actor(BO), reply=PRIVATE, stray=kept.id))
    group.do(c.CountStray(by=admin, reply=PRIVATE, stray=kept.id))
    assert group.dues[ANN].state is DueState.PAID


def test_what_was_given_back_by_hand_and_is_taken_back_besides_is_listed_in_its_own_currency(group: Group) -> None:
    kept = _euros(group)
    group.do(c.CountStray(by=MINE, reply=PRIVATE, stray=kept.id))
    group.insist(c.GiveBack, MEI, member=ANN)
    back = {"channel": "sandbox", "charge": "x", "reference": "re", "at": group.now, "kind": "dispute"}
    decided = group.do(c.RecordReturn(amount=2000, currency="EUR", **back))  # type: ignore[arg-type]
    assert [(s.why, s.amount, s.currency) for s in decided.strays] == [(Astray.BEYOND, 2000, "EUR")]
