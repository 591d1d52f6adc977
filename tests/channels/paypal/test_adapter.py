"""What we ask of PayPal, against a server that accepts nothing PayPal would refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.responses import JSONResponse, PlainTextResponse

import adapters.channels.paypal
from adapters.channels.paypal import PayPal
from bot.domain.model import Intent, IntentState, RefundState
from bot.domain.money import Money
from bot.ports import ChannelAnswer, Declined, FakeClock, Payer, Unavailable, Unknown
from tests.channels.catalogue import codes
from tests.channels.facts import ID, NOW, charge, intent, refund
from tests.channels.loopback import nobody
from tests.channels.paypal.server import CLIENT, SECRET, WEBHOOK, PayPalServer

RETURN = "https://pay.example/pay/x"


async def made(paypal: PayPal, id_: str = ID, **facts: object) -> ChannelAnswer:
    return await paypal.create(
        intent(id_, **facts), title="火锅 Hotpot", return_url=RETURN, payer=Payer(locale="zh_CN")
    )  # type: ignore[arg-type]


async def approved(paypal: PayPal, server: PayPalServer, **facts: object) -> Intent:
    """An attempt whose payer has approved it."""
    answer = await made(paypal, **facts)  # type: ignore[arg-type]
    server.approve(answer.reference)
    return intent(reference=answer.reference, **facts)  # type: ignore[arg-type]


# -- making ---------------------------------------------------------------------------------------------------


async def test_the_payer_is_sent_to_paypals_page(paypal: PayPal, server: PayPalServer) -> None:
    answer = await made(paypal)
    assert answer.state is IntentState.PENDING
    assert answer.action["url"].startswith("https://www.sandbox.paypal.com/checkoutnow?token=")
    unit = server.orders[answer.reference]["purchase_units"][0]
    assert (unit["amount"], unit["custom_id"]) == ({"currency_code": "EUR", "value": "33.33"}, ID)
    assert answer.expires_at == NOW + timedelta(hours=3)


async def test_a_title_may_be_missing_or_endless(paypal: PayPal) -> None:
    for number, title in enumerate(("", " ", "x" * 5000, "a\nb")):
        answer = await paypal.create(intent(f"i{number}"), title=title, return_url=RETURN, payer=Payer())
        assert answer.state is IntentState.PENDING


async def test_the_same_attempt_again_is_the_same_order(paypal: PayPal, server: PayPalServer) -> None:
    first, again = await made(paypal), await made(paypal)
    assert (first.reference, first.action) == (again.reference, again.action)
    assert len(server.orders) == 1


async def test_what_paypal_has_no_amount_for_is_declined(paypal: PayPal) -> None:
    with pytest.raises(Declined, match="DECIMALS_NOT_SUPPORTED"):
        await made(paypal, amount=1045, currency="HUF")
    with pytest.raises(Declined, match="CURRENCY_NOT_SUPPORTED"):
        await made(paypal, amount=1045, currency="RUB")


# -- taking the money -----------------------------------------------------------------------------------------


async def test_an_order_that_nobody_approved_is_waited_for(paypal: PayPal, server: PayPalServer) -> None:
    answer = await made(paypal)
    told = await paypal.query(intent(reference=answer.reference))
    assert (told.state, told.action) == (IntentState.PENDING, answer.action)
    assert server.captured == 0


async def test_asking_takes_the_money_of_an_approved_order_once(paypal: PayPal, server: PayPalServer) -> None:
    asked = await approved(paypal, server)
    first, again = await paypal.query(asked), await paypal.query(asked)
    assert (first.state, again.state) == (IntentState.PAID, IntentState.PAID)
    assert first.charge == again.charge
    assert first.charge is not None
    assert (first.charge.amount, first.charge.fee) == (Money(3333, "EUR"), Money(59, "EUR"))
    assert first.charge.at == NOW
    assert server.captured == 1


async def test_money_whose_coming_was_not_answered_is_not_taken_again(paypal: PayPal, server: PayPalServer) -> None:
    asked = await approved(paypal, server)
    server.losing = [f"POST /v2/checkout/orders/{asked.reference}/capture"]
    with pytest.raises(Unknown, match="timeout"):
        await paypal.query(asked)
    assert server.captured == 1
    assert (await paypal.query(replace(asked, state=IntentState.UNKNOWN))).state is IntentState.PAID
    assert server.captured == 1


@pytest.mark.parametrize("state", [IntentState.FAILED, IntentState.CLOSED])
async def test_an_attempt_that_is_over_is_not_taken_whatever_its_payer_approves(
    paypal: PayPal, server: PayPalServer, state: IntentState
) -> None:
    asked = replace(await approved(paypal, server), state=state)
    told = await paypal.query(asked)
    assert (told.state, told.cause) == (IntentState.CLOSED, "never_captured")
    assert server.captured == 0


async def test_a_payer_whose_card_is_declined_goes_back_and_takes_another(paypal: PayPal, server: PayPalServer) -> None:
    asked = await approved(paypal, server)
    server.declining = ["INSTRUMENT_DECLINED"]
    server.clock.at += timedelta(minutes=1)
    told = await paypal.query(asked)
    assert (told.state, told.cause) == (IntentState.PENDING, "INSTRUMENT_DECLINED")
    assert told.action["url"].endswith("&again")
    server.clock.at += timedelta(minutes=1)
    server.approve(asked.reference)
    assert (await paypal.query(asked)).state is IntentState.PAID
    assert server.captured == 1


@pytest.mark.parametrize(
    ("issue", "state"),
    [
        ("TRANSACTION_REFUSED", IntentState.FAILED),
        ("COMPLIANCE_VIOLATION", IntentState.FAILED),
        ("PAYER_ACCOUNT_RESTRICTED", IntentState.FAILED),
        ("ORDER_EXPIRED", IntentState.CLOSED),
        ("PAYER_ACTION_REQUIRED", IntentState.PENDING),
    ],
)
async def test_a_capture_that_is_refused_says_why(
    paypal: PayPal, server: PayPalServer, issue: str, state: IntentState
) -> None:
    asked = await approved(paypal, server)
    server.declining = [issue]
    told = await paypal.query(asked)
    assert (told.state, told.cause) == (state, issue)


async def test_money_under_review_is_waited_for(paypal: PayPal, server: PayPalServer) -> None:
    server.pending = "PENDING_REVIEW"
    asked = await approved(paypal, server)
    told = await paypal.query(asked)
    assert (told.state, told.cause) == (IntentState.PENDING, "PENDING_REVIEW")
    assert (await paypal.close(asked)).state is IntentState.PENDING
    (capture,) = server.captures
    server.settle(capture)
    assert (await paypal.query(asked)).state is IntentState.PAID


async def test_an_order_of_another_amount_or_another_attempt_is_not_taken(paypal: PayPal, server: PayPalServer) -> None:
    asked = await approved(paypal, server)
    for other in (replace(asked, amount=1), replace(asked, currency="USD"), replace(asked, id="other")):  # type: ignore[arg-type]
        with pytest.raises(Unknown, match="not_ours"):
            await paypal.query(other)
    assert server.captured == 0


async def test_an_order_that_nobody_was_shown_is_closed(paypal: PayPal, server: PayPalServer) -> None:
    await paypal.check()
    server.mute = 1
    with pytest.raises(Unknown, match="timeout"):
        await made(paypal)
    assert len(server.orders) == 1
    told = await paypal.query(intent())
    assert (told.state, told.cause) == (IntentState.CLOSED, "never_shown")
    assert (await paypal.query(intent(reference="0FORGOTTEN0000000"))).cause == "INVALID_RESOURCE_ID"


# -- closing --------------------------------------------------------------------------------------------------


async def test_what_is_closed_is_never_taken(paypal: PayPal, server: PayPalServer) -> None:
    asked = await approved(paypal, server)
    told = await paypal.close(asked)
    assert (told.state, told.cause) == (IntentState.CLOSED, "never_captured")
    assert (await paypal.query(replace(asked, state=IntentState.CLOSED))).state is IntentState.CLOSED
    assert server.captured == 0


async def test_closing_what_was_paid_says_so(paypal: PayPal, server: PayPalServer) -> None:
    asked = await approved(paypal, server)
    await paypal.query(asked)
    assert (await paypal.close(asked)).state is IntentState.PAID


async def test_nothing_is_called_closed_while_a_capture_may_be_on_its_way(paypal: PayPal, server: PayPalServer) -> None:
    asked = await approved(paypal, server)
    server.losing = [f"POST /v2/checkout/orders/{asked.reference}/capture"]
    with pytest.raises(Unknown, match="timeout"):
        await paypal.query(asked)
    server.orders[asked.reference]["status"] = "APPROVED"  # PayPal is still at it
    with pytest.raises(Unknown, match="capture_under_way"):
        await paypal.close(asked)
    server.clock.at += timedelta(minutes=6)
    assert (await paypal.close(asked)).state is IntentState.CLOSED


# -- giving back ----------------------------------------------------------------------------------------------


async def test_a_part_goes_back_and_then_the_rest_but_not_more(paypal: PayPal, server: PayPalServer) -> None:
    asked = await approved(paypal, server)
    paid = await paypal.query(asked)
    assert paid.charge is not None
    whole = charge(paid.charge.reference)
    part = refund(whole, amount=1000)
    answer = await paypal.refund(part, whole)
    assert answer.state is RefundState.REFUNDED
    assert (await paypal.refund(part, whole)).reference == answer.reference
    server.forget()
    assert (await paypal.refund(part, whole)).reference == answer.reference
    assert len(server.refunds) == 1
    assert (await paypal.refund(refund(whole, amount=2333, id_="rest"), whole)).state is RefundState.REFUNDED
    with pytest.raises(Declined, match="CAPTURE_FULLY_REFUNDED"):
        await paypal.refund(refund(whole, amount=1, id_="more"), whole)
    assert (await paypal.query(asked)).state is IntentState.PAID


async def test_a_refund_without_an_answer_is_found_and_one_that_never_was_is_not(
    paypal: PayPal, server: PayPalServer
) -> None:
    paid = await paypal.query(await approved(paypal, server))
    assert paid.charge is not None
    whole = charge(paid.charge.reference)
    part = refund(whole, amount=1000)
    assert (await paypal.query_refund(part, whole)).cause == "no_such_refund"
    server.mute = 1
    with pytest.raises(Unknown):
        await paypal.refund(part, whole)
    found = await paypal.query_refund(part, whole)
    assert found.state is RefundState.REFUNDED
    server.refunds[found.reference] |= {"status": "FAILED"}
    told = await paypal.query_refund(replace(part, reference=found.reference), whole)
    assert (told.state, told.cause) == (RefundState.FAILED, "REFUND_FAILED")


# -- trouble --------------------------------------------------------------------------------------------------


def _error(status: int, name: str, issue: str = "") -> JSONResponse:
    return JSONResponse({"name": name, "details": [{"issue": issue}] if issue else []}, status)


@pytest.mark.parametrize(
    ("response", "trouble", "code"),
    [
        (_error(500, "INTERNAL_SERVER_ERROR"), Unknown, "INTERNAL_SERVER_ERROR"),
        (PlainTextResponse("<html>bad gateway</html>", 502), Unknown, "http_502"),
        (PlainTextResponse("", 200), Unknown, "unreadable_answer"),
        (PlainTextResponse("[]", 200), Unknown, "unreadable_answer"),
        (JSONResponse({"id": 5, "status": "CREATED"}), Unknown, "unreadable_answer"),
        (PlainTextResponse("no", 400), Unknown, "http_400"),
        (_error(409, "RESOURCE_CONFLICT"), Unknown, "RESOURCE_CONFLICT"),
        (_error(422, "UNPROCESSABLE_ENTITY", "PREVIOUS_REQUEST_IN_PROGRESS"), Unknown, "PREVIOUS_REQUEST_IN_PROGRESS"),
        (_error(429, "RATE_LIMIT_REACHED"), Unavailable, "RATE_LIMIT_REACHED"),
        (_error(403, "NOT_AUTHORIZED", "PERMISSION_DENIED"), Unavailable, "PERMISSION_DENIED"),
        (_error(422, "UNPROCESSABLE_ENTITY", "PAYEE_ACCOUNT_RESTRICTED"), Declined, "PAYEE_ACCOUNT_RESTRICTED"),
        (_error(400, "INVALID_REQUEST", "INVALID_PARAMETER_VALUE"), Declined, "INVALID_PARAMETER_VALUE"),
    ],
)
async def test_trouble_is_told_apart(
    paypal: PayPal, server: PayPalServer, response: PlainTextResponse, trouble: type[Exception], code: str
) -> None:
    await paypal.check()
    server.trouble = [response]
    with pytest.raises(trouble, match=code):
        await made(paypal)


@pytest.mark.parametrize("response", [PlainTextResponse("", 500), _error(500, "X"), _error(429, "X")])
async def test_a_question_that_fails_can_be_asked_again(
    paypal: PayPal, server: PayPalServer, response: PlainTextResponse
) -> None:
    answer = await made(paypal)
    asked = intent(reference=answer.reference)
    server.trouble = [response]
    with pytest.raises(Unavailable):
        await paypal.query(asked)
    assert (await paypal.query(asked)).state is IntentState.PENDING


@pytest.mark.parametrize(
    "response", [PlainTextResponse("", 500), PlainTextResponse("{}", 200), JSONResponse({"access_token": ""})]
)
async def test_without_a_token_nothing_has_happened(
    paypal: PayPal, server: PayPalServer, response: PlainTextResponse
) -> None:
    server.trouble = [response]
    with pytest.raises(Unavailable):
        await made(paypal)
    assert server.orders == {}
    assert (await made(paypal)).state is IntentState.PENDING


async def test_a_token_is_kept_until_shortly_before_its_end_and_renewed_when_withdrawn(
    paypal: PayPal, server: PayPalServer
) -> None:
    for number in range(3):
        await made(paypal, f"i{number}")
    assert server.calls.count("POST /v1/oauth2/token") == 1
    server.clock.at += timedelta(seconds=32400 - 60)
    await made(paypal, "i4")
    assert server.calls.count("POST /v1/oauth2/token") == 2
    server.tokens.clear()
    await made(paypal, "i5")
    assert server.calls.count("POST /v1/oauth2/token") == 3


async def test_nobody_there_means_that_nothing_happened() -> None:
    alone = PayPal(
        client_id=CLIENT, client_secret=SECRET, webhook_id=WEBHOOK, clock=FakeClock(NOW), base_url=nobody(), timeout=0.5
    )
    with pytest.raises(Unavailable, match="connection"):
        await made(alone)
    assert "connection" in await alone.check()
    await alone.aclose()


async def test_the_check_says_what_is_wrong(paypal: PayPal, server: PayPalServer) -> None:
    assert await paypal.check() == ""
    for changed, said in (
        ({"client_secret": "wrong"}, "refuses the app"),
        ({"webhook_id": "OTHER"}, "no webhook OTHER"),
    ):
        facts = {"client_id": CLIENT, "client_secret": SECRET, "webhook_id": WEBHOOK} | changed
        wrong = PayPal(clock=server.clock, base_url=server.base_url, **facts)
        assert said in await wrong.check()
        await wrong.aclose()


# -- books ----------------------------------------------------------------------------------------------------


async def test_the_statement_of_a_day_has_its_charges_and_refunds(paypal: PayPal, server: PayPalServer) -> None:
    paid = await paypal.query(await approved(paypal, server))
    assert paid.charge is not None
    whole = charge(paid.charge.reference)
    back = await paypal.refund(refund(whole, amount=1000), whole)
    for number in range(500):
        server._report("T0006", f"OTHER{number}", {"currency_code": "EUR", "value": "5.00"}, "", None)
    server._report("T0400", "WITHDRAWAL", {"currency_code": "EUR", "value": "-20.00"}, "", None)
    server._report("T1106", "REVERSAL", {"currency_code": "EUR", "value": "-5.00"}, "", None)
    server.clock.at += timedelta(days=1)
    server._report("T0006", "TOMORROW", {"currency_code": "EUR", "value": "5.00"}, "", None)
    lines = await paypal.statement(NOW.date())
    assert len(lines) == 503
    first, second, reversal = lines[0], lines[1], lines[-1]
    assert (first.kind, first.reference, first.intent) == ("charge", paid.charge.reference, ID)
    assert (first.amount, first.fee) == (Money(3333, "EUR"), Money(59, "EUR"))
    assert (second.kind, second.reference, second.intent) == ("refund", back.reference, "rfnd234567abcdef")
    assert (second.amount, second.charge) == (Money(1000, "EUR"), paid.charge.reference)
    assert (reversal.kind, reversal.reference, reversal.intent) == ("dispute", "REVERSAL", "")


# -- causes ---------------------------------------------------------------------------------------------------


def test_the_catalogue_of_causes_is_well_formed_and_knows_our_own_codes() -> None:
    assert {
        "timeout", "connection", "unreadable_answer", "not_ours", "never_shown", "never_captured", "no_such_refund",
        "capture_under_way", "CAPTURE_PENDING", "CAPTURE_DECLINED", "CAPTURE_FAILED", "REFUND_FAILED",
        "REFUND_CANCELLED", "DECIMALS_NOT_SUPPORTED", "INVALID_RESOURCE_ID", "ORDER_VOIDED",
    } <= codes(adapters.channels.paypal)  # fmt: skip
