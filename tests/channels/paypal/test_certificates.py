"""The certificates that sign PayPal's webhooks: only its own are read, and only what chains up is believed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse

from adapters.channels.paypal import PayPal
from adapters.channels.paypal.certificates import LIVE, NAMES, SANDBOX, Certificates
from bot.ports import FakeClock, Unavailable, Unverified
from tests.channels.facts import ID, NOW
from tests.channels.paypal.authority import Authority
from tests.channels.paypal.conftest import read
from tests.channels.paypal.server import CERT_PATH, Json, PayPalServer

ANNOUNCED = "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1"


async def test_a_certificate_is_fetched_once(paypal: PayPal, server: PayPalServer, capture: Json) -> None:
    for _ in range(3):
        await read(paypal, server.event("PAYMENT.CAPTURE.COMPLETED", capture))
    assert server.calls.count(f"GET {CERT_PATH}") == 1


async def test_without_its_certificate_nothing_is_believed(paypal: PayPal, server: PayPalServer, capture: Json) -> None:
    with pytest.raises(Unverified, match="no certificate"):
        paypal.verify(*server.event("PAYMENT.CAPTURE.COMPLETED", capture), NOW)


@pytest.mark.parametrize(
    "address",
    [
        "", "https://evil.example/v1/notifications/certs/CERT-1", "https://api.paypal.com/v1/notifications/certs/CERT-1",
        "http://api.sandbox.paypal.com/v1/notifications/certs/CERT-1", "https://api.sandbox.paypal.com/CERT-1",
        "https://api.sandbox.paypal.com.evil.example/v1/notifications/certs/CERT-1", f"{ANNOUNCED}?x=1",
        "https://api.sandbox.paypal.com@evil.example/v1/notifications/certs/CERT-1", f"{ANNOUNCED}/../../x",
        "https://api.sandbox.paypal.com:444/v1/notifications/certs/CERT-1", f"{ANNOUNCED}#x", f"{ANNOUNCED}\n",
        "https://API.SANDBOX.PAYPAL.COM/v1/notifications/certs/CERT-1", "file:///etc/passwd", f"{ANNOUNCED}%2e",
    ],
)  # fmt: skip
async def test_a_certificate_from_elsewhere_is_not_even_read(address: str) -> None:
    async with _sandbox_certificates(lambda _: pytest.fail("something was fetched")) as certificates:
        await certificates.fetch(address)
        with pytest.raises(Unverified, match="elsewhere"):
            certificates.key(address, NOW)


def _sandbox_certificates(answer: object, *, roots: Path | None = None) -> _Kept:
    return _Kept(httpx.AsyncClient(transport=httpx.MockTransport(answer)), roots)  # type: ignore[arg-type]


class _Kept:
    def __init__(self, client: httpx.AsyncClient, roots: Path | None) -> None:
        self._client = client
        self.kept = Certificates(client, FakeClock(NOW), origins=SANDBOX, name=NAMES[False], roots=roots)

    async def __aenter__(self) -> Certificates:
        return self.kept

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()


async def test_live_and_sandbox_certificates_do_not_mix(tmp_path: Path) -> None:
    ours = Authority(NOW - timedelta(days=30))
    (roots := tmp_path / "roots.pem").write_bytes(ours.root())
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, content=ours.leaf()))
    ) as c:
        live = Certificates(c, FakeClock(NOW), origins=LIVE, name=NAMES[True], roots=roots)
        with pytest.raises(Unavailable, match="not_trusted"):
            await live.fetch("https://api.paypal.com/v1/notifications/certs/CERT-1")


async def test_an_issuer_that_is_missing_is_fetched_from_where_the_certificate_says(tmp_path: Path) -> None:
    ours, asked = Authority(NOW - timedelta(days=30)), []
    (roots := tmp_path / "roots.pem").write_bytes(ours.root())
    at = "http://cacerts.digicert.com/Issuer.crt"

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, content=ours.root() if "digicert" in str(request.url) else ours.leaf(issuer_at=at))

    async with _sandbox_certificates(answer, roots=roots) as certificates:
        await certificates.fetch(ANNOUNCED)
        assert certificates.key(ANNOUNCED, NOW)
    assert asked == [ANNOUNCED, at]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (Authority(NOW - timedelta(days=30), number=1).leaf(), "not_trusted"),
        (Authority(NOW - timedelta(days=30)).leaf("paypal.evil.example"), "not_trusted"),
        (Authority(NOW - timedelta(days=30)).leaf("paypal.com"), "not_trusted"),
        (Authority(NOW - timedelta(days=900)).leaf(), "not_trusted"),
        (Authority(NOW + timedelta(days=1)).leaf(), "not_trusted"),
        (b"no certificate", "no_certificate"),
        (b"x" * 100_000, "too_long"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no_certificate"),
    ],
)
async def test_a_certificate_that_does_not_chain_up_is_not_kept(tmp_path: Path, content: bytes, why: str) -> None:
    (roots := tmp_path / "roots.pem").write_bytes(Authority(NOW - timedelta(days=30)).root())
    async with _sandbox_certificates(lambda _: httpx.Response(200, content=content), roots=roots) as certificates:
        with pytest.raises(Unavailable, match=why):
            await certificates.fetch(ANNOUNCED)
        with pytest.raises(Unverified):
            certificates.key(ANNOUNCED, NOW)


async def test_a_certificate_that_runs_out_is_believed_no_more(tmp_path: Path) -> None:
    ours = Authority(NOW - timedelta(days=30))
    (roots := tmp_path / "roots.pem").write_bytes(ours.root())
    async with _sandbox_certificates(lambda _: httpx.Response(200, content=ours.leaf()), roots=roots) as certificates:
        await certificates.fetch(ANNOUNCED)
        assert certificates.key(ANNOUNCED, NOW)
        with pytest.raises(Unverified):
            certificates.key(ANNOUNCED, NOW + timedelta(days=701))


async def test_strangers_cannot_have_us_read_without_end() -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(404)

    async with _sandbox_certificates(answer) as certificates:
        for number in range(50):
            with pytest.raises(Unavailable):
                await certificates.fetch(f"{ANNOUNCED}{number}")
    assert len(asked) == 6


async def test_a_certificate_that_cannot_be_fetched_is_tried_again(
    paypal: PayPal, server: PayPalServer, capture: Json
) -> None:
    hook = server.event("PAYMENT.CAPTURE.COMPLETED", capture)
    server.trouble = [PlainTextResponse("", 503)]
    with pytest.raises(Unavailable, match="certificate_503"):
        await paypal.prepare(hook[0])
    assert (await read(paypal, hook)).intent == ID
