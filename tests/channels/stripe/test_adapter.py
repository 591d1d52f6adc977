"""What we ask of Stripe, against a server that accepts nothing Stripe would refuse."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.responses import JSONResponse, PlainTextResponse

import adapters.channels.stripe
from adapters.channels.stripe import Stripe
from adapters.channels.stripe.amounts import CURRENCIES, from_stripe, to_stripe
from bot.domain.model import IntentState, RefundState
from bot.domain.money import Money, exponent
from bot.ports import ChannelAnswer, Declined, Payer, Unavailable, Unknown
from tests.channels.catalogue import codes
from tests.channels.facts import ID, NOW, charge, intent, refund
from tests.channels.loopback import nobody
from tests.channels.stripe.server import HOOK_SECRET, KEY, StripeServer

RETURN = "https://pay.example/pay/x"


async def made(stripe: Stripe, id_: str = ID, **facts: object) -> ChannelAnswer:
    return await stripe.create(
        intent(id_, **facts), title="火锅 Hotpot", return_url=RETURN, payer=Payer(locale="zh_CN")
    )  # type: ignore[arg-type]


async def paid(stripe: Stripe, server: StripeServer) -> str:
    """The PaymentIntent of one payment of 33.33 EUR."""
    answer = await made(stripe)
    return str(server.pay(answer.reference)["payment_intent"])


# -- making ---------------------------------------------------------------------------------------------------


async def test_the_payer_is_sent_to_stripes_page(stripe: Stripe, server: StripeServer) -> None:
    answer = await made(stripe)
    assert answer.state is IntentState.PENDING
    assert answer.action == {"kind": "redirect", "url": server.sessions[answer.reference]["url"]}
    session = server.sessions[answer.reference]
    assert (session["amount_total"], session["currency"], session["client_reference_id"]) == (3333, "eur", ID)
    assert session["locale"] == "zh"
    assert answer.expires_at is not None
    assert (answer.expires_at - NOW).total_seconds() == 12 * 3600


async def test_a_title_may_be_missing_or_endless(stripe: Stripe) -> None:
    for number, title in enumerate(("", " ", "x" * 5000, "a\nb")):
        answer = await stripe.create(intent(f"i{number}"), title=title, return_url=RETURN, payer=Payer())
        assert answer.state is IntentState.PENDING


async def test_the_same_attempt_again_is_the_same_session(stripe: Stripe, server: StripeServer) -> None:
    first, again = await made(stripe), await made(stripe)
    assert (first.reference, first.action) == (again.reference, again.action)
    assert len(server.sessions) == 1


async def test_a_repeat_whose_link_is_of_another_minute_finds_the_session(stripe: Stripe, server: StripeServer) -> None:
    first = await made(stripe)
    again = await stripe.create(intent(), title="Hotpot", return_url=f"{RETURN}?later", payer=Payer())
    assert (first.reference, first.action) == (again.reference, again.action)
    assert len(server.sessions) == 1


async def test_an_amount_that_stripe_does_not_take_is_declined_in_its_words(stripe: Stripe) -> None:
    with pytest.raises(Declined, match="amount_too_small"):
        await made(stripe, amount=1)
    with pytest.raises(Declined, match="amount_not_expressible"):
        await made(stripe, amount=3333, currency="KWD")


# -- what became of it ----------------------------------------------------------------------------------------


async def test_paid_is_paid_with_stripes_amount_and_its_fee(stripe: Stripe, server: StripeServer) -> None:
    answer = await made(stripe)
    server.later(minutes=3)
    payment = server.pay(answer.reference)["payment_intent"]
    told = await stripe.query(intent(reference=answer.reference))
    assert told.state is IntentState.PAID
    assert told.charge is not None
    assert (told.charge.reference, told.charge.amount) == (payment, Money(3333, "EUR"))
    assert told.charge.fee == Money(59, "EUR")
    assert told.charge.at == server.clock.now()


async def test_a_fee_in_another_currency_is_not_taken_for_one_of_ours(stripe: Stripe, server: StripeServer) -> None:
    server.settles_in = "usd"
    answer = await made(stripe)
    server.pay(answer.reference)
    told = await stripe.query(intent(reference=answer.reference))
    assert told.charge is not None
    assert told.charge.fee is None


async def test_a_card_that_is_refused_leaves_the_page_open_with_the_reason(
    stripe: Stripe, server: StripeServer
) -> None:
    answer = await made(stripe)
    server.decline(answer.reference, "lost_card")
    told = await stripe.query(intent(reference=answer.reference))
    assert (told.state, told.cause, told.action) == (IntentState.PENDING, "lost_card", answer.action)


async def test_money_that_takes_days_is_waited_for(stripe: Stripe, server: StripeServer) -> None:
    answer = await made(stripe)
    server.promise(answer.reference)
    asked = intent(reference=answer.reference)
    assert (await stripe.query(asked)).state is IntentState.PENDING
    assert (await stripe.close(asked)).state is IntentState.PENDING
    server.break_promise(answer.reference)
    told = await stripe.query(asked)
    assert (told.state, told.cause) == (IntentState.FAILED, "async_payment_failed")


async def test_an_attempt_without_an_answer_is_found_by_our_id(stripe: Stripe, server: StripeServer) -> None:
    server.crowd(101)
    server.mute = 1
    with pytest.raises(Unknown, match="timeout"):
        await made(stripe)
    server.crowd(101)
    assert (await stripe.query(intent())).state is IntentState.PENDING
    lost = next(s for s in server.sessions.values() if s["client_reference_id"] == ID)
    server.pay(lost["id"])
    assert (await stripe.query(intent())).state is IntentState.PAID


async def test_an_attempt_that_never_arrived_is_closed(stripe: Stripe) -> None:
    told = await stripe.query(intent())
    assert (told.state, told.cause) == (IntentState.CLOSED, "no_such_session")


async def test_a_session_of_somebody_else_is_not_ours(stripe: Stripe) -> None:
    other = await made(stripe, "somebodyelse")
    with pytest.raises(Unknown, match="not_ours"):
        await stripe.query(intent(reference=other.reference))


async def test_a_session_that_is_gone_is_asked_about_not_given_up(stripe: Stripe) -> None:
    with pytest.raises(Unknown, match="resource_missing"):
        await stripe.query(intent(reference="cs_test_gone"))


# -- closing --------------------------------------------------------------------------------------------------


async def test_a_closed_session_can_no_longer_be_paid(stripe: Stripe, server: StripeServer) -> None:
    answer = await made(stripe)
    asked = intent(reference=answer.reference)
    assert (await stripe.close(asked)).state is IntentState.CLOSED
    assert server.sessions[answer.reference]["status"] == "expired"
    assert (await stripe.close(asked)).state is IntentState.CLOSED
    assert (await stripe.query(asked)).cause == "checkout_expired"


async def test_closing_what_was_paid_says_so(stripe: Stripe, server: StripeServer) -> None:
    answer = await made(stripe)
    server.pay(answer.reference)
    assert (await stripe.close(intent(reference=answer.reference))).state is IntentState.PAID


async def test_a_payment_that_is_faster_than_the_closing_is_seen(
    stripe: Stripe, server: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await made(stripe)
    asked, query = intent(reference=answer.reference), stripe.query

    async def query_and_then_pay(it: object) -> ChannelAnswer:
        said = await query(asked)
        server.pay(answer.reference)
        return said

    monkeypatch.setattr(stripe, "query", query_and_then_pay)
    assert (await stripe.close(asked)).state is IntentState.PAID


# -- giving back ----------------------------------------------------------------------------------------------


async def test_a_part_goes_back_and_then_the_rest_but_not_more(stripe: Stripe, server: StripeServer) -> None:
    whole = charge(await paid(stripe, server))
    part = refund(whole, amount=1000)
    answer = await stripe.refund(part, whole)
    assert answer.state is RefundState.PENDING
    server.refunds[answer.reference]["status"] = "succeeded"
    assert (await stripe.query_refund(part, whole)).state is RefundState.REFUNDED
    rest = refund(whole, amount=2333, id_="rest")
    assert (await stripe.refund(rest, whole)).state is RefundState.PENDING
    with pytest.raises(Declined, match="charge_already_refunded"):
        await stripe.refund(refund(whole, amount=1, id_="more"), whole)


async def test_a_refund_again_is_the_same_also_when_stripe_has_forgotten_the_key(
    stripe: Stripe, server: StripeServer
) -> None:
    whole = charge(await paid(stripe, server))
    part = refund(whole, amount=1000)
    first = await stripe.refund(part, whole)
    server._done.clear()
    assert (await stripe.refund(part, whole)).reference == first.reference
    assert len(server.refunds) == 1


async def test_a_refund_without_an_answer_is_found_and_one_that_never_was_is_not(
    stripe: Stripe, server: StripeServer
) -> None:
    whole = charge(await paid(stripe, server))
    part = refund(whole, amount=1000)
    assert (await stripe.query_refund(part, whole)).cause == "no_such_refund"
    made_refund = await stripe.refund(part, whole)
    found = await stripe.query_refund(part, whole)
    assert found.reference == made_refund.reference


@pytest.mark.parametrize(
    ("status", "state", "cause"),
    [
        ("succeeded", RefundState.REFUNDED, ""),
        ("requires_action", RefundState.PENDING, ""),
        ("failed", RefundState.FAILED, "lost_or_stolen_card"),
        ("canceled", RefundState.FAILED, "refund_canceled"),
    ],
)
async def test_what_stripe_says_of_a_refund(
    stripe: Stripe, server: StripeServer, status: str, state: RefundState, cause: str
) -> None:
    whole = charge(await paid(stripe, server))
    part = refund(whole, amount=1000)
    answer = await stripe.refund(part, whole)
    server.refunds[answer.reference] |= {"status": status} | (
        {"failure_reason": "lost_or_stolen_card"} if status == "failed" else {}
    )
    told = await stripe.query_refund(replace(part, reference=answer.reference), whole)
    assert (told.state, told.cause) == (state, cause)


# -- trouble --------------------------------------------------------------------------------------------------


def _error(status: int, **error: str) -> JSONResponse:
    return JSONResponse({"error": error}, status)


@pytest.mark.parametrize(
    ("response", "trouble", "code"),
    [
        (_error(500, type="api_error", message="x"), Unknown, "api_error"),
        (PlainTextResponse("<html>bad gateway</html>", 502), Unknown, "http_502"),
        (PlainTextResponse("", 500), Unknown, "http_500"),
        (PlainTextResponse("[]", 200), Unknown, ""),
        (JSONResponse({"object": "checkout.session"}), Unknown, "unreadable_answer"),
        (_error(429, type="invalid_request_error", code="rate_limit"), Unavailable, "rate_limit"),
        (_error(429, type="invalid_request_error", code="lock_timeout"), Unavailable, "lock_timeout"),
        (_error(409, type="idempotency_error", code="idempotency_key_in_use"), Unknown, "idempotency_key_in_use"),
        (_error(401, type="invalid_request_error", code="api_key_expired"), Unavailable, "api_key_expired"),
        (_error(403, type="invalid_request_error", code="account_invalid"), Unavailable, "account_invalid"),
        (_error(402, type="card_error", code="card_declined", decline_code="fraudulent"), Declined, "fraudulent"),
        (_error(400, type="invalid_request_error", code="currency_not_supported"), Declined, "currency_not_supported"),
    ],
)
async def test_trouble_is_told_apart(
    stripe: Stripe, server: StripeServer, response: PlainTextResponse, trouble: type[Exception], code: str
) -> None:
    server.trouble = [response]
    with pytest.raises(trouble) as caught:
        await made(stripe)
    assert type(caught.value) is trouble
    assert getattr(caught.value, "code", None) in (code, code or "unreadable_answer", "http_200")


@pytest.mark.parametrize("response", [PlainTextResponse("", 500), _error(500, type="api_error"), _error(429, code="x")])
async def test_a_question_that_fails_can_be_asked_again(
    stripe: Stripe, server: StripeServer, response: PlainTextResponse
) -> None:
    answer = await made(stripe)
    asked = intent(reference=answer.reference)
    server.trouble = [response]
    with pytest.raises(Unavailable):
        await stripe.query(asked)
    assert (await stripe.query(asked)).state is IntentState.PENDING


async def test_a_creation_that_was_heard_but_not_answered_may_have_happened(
    stripe: Stripe, server: StripeServer
) -> None:
    server.mute = 1
    with pytest.raises(Unknown, match="timeout"):
        await made(stripe)
    assert len(server.sessions) == 1
    assert (await made(stripe)).state is IntentState.PENDING
    assert len(server.sessions) == 1


async def test_nobody_there_means_that_nothing_happened() -> None:
    alone = Stripe(secret_key=KEY, hook_secrets=[HOOK_SECRET], base_url=nobody(), timeout=0.5)
    with pytest.raises(Unavailable, match="connection"):
        await made(alone)
    with pytest.raises(Unavailable):
        await alone.query(intent(reference="cs_test_1"))
    assert "connection" in await alone.check() or "http_0" in await alone.check()
    await alone.aclose()


async def test_the_check_says_what_is_wrong_with_the_key(stripe: Stripe, server: StripeServer) -> None:
    assert await stripe.check() == ""
    wrong = Stripe(secret_key="sk_test_wrong", hook_secrets=[HOOK_SECRET], base_url=server.base_url)
    assert "refuses the key" in await wrong.check()
    await wrong.aclose()


# -- books ----------------------------------------------------------------------------------------------------


async def test_the_statement_of_a_day_has_its_charges_and_refunds(stripe: Stripe, server: StripeServer) -> None:
    payment = await paid(stripe, server)
    whole = charge(payment)
    await stripe.refund(refund(whole, amount=1000), whole)
    (given,) = server.refunds.values()
    assert [line.kind for line in await stripe.statement(NOW.date())] == ["charge"], "it may still come to nothing"
    given["status"] = "succeeded"
    server._book("payout", {"id": "po_1", "currency": "eur"}, -2000, 0)
    for other in server.crowd(101):
        server.pay(other)
    server.later(days=1)
    server.pay((await made(stripe, "tomorrow", at=server.clock.now())).reference)
    lines = await stripe.statement(NOW.date())
    assert len(lines) == 103
    first, second = lines[:2]
    assert (first.kind, first.reference, first.intent, first.amount) == ("charge", payment, ID, Money(3333, "EUR"))
    assert first.fee == Money(59, "EUR")
    assert (second.kind, second.intent, second.amount) == ("refund", "rfnd234567abcdef", Money(1000, "EUR"))
    assert second.charge == payment


async def test_the_statement_has_what_disputes_took_and_gave_and_what_did_not_arrive(
    stripe: Stripe, server: StripeServer
) -> None:
    payment = await paid(stripe, server)
    dispute = server.dispute(payment)
    server.win(dispute)
    server.bounce(server.refund_by_hand(payment, 1000))
    server._book("adjustment", {"id": "adj_1", "object": "other", "currency": "eur"}, -5, 0)
    told = [(x.kind, x.undone, x.amount.minor, x.charge) for x in await stripe.statement(NOW.date())]
    assert [line for line in told if line[0] != "charge"] == [
        ("dispute", False, 3333, payment),
        ("dispute", True, 3333, payment),
        ("refund", True, 1000, payment),
    ]


# -- amounts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minor", "currency", "stripes"),
    [
        (1050, "EUR", 1050), (500, "JPY", 500), (5, "ISK", 500), (5, "UGX", 500), (1045, "HUF", 1045),
        (80045, "TWD", 80045), (5120, "KWD", 5120), (500, "MGA", 5), (7, "VND", 7), (5000, "IDR", 5000),
    ],
)  # fmt: skip
def test_amounts_are_exact_in_every_kind_of_currency(minor: int, currency: str, stripes: int) -> None:
    assert to_stripe(Money(minor, currency)) == stripes
    assert from_stripe(stripes, currency.lower()) == Money(minor, currency)


@pytest.mark.parametrize(("minor", "currency"), [(5124, "KWD"), (1, "BHD"), (150, "MGA")])
def test_what_stripe_has_no_amount_for_is_not_rounded(minor: int, currency: str) -> None:
    with pytest.raises(ValueError):
        to_stripe(Money(minor, currency))


@pytest.mark.parametrize(("amount", "currency"), [(550, "isk"), (1.5, "eur"), (True, "eur"), (5, "EUR"), (5, "xxq")])
def test_what_is_no_amount_of_stripes_is_refused(amount: object, currency: str) -> None:
    with pytest.raises(ValueError):
        from_stripe(amount, currency)


def test_every_currency_comes_back_as_it_went() -> None:
    for currency in sorted(CURRENCIES):
        money = Money(7 * 10 ** (exponent(currency) + 1), currency)
        assert from_stripe(to_stripe(money), currency.lower()) == money


# -- causes ---------------------------------------------------------------------------------------------------


def test_the_catalogue_of_causes_is_well_formed_and_knows_our_own_codes() -> None:
    assert {
        "timeout", "connection", "unreadable_answer", "not_ours", "no_such_session", "checkout_expired", "processing",
        "idempotency_error", "async_payment_failed", "amount_not_expressible", "no_such_refund", "refund_canceled",
        "api_error", "resource_missing",
    } <= codes(adapters.channels.stripe)  # fmt: skip
