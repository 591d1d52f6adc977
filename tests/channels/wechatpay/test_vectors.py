"""Published notices and seals of WeChat Pay (Apache-2.0): known answers that were not made by us."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509 import load_pem_x509_certificate

from adapters.channels.wechatpay import hook, strict
from adapters.channels.wechatpay.facts import Merchant
from adapters.channels.wechatpay.sign import Rsa, check, unsealed
from bot.ports import Unverified
from tests.channels.wechatpay import keys

VECTORS = {
    vector["name"]: vector
    for vector in json.loads((Path(__file__).parents[2] / "fixtures" / "channel_vectors.json").read_text("utf-8"))[
        "vectors"
    ]
}
NOTICE: dict[str, Any] = VECTORS["wechatpay v3 notification: RSA-SHA256 signature and AES-256-GCM resource"]
THEN = datetime.fromtimestamp(int(NOTICE["headers"]["Wechatpay-Timestamp"]), UTC)
HEADERS = {name.lower(): value for name, value in NOTICE["headers"].items()}
BODY = NOTICE["body"].encode()


class Published(Rsa):
    """With a merchant's key of ours and the published API v3 key, which is of an older length."""

    def __init__(self) -> None:
        super().__init__(keys.rsa_pair("merchant").private, NOTICE["apiv3_key"])


def find(serial: str) -> Any:
    certificate = load_pem_x509_certificate(NOTICE["certificate"].encode())
    return Published().certificate_key(certificate) if serial == f"{certificate.serial_number:X}" else None


def test_a_published_notice_is_genuine_and_opens() -> None:
    check(HEADERS, BODY, Published(), find, THEN)
    inside = strict.read(unsealed(strict.part(strict.read(BODY), "resource"), Published()))
    assert inside["mchid"] == NOTICE["expect"]["mchid"]


def test_it_says_nothing_about_a_payment() -> None:
    ours = Merchant("1234567890", "wx0000000000000000")
    assert hook.read(HEADERS, BODY, THEN, suite=Published(), find=find, ours=ours) == ()


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        (HEADERS, BODY + b" ", THEN),
        (HEADERS, BODY, THEN + timedelta(seconds=301)),
        (HEADERS, BODY, THEN - timedelta(seconds=301)),
        (HEADERS | {"wechatpay-serial": "0" + HEADERS["wechatpay-serial"][1:]}, BODY, THEN),
        (HEADERS | {"wechatpay-nonce": "x"}, BODY, THEN),
        (HEADERS | {"wechatpay-signature": HEADERS["wechatpay-signature"][4:]}, BODY, THEN),
    ],
)
def test_changed_it_is_not_genuine(headers: dict[str, str], body: bytes, now: datetime) -> None:
    with pytest.raises(Unverified):
        check(headers, body, Published(), find, now)


def test_a_published_seal_opens() -> None:
    vector = VECTORS["wechatpay v3 AES-256-GCM"]
    opened = AESGCM(vector["key"].encode()).decrypt(
        vector["nonce"].encode(), base64.b64decode(vector["ciphertext"]), vector["associated_data"].encode()
    )
    assert opened == vector["plaintext"].encode()
    suite = Rsa(keys.rsa_pair("merchant").private, vector["key"])
    resource = {name: vector[name] for name in ("nonce", "ciphertext", "associated_data")}
    assert unsealed(resource | {"algorithm": suite.cipher}, suite) == opened
    with pytest.raises(Unverified):
        unsealed(resource | {"algorithm": suite.cipher, "associated_data": ""}, suite)
