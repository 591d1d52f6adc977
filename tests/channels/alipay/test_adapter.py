"""Alipay, from ordering to giving back, against a gateway that is as strict as the real one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from adapters.channels.alipay import Alipay, Keys
from bot.domain.model import Charge, Intent, IntentState, Refund, RefundId, RefundState
from bot.domain.money import Money
from bot.ports import ChannelAnswer, Declined, FakeClock, Outside, Payer, Surface, Unavailable, Unknown
from tests.channels.alipay.conftest import NOW, intent, made
from tests.channels.alipay.keys import certificate, key, private_pem, public_pem, roots
from tests.channels.alipay.server import AlipayGateway

PHONE, DESK = Payer(surface="mobile"), Payer(surface="web")


async def _created(alipay: Alipay, one: Intent, payer: Payer = DESK, title: str = "Hotpot") -> Intent:
    """The attempt as the core keeps it after its creation."""
    answer = await alipay.create(one, title=title, return_url="https://pay.example/pay/x", payer=payer)
    return replace(one, state=answer.state, action=answer.action, expires_at=answer.expires_at, surface=payer.surface)


async def test_at_a_desk_one_scans_a_code(alipay: Alipay) -> None:
    answer = await alipay.create(intent(), title="Hotpot", return_url="https://pay.example/x", payer=DESK)
    assert answer.state is IntentState.PENDING
    assert answer.action == {"kind": "qr", "url": "https://qr.alipay.com/baxINTENT234567ABC1"}
    assert answer.expires_at == NOW + timedelta(minutes=15)


@pytest.mark.parametrize("surface", ["mobile", "alipay"])
async def test_on_a_phone_one_is_led_to_the_cashier(alipay: Alipay, gateway: AlipayGateway, surface: Surface) -> None:
    payer = Payer(surface=surface)
    answer = await alipay.create(intent(), title="Hotpot", return_url="https://pay.example/x", payer=payer)
    assert answer.action["kind"] == "redirect"
    assert gateway.asked == []
    order = await gateway.open(answer.action["url"])
    assert (order.number, order.amount, order.subject) == (intent().id, "33.33", "Hotpot")
    assert order.notify_url == "https://pay.example/hooks/alipay"


async def test_the_same_attempt_has_the_same_address(alipay: Alipay, clock: FakeClock) -> None:
    first = await _created(alipay, intent(), PHONE)
    clock.at += timedelta(seconds=30)
    assert (await _created(alipay, intent(), PHONE)).action == first.action


async def test_what_was_paid_is_known_with_its_amount(alipay: Alipay, gateway: AlipayGateway) -> None:
    one = await _created(alipay, intent())
    assert (await alipay.query(one)).state is IntentState.PENDING
    gateway.scan(one.id)
    assert (await alipay.query(one)).state is IntentState.PENDING
    order = gateway.pay(one.id)
    for answer in (await alipay.query(one), await alipay.close(one)):
        assert answer.state is IntentState.PAID
        assert answer.charge is not None
        assert (answer.charge.reference, answer.charge.amount) == (order.trade_no, Money(3333, "CNY"))
        assert answer.charge.at == NOW


async def test_creating_what_was_paid_already_says_so(alipay: Alipay, gateway: AlipayGateway) -> None:
    await _created(alipay, intent())
    gateway.pay(intent().id)
    again = await alipay.create(intent(), title="Hotpot", return_url="https://pay.example/x", payer=DESK)
    assert again.state is IntentState.PAID


async def test_a_trade_that_waits_is_closed(alipay: Alipay, gateway: AlipayGateway) -> None:
    one = await _created(alipay, intent())
    gateway.scan(one.id)
    assert (await alipay.close(one)).state is IntentState.CLOSED
    assert gateway.pay(one.id).status == "TRADE_CLOSED"
    assert (await alipay.query(one)).state is IntentState.CLOSED


async def test_a_code_that_nobody_scanned_is_called_off(alipay: Alipay, gateway: AlipayGateway) -> None:
    one = await _created(alipay, intent())
    assert (await alipay.close(one)).state is IntentState.CLOSED
    assert gateway.asked[-1][0] == "alipay.trade.cancel"
    assert gateway.pay(one.id).status == ""


async def test_a_cashier_that_nobody_opened_stays_payable_until_its_time_is_over(
    alipay: Alipay, gateway: AlipayGateway, clock: FakeClock
) -> None:
    one = await _created(alipay, intent(), PHONE)
    answer = await alipay.close(one)
    assert (answer.state, answer.expires_at) == (IntentState.PENDING, one.expires_at)
    clock.at = NOW + timedelta(minutes=15)
    assert (await alipay.close(one)).state is IntentState.CLOSED
    assert (await alipay.query(one)).state is IntentState.CLOSED
    assert "alipay.trade.cancel" not in [method for method, _ in gateway.asked]


async def test_what_was_never_created_is_closed(alipay: Alipay) -> None:
    assert (await alipay.query(intent())).state is IntentState.CLOSED


async def test_money_that_came_in_between_goes_back(alipay: Alipay, gateway: AlipayGateway) -> None:
    """Alipay's cancel gives a payment back that it finds: then nothing is owed to anybody."""
    one = await _created(alipay, intent())
    found = gateway._found
    gateway.pay(one.id)
    gateway._found = lambda _: None  # type: ignore[method-assign]
    closing = gateway._cancelled

    def cancelled(content: dict[str, str], _: object) -> dict[str, str]:
        gateway._found = found  # type: ignore[method-assign]
        return closing(content, found(content))

    gateway._cancelled = cancelled  # type: ignore[assignment, method-assign]
    answer = await alipay.close(one)
    assert (answer.state, answer.cause) == (IntentState.CLOSED, "refunded_by_cancel")


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("火锅 & 奶茶/2=?", "火锅 奶茶 2 ?"),
        ("&total_amount=9.00&total_z=1", "total_amount 9.00 total_z 1"),
        ("🍲\x00\u202e", "群收"),
        ("", "群收"),
        ("长" * 300, "长" * 128),
    ],
)
async def test_a_title_is_made_fit(alipay: Alipay, gateway: AlipayGateway, title: str, subject: str) -> None:
    await _created(alipay, intent(), title=title)
    assert gateway.orders[intent().id].subject == subject


