"""UnionPay, from our page over its own to giving back, against a gateway that is as strict as the real one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from adapters.channels.unionpay import Keys, UnionPay
from adapters.channels.unionpay.wire import TAKEN, read_text
from bot.domain.model import Charge, Intent, IntentState, Refund, RefundId, RefundState
from bot.domain.money import Money
from bot.ports import Declined, FakeClock, Outside, Payer, Surface, Unavailable, Unknown
from tests.channels.unionpay.conftest import NOW, brought, intent, keys, made, site
from tests.channels.unionpay.keys import PASSWORD, certificate, key, middle, pem, pfx, root
from tests.channels.unionpay.server import UnionPayGateway

OPERATIONS = ["query", "close", "refund", "query_refund", "statement"]


async def _created(channel: UnionPay, one: Intent, surface: Surface = "web", title: str = "火锅") -> Intent:
    payer = Payer(surface=surface, locale="zh_CN")
    answer = await channel.create(one, title=title, return_url="https://pay.example/pay/x", payer=payer)
    return replace(one, state=answer.state, action=answer.action, expires_at=answer.expires_at)


async def _paid(channel: UnionPay, gateway: UnionPayGateway, number: int = 1) -> tuple[Intent, Charge]:
    one = await _created(channel, intent(number))
    await brought(channel, one.action["url"])
    query_id = gateway.end(one.id).query_id
    return one, Charge("unionpay", query_id, one.collection, one.member, one.amount, "CNY", NOW, intent=one.id)


def _refund(amount: int, number: int = 1) -> Refund:
    return Refund(
        id=RefundId(f"REFUND234567ABC{number}"),
        channel="unionpay",
        charge="",
        collection=intent().collection,
        member=intent().member,
        amount=amount,
        currency="CNY",
        created_at=NOW,
    )


# -- the pages between --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("surface", "channel_type"), [("web", "07"), ("mobile", "08")])
async def test_the_payer_is_handed_over_with_a_signed_form(
    unionpay: UnionPay, gateway: UnionPayGateway, surface: Surface, channel_type: str
) -> None:
    one = await _created(unionpay, intent(), surface)
    assert one.action["kind"] == "redirect"
    assert one.action["url"].startswith("https://pay.example/unionpay/")
    assert one.expires_at == NOW + timedelta(minutes=15)
    assert await brought(unionpay, one.action["url"]) == f"<html>00 {one.id}</html>"
    fields = gateway.of(one.id).fields
    assert (fields["txnAmt"], fields["txnTime"], fields["payTimeout"]) == ("3333", "20261124100000", "20261124101500")
    assert fields["channelType"] == channel_type
    assert (fields["frontUrl"], fields["backUrl"]) == (
        "https://pay.example/unionpay/back/pay/x",
        "https://pay.example/hooks/unionpay",
    )


async def test_the_page_lets_its_form_go_to_unionpay_only(unionpay: UnionPay, gateway: UnionPayGateway) -> None:
    one = await _created(unionpay, intent(), title='<script>alert("火锅")</script>')
    async with site(unionpay) as browser:
        page = await browser.get(urlsplit(one.action["url"]).path)
    policy = page.headers["content-security-policy"]
    assert f"form-action {gateway.base_url} https://*.95516.com;" in policy
    assert "script-src 'self'" in policy
    assert "<script>alert" not in page.text
    assert "33.33" in page.text


async def test_the_address_of_the_page_is_signed_and_expires(unionpay: UnionPay, clock: FakeClock) -> None:
    one = await _created(unionpay, intent())
    path = urlsplit(one.action["url"]).path
    async with site(unionpay) as browser:
        changed = path[:-1] + ("A" if path[-1] != "A" else "B")
        for wrong in (changed, "/unionpay/x", "/unionpay/" + "A" * 500):
            assert (await browser.get(wrong)).status_code == 404
        clock.at = NOW + timedelta(minutes=14, seconds=59)
        assert (await browser.get(path)).status_code == 200
        clock.at = NOW + timedelta(minutes=15)
        assert (await browser.get(path)).status_code == 404


async def test_the_way_back_leads_to_our_own_site_only(unionpay: UnionPay) -> None:
    async with site(unionpay) as browser:
        for path in ("pay/x", "/evil.example/x", "https://evil.example", "..//evil.example"):
            answer = await browser.post(f"/unionpay/back/{path}", data={"respCode": "00"})
            assert answer.status_code in (303, 404, 405)
            if answer.status_code == 303:
                assert answer.headers["location"].startswith("https://pay.example/")


async def test_the_same_attempt_has_the_same_address(unionpay: UnionPay, clock: FakeClock) -> None:
    first = await _created(unionpay, intent())
    clock.at += timedelta(seconds=30)
    assert (await _created(unionpay, intent())).action == first.action


@pytest.mark.parametrize("one", [intent(currency="EUR"), intent(amount=0), intent(amount=10**12)])
async def test_what_unionpay_cannot_take_is_declined(unionpay: UnionPay, one: Intent) -> None:
    with pytest.raises(Declined):
        await _created(unionpay, one)


# -- what became of it --------------------------------------------------------------------------------------------


async def test_what_was_paid_is_known_with_its_amount(unionpay: UnionPay, gateway: UnionPayGateway) -> None:
    one = await _created(unionpay, intent())
    assert (await unionpay.query(one)).state is IntentState.PENDING
    await brought(unionpay, one.action["url"])
    assert (await unionpay.query(one)).state is IntentState.PENDING
    query_id = gateway.end(one.id).query_id
    for answer in (await unionpay.query(one), await unionpay.close(one)):
        assert answer.state is IntentState.PAID
        assert answer.charge is not None
        assert (answer.charge.reference, answer.charge.amount, answer.charge.at) == (query_id, Money(3333, "CNY"), NOW)


async def test_what_was_not_paid_is_final_only_after_its_time(
    unionpay: UnionPay, gateway: UnionPayGateway, clock: FakeClock
) -> None:
    one = await _created(unionpay, intent())
    await brought(unionpay, one.action["url"])
    gateway.end(one.id, "64")
    early = await unionpay.close(one)
    assert (early.state, early.cause, early.expires_at) == (IntentState.PENDING, "64", one.expires_at)
    clock.at = NOW + timedelta(minutes=15)
    late = await unionpay.close(one)
    assert (late.state, late.cause) == (IntentState.FAILED, "64")


async def test_what_never_came_to_unionpay_is_closed_after_its_time(unionpay: UnionPay, clock: FakeClock) -> None:
    one = await _created(unionpay, intent())
    assert (await unionpay.close(one)).state is IntentState.PENDING
    clock.at = NOW + timedelta(minutes=15)
    assert (await unionpay.close(one)).state is IntentState.CLOSED


async def test_what_still_runs_after_its_time_is_unclear(
    unionpay: UnionPay, gateway: UnionPayGateway, clock: FakeClock
) -> None:
    one = await _created(unionpay, intent())
    await brought(unionpay, one.action["url"])
    clock.at = NOW + timedelta(minutes=15)
    with pytest.raises(Unknown) as unclear:
        await unionpay.query(one)
    assert unclear.value.code == "05"


@pytest.mark.parametrize("code", sorted(TAKEN))
async def test_money_that_was_taken_and_not_booked_is_no_failure(
    unionpay: UnionPay, gateway: UnionPayGateway, clock: FakeClock, code: str
) -> None:
    one = await _created(unionpay, intent())
    await brought(unionpay, one.action["url"])
    gateway.of(one.id).code = code
    clock.at = NOW + timedelta(minutes=15)
    with pytest.raises(Unknown) as unclear:
        await unionpay.query(one)
    assert unclear.value.code == code


# -- trouble ------------------------------------------------------------------------------------------------------


async def _do(channel: UnionPay, operation: str, one: Intent, charge: Charge) -> object:
    if operation in ("query", "close"):
        return await getattr(channel, operation)(one)
    if operation == "statement":
        return await channel.statement(NOW.date())
    return await getattr(channel, operation)(_refund(100), charge)


@pytest.mark.parametrize(
    ("played", "cause"),
    [
        ("down", "http_502"),
        ("garbage", "bad_answer"),
        ("forged", "bad_answer"),
        ("unsigned", "bad_answer"),
        ("mute", "timeout"),
        ("torn", "broken_off"),
        ("03", "03"),
    ],
)
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_trouble_is_unclear_never_a_guess(
    unionpay: UnionPay, gateway: UnionPayGateway, played: str, cause: str, operation: str
) -> None:
    one, charge = await _paid(unionpay, gateway)
    gateway.trouble = [played]
    if played == "mute":
        unionpay._client.timeout = httpx.Timeout(30, read=0.05)
    with pytest.raises(Unknown) as trouble:
        await _do(unionpay, operation, one, charge)
    assert trouble.value.code == cause


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_busy_gateway_is_asked_again(unionpay: UnionPay, gateway: UnionPayGateway, operation: str) -> None:
    one, charge = await _paid(unionpay, gateway)
    gateway.trouble = ["06"]
    with pytest.raises(Unavailable):
        await _do(unionpay, operation, one, charge)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_nobody_there_means_that_nothing_happened(clock: FakeClock, operation: str) -> None:
    async with UnionPayGateway(clock) as gone:
        channel = made(gone, clock)
    charge = Charge("unionpay", "1" * 21, intent().collection, intent().member, 1, "CNY", NOW)
    with pytest.raises(Unavailable):
        await _do(channel, operation, intent(), charge)
    await channel.aclose()


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout, httpx.WriteError, httpx.RemoteProtocolError, httpx.DecodingError, httpx.ProxyError]
)
async def test_no_foreign_exception_leaks(clock: FakeClock, error: type[httpx.HTTPError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("x")

    async with UnionPayGateway(clock) as gateway:
        channel = made(gateway, clock)
    await channel.aclose()
    channel._gateway._client = httpx.AsyncClient(transport=httpx.MockTransport(fail))
    charge = Charge("unionpay", "1" * 21, intent().collection, intent().member, 1, "CNY", NOW)
    for operation in OPERATIONS:
        with pytest.raises(Outside):
            await _do(channel, operation, intent(), charge)
    assert await channel.check() != ""


def test_answers_are_read_as_unionpay_writes_them() -> None:
    text = "respMsg=ok[0000000]&customerInfo={phoneNo=1&certifId=2}&accNo=&x=[a&b]&signature=A+/=="
    assert read_text(text) == {
        "respMsg": "ok[0000000]",
        "customerInfo": "{phoneNo=1&certifId=2}",
        "accNo": "",
        "x": "[a&b]",
        "signature": "A+/==",
    }
    assert read_text("open={a&b=1") == {"open": "{a", "b": "1"}
    with pytest.raises(ValueError, match="twice"):
        read_text("a=1&a=2")


# -- giving back --------------------------------------------------------------------------------------------------


async def test_a_refund_is_taken_in_and_then_carried_out(unionpay: UnionPay, gateway: UnionPayGateway) -> None:
    _, charge = await _paid(unionpay, gateway)
    first = await unionpay.refund(_refund(1111), charge)
    assert first.state is RefundState.PENDING
    again = await unionpay.refund(_refund(1111), charge)
    assert (again.state, again.reference) == (RefundState.PENDING, first.reference)
    gateway.end(_refund(1).id)
    done = await unionpay.query_refund(_refund(1111), charge)
    assert (done.state, done.reference) == (RefundState.REFUNDED, first.reference)
    with pytest.raises(Unknown):
        await unionpay.query_refund(_refund(1112), charge)


async def test_a_refund_that_the_bank_refuses_failed(unionpay: UnionPay, gateway: UnionPayGateway) -> None:
    _, charge = await _paid(unionpay, gateway)
    await unionpay.refund(_refund(1111), charge)
    gateway.end(_refund(1).id, "60")
    answer = await unionpay.query_refund(_refund(1111), charge)
    assert (answer.state, answer.cause) == (RefundState.FAILED, "60")


async def test_more_than_was_paid_does_not_go_back(unionpay: UnionPay, gateway: UnionPayGateway) -> None:
    _, charge = await _paid(unionpay, gateway)
    with pytest.raises(Declined) as no:
        await unionpay.refund(_refund(3334), charge)
    assert no.value.code == "36"


async def test_a_refund_that_is_not_found_failed_but_not_at_once(
    unionpay: UnionPay, gateway: UnionPayGateway, clock: FakeClock
) -> None:
    _, charge = await _paid(unionpay, gateway)
    assert (await unionpay.query_refund(_refund(1), charge)).state is RefundState.PENDING
    clock.at += timedelta(minutes=1)
    assert (await unionpay.query_refund(_refund(1), charge)).state is RefundState.FAILED


# -- the operator -------------------------------------------------------------------------------------------------


async def test_the_check_says_what_to_mend_or_nothing(clock: FakeClock) -> None:
    async with UnionPayGateway(clock) as gateway:
        sound, others_root = keys(), certificate("OTHER", "OTHER")
        between = certificate("CFCA OCA1", "OTHER", whose="somebody")
        cases = {
            "": sound,
            "refuses our signature": replace(sound, private=key("somebody")),
            "do root_cert and middle_cert": replace(sound, middle=between, root=others_root),
        }
        for words, own in cases.items():
            channel = made(gateway, clock, own)
            said = await channel.check()
            assert (said == "") if not words else (words in said)
            await channel.aclose()
        gateway.trouble = ["32"]
        channel = made(gateway, clock)
        assert "signed up for" in await channel.check()
        await channel.aclose()


def test_files_that_do_not_fit_are_named() -> None:
    stranger = pem(certificate("OTHER", "OTHER"))
    cases = {
        "is the password right": (pfx(), "wrong", middle(), root()),
        "cannot be opened": (b"?", PASSWORD, middle(), root()),
        "intermediate certificate cannot be read": (pfx(), PASSWORD, b"?", root()),
        "was not issued by": (pfx(), PASSWORD, middle(), stranger),
    }
    for words, (own, password, between, top) in cases.items():
        with pytest.raises(ValueError, match=words):
            Keys.read(own, password, middle=between, root=top, live=True)


def test_notices_are_acknowledged(unionpay: UnionPay) -> None:
    assert unionpay.acknowledge() == (200, b"ok", "text/plain")
