"""China's own algorithms: the published vectors, and a whole payment with them."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509 import load_pem_x509_certificate

from adapters.channels.wechatpay import WeChatPay
from adapters.channels.wechatpay.guomi import GuoMi
from adapters.channels.wechatpay.keys import Keys, among
from bot.domain.model import IntentState
from bot.ports import FakeClock, Unverified
from tests.channels.wechatpay import keys
from tests.channels.wechatpay.merchant import BACK, DESK, NOW, channel_for, intent
from tests.channels.wechatpay.seal import seal
from tests.channels.wechatpay.server import WeChatPayServer

VECTORS = {
    vector["name"]: vector
    for vector in json.loads((Path(__file__).parents[2] / "fixtures" / "channel_vectors.json").read_text("utf-8"))[
        "vectors"
    ]
}
SM2: dict[str, Any] = VECTORS["wechatpay GuoMi SM2-WITH-SM3 signature"]
NUMBER = "ABCDEFGH23456789"


def suite() -> GuoMi:
    return GuoMi(SM2["private_key"].encode(), keys.APIV3_KEY)


def test_a_published_signature_is_right() -> None:
    right = suite().certificate_key(load_pem_x509_certificate(SM2["certificate"].encode()))
    signature = base64.b64decode(SM2["signature"])
    assert right(signature, SM2["message"].encode())
    assert not right(signature, b"false-message")
    assert not right(b"", SM2["message"].encode())
    assert not right(signature[:-1], SM2["message"].encode())


def test_what_we_sign_is_right_for_the_published_certificate() -> None:
    right = suite().certificate_key(load_pem_x509_certificate(SM2["certificate"].encode()))
    assert right(suite().sign(b"message"), b"message")


def test_a_published_seal_opens() -> None:
    vector = VECTORS["wechatpay GuoMi SM4-GCM, key = SM3(apiv3 key)[:16]"]
    nonce, sealed, extra = vector["nonce"], vector["ciphertext"], vector["associated_data"]
    opened = GuoMi(SM2["private_key"].encode(), vector["apiv3_key"])
    assert opened.unseal(nonce.encode(), base64.b64decode(sealed), extra.encode()) == vector["plaintext"].encode()
    for changed in (b"", b"x", base64.b64decode(sealed)[:-1]):
        with pytest.raises(ValueError):
            opened.unseal(nonce.encode(), changed, extra.encode())
    with pytest.raises(ValueError):
        opened.unseal(b"", base64.b64decode(sealed), extra.encode())


def test_a_certificate_of_that_kind_is_taken_from_the_list_and_runs_out() -> None:
    sealed = seal(GuoMi.cipher, keys.APIV3_KEY, SM2["certificate"].encode(), "certificate")
    found = Keys(suite(), {}).read({"data": [{"serial_no": SM2["serial"], "encrypt_certificate": sealed}]})
    assert list(found) == [SM2["serial"]]
    assert among(found, SM2["serial"].lower(), datetime(2023, 1, 1, tzinfo=UTC))
    assert among(found, SM2["serial"], NOW) is None


@pytest.mark.parametrize("pem", [b"", b"no key", keys.rsa_pair("merchant").private])
def test_other_keys_are_refused(pem: bytes) -> None:
    with pytest.raises(ValueError):
        GuoMi(pem, keys.APIV3_KEY)
    with pytest.raises(ValueError):
        suite().public_key(pem)


@pytest.fixture
async def pay(clock: FakeClock) -> AsyncIterator[WeChatPayServer]:
    """One that speaks nothing else."""
    async with WeChatPayServer(clock, guomi=True) as server:
        yield server
    assert server.violations == []


@pytest.fixture
async def channel(pay: WeChatPayServer) -> AsyncIterator[WeChatPay]:
    made = channel_for(pay, algorithm="guomi", products=("native",), app_secret="")
    yield made
    await made.aclose()


async def test_a_whole_payment(channel: WeChatPay, pay: WeChatPayServer) -> None:
    await channel.create(intent(), title="火锅", return_url=BACK, payer=DESK)
    pay.pay(NUMBER)
    (event,) = channel.verify(*pay.notice(NUMBER), NOW)
    assert event.answer == await channel.query(intent())
    assert event.answer is not None
    assert event.answer.state is IntentState.PAID
    assert await channel.check() == ""


async def test_a_notice_of_the_other_kind_is_refused(channel: WeChatPay, pay: WeChatPayServer) -> None:
    _, body = pay.told("TRANSACTION.SUCCESS", "transaction", {})
    rsa = pay.signed(body, suite=keys.rsa_pair("platform").suite)
    with pytest.raises(Unverified):
        channel.verify(rsa, body, NOW)
    with pytest.raises(Unverified):
        channel.verify(rsa | {"wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048"}, body, NOW)