@pytest.mark.parametrize("one", [intent(currency="EUR"), intent(amount=0), intent(amount=10**10 + 1)])
async def test_what_alipay_cannot_take_is_declined(alipay: Alipay, one: Intent) -> None:
    with pytest.raises(Declined):
        await alipay.create(one, title="", return_url="https://pay.example/x", payer=DESK)


# -- trouble ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("played", "cause"),
    [
        ("down", "http_502"),
        ("garbage", "bad_answer"),
        ("forged", "bad_answer"),
        ("unsigned", "unsigned_answer|ACQ.TRADE_STATUS_ERROR"),
        ("mute", "timeout"),
        ("torn", "broken_off"),
        ("system_error", "ACQ.SYSTEM_ERROR"),
        ("busy", "isp.unknow-error"),
    ],
)
@pytest.mark.parametrize("operation", ["create", "query", "close", "refund", "query_refund"])
async def test_trouble_is_unclear_never_a_guess(
    alipay: Alipay, gateway: AlipayGateway, played: str, cause: str, operation: str
) -> None:
    one = await _created(alipay, intent(2))
    order = gateway.pay(one.id)
    gateway.trouble = [played]
    if played == "mute":
        alipay._client.timeout = httpx.Timeout(30, read=0.05)
    with pytest.raises(Unknown) as trouble:
        await _do(alipay, operation, intent() if operation == "create" else one, order.trade_no)
    assert trouble.value.code in cause.split("|")


@pytest.mark.parametrize("operation", ["create", "query", "close", "refund", "query_refund"])
async def test_too_many_questions_are_put_off(alipay: Alipay, gateway: AlipayGateway, operation: str) -> None:
    gateway.trouble = ["limited"]
    with pytest.raises(Unavailable):
        await _do(alipay, operation, intent(), "2026112422001000000000000001")


