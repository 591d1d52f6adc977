"""Both channels against a Bot API server that accepts nothing the real one would refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from adapters.channels.telegram_invoice import TelegramPayments, TelegramStars, Wire, transactions
from bot.domain.model import Charge, Intent, IntentState, Refund, RefundId, RefundState
from bot.domain.money import Money
from bot.ports import Declined, FakeClock, Outside, Payer, Unavailable, Unknown, Unverified
from tests.botapi.payments import PROVIDER_TOKEN
from tests.botapi.server import BotApi
from tests.botapi.world import User
from tests.channels.telegram_invoice.conftest import NOW, attempt, wire

PAYER = Payer(platform="telegram", person="5000000001")
XTR = attempt(currency="XTR", amount=50)


async def _link(channel: TelegramPayments | TelegramStars, intent: Intent, title: str = "Hotpot") -> str:
    answer = await channel.create(intent, title=title, return_url="https://pay.example/x", payer=PAYER)
    assert answer.state is IntentState.PENDING
    assert answer.action["kind"] == "invoice"
    return answer.action["url"]


# -- making an invoice --------------------------------------------------------------------------------------------


async def test_an_invoice_says_exactly_what_is_owed(api: BotApi, payments: TelegramPayments) -> None:
    await _link(payments, attempt())
    [(method, given)] = api.calls
    assert method == "createInvoiceLink"
    assert given == {
        "title": "Hotpot",
        "description": "Hotpot",
        "payload": "INTENT234567ABC1",
        "provider_token": PROVIDER_TOKEN,
        "currency": "CNY",
        "prices": [{"label": "Hotpot", "amount": 3_333}],
    }


async def test_stars_need_no_provider(api: BotApi, stars: TelegramStars) -> None:
    await _link(stars, XTR)
    [(_, given)] = api.calls
    assert (given["provider_token"], given["currency"]) == ("", "XTR")
    assert given["prices"] == [{"label": "Hotpot", "amount": 50}]


@pytest.mark.parametrize("title", ["", "  \n ", "🎂" * 80, "a" * 31 + "🎂", "火锅" * 40, "\ud83c"])
async def test_any_title_fits(api: BotApi, payments: TelegramPayments, title: str) -> None:
    await _link(payments, attempt(), title)
    [(_, given)] = api.calls
    assert given["title"].strip()


@pytest.mark.parametrize(
    ("currency", "platform", "code"),
    [
        ("KWD", "telegram", "wrong_currency"),
        ("XTR", "telegram", "wrong_currency"),
        ("CNY", "wechat", "not_on_telegram"),
    ],
)
async def test_what_cannot_be_paid_there_is_declined_before_anybody_is_asked(
    api: BotApi, payments: TelegramPayments, currency: str, platform: str, code: str
) -> None:
    with pytest.raises(Declined, match=code):
        await payments.create(attempt(currency=currency), title="", return_url="", payer=Payer(platform=platform))
    assert api.calls == []


async def test_stars_are_for_digital_goods(stars: TelegramStars) -> None:
    assert stars.traits.digital_only
    with pytest.raises(Declined, match="digital_goods_only"):
        await stars.create(attempt(), title="Hotpot", return_url="", payer=PAYER)


@pytest.mark.parametrize(("amount", "code"), [(1, "CURRENCY_TOTAL_AMOUNT_INVALID"), (10**9, "CURRENCY_TOTAL_AMOUNT")])
async def test_telegrams_own_code_is_the_cause(payments: TelegramPayments, amount: int, code: str) -> None:
    with pytest.raises(Declined, match=code):
        await payments.create(attempt(amount=amount), title="", return_url="", payer=PAYER)


# -- what became of it --------------------------------------------------------------------------------------------


async def test_a_link_that_nobody_was_given_is_not_paid(payments: TelegramPayments, stars: TelegramStars) -> None:
    for channel, intent in ((payments, attempt()), (stars, XTR)):
        answer = await channel.query(intent)
        assert (answer.state, answer.cause) == (IntentState.CLOSED, "never_handed_out")


async def test_one_that_was_handed_out_is_pending_until_telegram_tells(payments: TelegramPayments) -> None:
    link = await _link(payments, attempt())
    known = replace(attempt(), action={"kind": "invoice", "url": link})
    answer = await payments.query(known)
    assert (answer.state, answer.action["url"]) == (IntentState.PENDING, link)
    assert not payments.traits.can_query
    assert (await payments.close(known)).state is IntentState.CLOSED


async def test_what_was_closed_is_closed_unless_it_was_paid(
    api: BotApi, anna: User, payments: TelegramPayments, stars: TelegramStars
) -> None:
    for channel, intent in ((payments, attempt()), (stars, XTR)):
        link = await _link(channel, intent)
        shut = replace(intent, action={"kind": "invoice", "url": link}, state=IntentState.CLOSING)
        assert (await channel.query(shut)).state is IntentState.CLOSED
    api.charged(anna, link)
    assert (await stars.query(shut)).state is IntentState.PAID


async def test_the_transactions_tell_of_paid_stars(
    api: BotApi, anna: User, clock: FakeClock, stars: TelegramStars
) -> None:
    link = await _link(stars, XTR)
    known = replace(XTR, action={"kind": "invoice", "url": link})
    assert (await stars.query(known)).state is IntentState.PENDING
    clock.at += timedelta(minutes=1)
    charge = api.charged(anna, link)
    for answer in (await stars.query(known), await stars.close(known)):
        assert answer.state is IntentState.PAID
        assert answer.charge is not None
        assert (answer.charge.reference, answer.charge.amount) == (charge, Money(50, "XTR"))
        assert answer.charge.at == NOW + timedelta(minutes=1)


async def test_what_was_read_is_not_read_again(
    api: BotApi, anna: User, stars: TelegramStars, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "PAGE", 3)
    paid = []
    for number in range(8):
        intent = attempt(number, currency="XTR", amount=1 + number)
        paid.append((intent, api.charged(anna, await _link(stars, intent))))
    api.calls.clear()
    for intent, charge in paid:
        answer = await stars.query(intent)
        assert answer.charge is not None
        assert answer.charge.reference == charge
    assert [given["offset"] for method, given in api.calls] == [0, 3, 6, *(6 for _ in range(7))]


# -- giving back --------------------------------------------------------------------------------------------------


def _charge(reference: str) -> Charge:
    return Charge("telegram_stars", reference, XTR.collection, XTR.member, 50, "XTR", NOW, XTR.id)


def _refund(amount: int = 50) -> Refund:
    return Refund(RefundId("R1"), "telegram_stars", "", XTR.collection, XTR.member, amount, "XTR", NOW)


async def test_stars_go_back_to_who_paid_them_once(api: BotApi, anna: User, stars: TelegramStars) -> None:
    charge = _charge(api.charged(anna, await _link(stars, XTR)))
    assert (await stars.query_refund(_refund(), charge)).state is RefundState.FAILED
    for _ in range(2):
        answer = await stars.refund(_refund(), charge)
        assert (answer.state, answer.reference) == (RefundState.REFUNDED, charge.reference)
    assert (await stars.query_refund(_refund(), charge)).state is RefundState.REFUNDED
    assert sum("receiver" in t for t in api.world.stars) == 1


async def test_an_answer_that_is_lost_leaves_the_refund_unknown_and_the_question_finds_it(
    api: BotApi, anna: User, stars: TelegramStars
) -> None:
    charge = _charge(api.charged(anna, await _link(stars, XTR)))
    api.lose_answer("refundStarPayment")
    with pytest.raises(Unknown):
        await stars.refund(_refund(), charge)
    assert (await stars.query_refund(_refund(), charge)).state is RefundState.REFUNDED


async def test_no_part_goes_back_and_nothing_of_what_was_never_paid(
    api: BotApi, anna: User, stars: TelegramStars
) -> None:
    charge = _charge(api.charged(anna, await _link(stars, XTR)))
    with pytest.raises(Declined, match="cannot_refund"):
        await stars.refund(_refund(20), charge)
    with pytest.raises(Declined, match="no_such_charge"):
        await stars.refund(_refund(), _charge("never"))


async def test_a_provider_gives_back_on_its_own_pages(payments: TelegramPayments) -> None:
    assert not payments.traits.can_refund
    charge = replace(_charge("c"), currency="CNY")
    with pytest.raises(Declined, match="cannot_refund"):
        await payments.refund(_refund(), charge)


async def test_the_statement_of_a_day_has_what_came_and_what_went(
    api: BotApi, anna: User, clock: FakeClock, stars: TelegramStars
) -> None:
    charge = api.charged(anna, await _link(stars, XTR))
    api.world.stars.append({"id": "w1", "amount": 9, "date": api.world.date(), "receiver": {"type": "fragment"}})
    clock.at += timedelta(days=1)
    await stars.refund(_refund(), _charge(charge))
    [came] = await stars.statement(NOW.date())
    assert (came.kind, came.reference, came.intent, came.amount) == ("charge", charge, XTR.id, Money(50, "XTR"))
    [went] = await stars.statement((NOW + timedelta(days=1)).date())
    assert (went.kind, went.reference, went.charge, went.amount) == ("refund", charge, charge, Money(50, "XTR"))
    assert await stars.statement((NOW + timedelta(days=2)).date()) == []


# -- trouble ------------------------------------------------------------------------------------------------------


def _answering(answer: httpx.Response | Exception) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.MockTransport(handle)


TROUBLE: list[tuple[httpx.Response | Exception, type[Outside], str]] = [
    (httpx.ConnectError("no route"), Unavailable, "connection"),
    (httpx.ConnectTimeout("slow"), Unavailable, "connection"),
    (httpx.ReadTimeout("slow"), Unknown, "timeout"),
    (httpx.RemoteProtocolError("cut off"), Unknown, "connection"),
    (httpx.Response(502, text="<html>Bad Gateway</html>"), Unknown, "http_502"),
    (httpx.Response(500, json={"ok": False, "error_code": 500}), Unknown, "http_500"),
    (httpx.Response(401, json={"ok": False, "description": "Unauthorized"}), Unavailable, "token_refused"),
    (httpx.Response(404, json={"ok": False, "description": "Not Found"}), Unavailable, "token_refused"),
    (httpx.Response(429, json={"ok": False, "parameters": {"retry_after": 7}}), Unavailable, "429"),
    (httpx.Response(429, json={"ok": False, "parameters": "soon"}), Unavailable, "429"),
    (httpx.Response(400, json={"ok": False, "description": "Bad Request: X_Y_INVALID"}), Declined, "X_Y_INVALID"),
    (httpx.Response(400, json={"ok": False, "description": ["no"]}), Declined, "bad_request"),
    (httpx.Response(200, text="hello"), Unknown, "unreadable_answer"),
    (httpx.Response(200, json=[]), Unknown, "unreadable_answer"),
    (httpx.Response(200, json={"ok": True}), Unknown, "unreadable_answer"),
    (httpx.Response(200, json={"ok": True, "result": True}), Unknown, "unreadable_answer"),
    (httpx.Response(200, json={"ok": True, "result": "javascript:alert(1)"}), Unknown, "unreadable_answer"),
]


@pytest.mark.parametrize(("answer", "kind", "code"), TROUBLE, ids=[str(n) for n in range(len(TROUBLE))])
async def test_trouble_is_ours_whatever_it_was(
    api: BotApi, answer: httpx.Response | Exception, kind: type[Outside], code: str
) -> None:
    channel = TelegramPayments(wire(api, _answering(answer)), provider_token=PROVIDER_TOKEN, currency="CNY")
    with pytest.raises(kind) as caught:
        await channel.create(attempt(), title="", return_url="", payer=PAYER)
    assert caught.type is kind
    assert caught.value.code == code
    assert caught.value.retry_after == (7 if answer is TROUBLE[8][0] else 0)
    assert await channel.check() != ""
    await channel.aclose()


GARBAGE: list[object] = [
    None,
    [],
    {"transactions": {}},
    {"transactions": [None]},
    {"transactions": [{"source": {"type": "user", "user": {"id": 1}}}]},
    {"transactions": [{"id": "a", "amount": 1.5, "date": 1, "source": {"type": "user", "user": {"id": 1}}}]},
    {"transactions": [{"id": "a", "amount": 1, "date": 10**20, "source": {"type": "user", "user": {"id": 1}}}]},
    {"transactions": [{"id": "a", "amount": 1, "date": 1, "source": {"type": "user", "user": []}}]},
]


@pytest.mark.parametrize("result", GARBAGE, ids=str)
async def test_transactions_that_make_no_sense_are_asked_for_again(api: BotApi, result: object) -> None:
    answer = httpx.Response(200, json={"ok": True, "result": result})
    channel = TelegramStars(wire(api, _answering(answer)))
    with pytest.raises(Unavailable, match="unreadable_answer"):
        await channel.query(XTR)
    await channel.aclose()


async def test_the_operator_is_told_whether_it_works(
    api: BotApi, payments: TelegramPayments, stars: TelegramStars
) -> None:
    assert await payments.check() == ""
    assert await stars.check() == ""
    wrong = TelegramPayments(wire(api), provider_token="1:TEST:wrong", currency="CNY")
    assert "PAYMENT_PROVIDER_INVALID" in await wrong.check()
    exotic = TelegramPayments(wire(api), provider_token=PROVIDER_TOKEN, currency="KWD")
    assert "KWD" in await exotic.check()
    strange = TelegramStars(Wire("2:other", httpx.AsyncClient(trust_env=False), api.base_url.removesuffix("/bot")))
    assert "token_refused" in await strange.check()
    for channel in (wrong, exotic, strange):
        await channel.aclose()


async def test_no_webhook_of_theirs_is_believed(payments: TelegramPayments, stars: TelegramStars) -> None:
    for channel in (payments, stars):
        with pytest.raises(Unverified):
            channel.verify({"x-telegram-bot-api-secret-token": "s"}, b"{}", NOW)