@pytest.mark.parametrize("operation", ["create", "query", "close", "refund", "query_refund", "statement"])
async def test_nobody_there_means_that_nothing_happened(clock: FakeClock, operation: str) -> None:
    async with AlipayGateway(clock) as gone:
        alipay = made(gone, clock)
    with pytest.raises(Unavailable):
        await _do(alipay, operation, intent(), "1")
    await alipay.aclose()


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout, httpx.WriteError, httpx.RemoteProtocolError, httpx.DecodingError, httpx.ProxyError]
)
async def test_no_foreign_exception_leaks(clock: FakeClock, error: type[httpx.HTTPError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("x")

    async with AlipayGateway(clock) as gateway:
        alipay = made(gateway, clock)
    await alipay.aclose()
    alipay._gateway._client = httpx.AsyncClient(transport=httpx.MockTransport(fail))
    for operation in ("create", "query", "close", "refund", "query_refund", "statement"):
        with pytest.raises(Outside):
            await _do(alipay, operation, intent(), "1")
    assert await alipay.check() != ""


async def _do(alipay: Alipay, operation: str, one: Intent, trade_no: str) -> object:
    if operation == "create":
        return await alipay.create(one, title="Hotpot", return_url="https://pay.example/x", payer=DESK)
    if operation in ("query", "close"):
        return await getattr(alipay, operation)(one)
    if operation == "statement":
        return await alipay.statement(NOW.date())
    return await getattr(alipay, operation)(_refund(100), _charge(one, trade_no))


async def test_a_refusal_of_ours_says_nothing_about_the_trade(clock: FakeClock) -> None:
    """With a wrong key Alipay says no to every question; no attempt is closed for that."""
    async with AlipayGateway(clock) as gateway:
        wrong = Keys.plain(private_pem("somebody"), public_pem("alipay"))
        alipay = made(gateway, clock, wrong)
        with pytest.raises(Declined):
            await _created(alipay, intent())
        for operation in ("query", "close", "query_refund"):
            with pytest.raises(Unknown):
                await _do(alipay, operation, intent(), "1")
        await alipay.aclose()


# -- giving back --------------------------------------------------------------------------------------------------


def _charge(one: Intent, trade_no: str) -> Charge:
    return Charge("alipay", trade_no, one.collection, one.member, one.amount, "CNY", NOW, intent=one.id)


def _refund(amount: int, number: int = 1) -> Refund:
    return Refund(
        id=RefundId(f"REFUND234567ABC{number}"),
        channel="alipay",
        charge="",
        collection=intent().collection,
        member=intent().member,
        amount=amount,
        currency="CNY",
        created_at=NOW,
    )


async def test_a_part_goes_back_once_however_often_it_is_asked_for(alipay: Alipay, gateway: AlipayGateway) -> None:
    one = await _created(alipay, intent())
    order = gateway.pay(one.id)
    charge = _charge(one, order.trade_no)
    for _ in range(2):
        answer = await alipay.refund(_refund(1111), charge)
        assert (answer.state, answer.reference) == (RefundState.REFUNDED, _refund(1111).id)
    assert order.refunded == 1111
    assert (await alipay.query_refund(_refund(1111), charge)).state is RefundState.REFUNDED
    assert (await alipay.refund(_refund(2222, 2), charge)).state is RefundState.REFUNDED
    assert order.status == "TRADE_CLOSED"


async def test_more_than_was_paid_does_not_go_back(alipay: Alipay, gateway: AlipayGateway) -> None:
    one = await _created(alipay, intent())
    order = gateway.pay(one.id)
    with pytest.raises(Declined) as no:
        await alipay.refund(_refund(3334), _charge(one, order.trade_no))
    assert no.value.code == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"


async def test_a_refund_that_is_not_found_failed_but_not_at_once(
    alipay: Alipay, gateway: AlipayGateway, clock: FakeClock
) -> None:
    one = await _created(alipay, intent())
    order = gateway.pay(one.id)
    charge = _charge(one, order.trade_no)
    assert (await alipay.query_refund(_refund(1), charge)).state is RefundState.PENDING
    clock.at += timedelta(minutes=1)
    assert (await alipay.query_refund(_refund(1), charge)).state is RefundState.FAILED


async def test_a_refund_of_another_amount_is_not_taken_for_ours(alipay: Alipay, gateway: AlipayGateway) -> None:
    one = await _created(alipay, intent())
    charge = _charge(one, gateway.pay(one.id).trade_no)
    await alipay.refund(_refund(5), charge)
    with pytest.raises(Unknown):
        await alipay.query_refund(_refund(6), charge)


# -- the operator -------------------------------------------------------------------------------------------------


async def test_the_check_is_silent_when_all_is_well(alipay: Alipay) -> None:
    assert await alipay.check() == ""


async def test_the_check_says_what_to_mend(clock: FakeClock) -> None:
    async with AlipayGateway(clock) as gateway:
        cases = {
            "upload the public half": Keys.plain(private_pem("somebody"), public_pem("alipay")),
            "compare alipay_public_key": Keys.plain(private_pem("app"), public_pem("somebody")),
        }
        for words, own in cases.items():
            alipay = made(gateway, clock, own)
            assert words in await alipay.check()
            await alipay.aclose()
        gateway.trouble = ["down"]
        alipay = made(gateway, clock)
        assert "http_502" in await alipay.check()
        await alipay.aclose()


async def test_with_certificates_their_numbers_go_along(clock: FakeClock) -> None:
    own = Keys.certified(private_pem("app"), app=certificate("app"), alipay=certificate("alipay"), root=roots())
    assert own.numbers["alipay_root_cert_sn"].count("_") == 1
    async with AlipayGateway(clock, numbers=own.numbers, cert_sn=own.alipay_cert_sn) as gateway:
        alipay = made(gateway, clock, own)
        assert await alipay.check() == ""
        answer: ChannelAnswer = await alipay.create(intent(), title="", return_url="https://x.example/", payer=PHONE)
        assert parse_qs(urlsplit(answer.action["url"]).query)["app_cert_sn"] == [own.numbers["app_cert_sn"]]
        gateway._cert_sn = "0" * 32
        assert "compare" in await alipay.check()
        await alipay.aclose()
        assert gateway.violations == []


def test_keys_that_do_not_fit_are_named() -> None:
    cases = {
        "does not belong": (private_pem("somebody"), certificate("app")),
        "private key cannot be read": (b"x", certificate("app")),
        "app's certificate": (private_pem("app"), b"x"),
    }
    for words, (private, app) in cases.items():
        with pytest.raises(ValueError, match=words):
            Keys.certified(private, app=app, alipay=certificate("alipay"), root=roots())
    with pytest.raises(ValueError, match="public key cannot be read"):
        Keys.plain(private_pem("app"), b"not a key")


def test_the_bare_base64_of_alipays_own_tool_is_a_key_too() -> None:
    bare = [
        b"".join(line for line in pem.splitlines() if not line.startswith(b"-"))
        for pem in (private_pem("app"), public_pem("alipay"))
    ]
    assert Keys.plain(*bare).alipay == key("alipay").public_key()


def test_notices_are_acknowledged_with_one_word(alipay: Alipay) -> None:
    assert alipay.acknowledge() == (200, b"success", "text/plain")
