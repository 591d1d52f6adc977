"""WeChat Pay's signatures (WECHATPAY2-…), of requests, answers and notices, and the sealed parts of what it sends.

A ``Suite`` is the choice of algorithms: RSA, SHA-256 and AES-256-GCM here, SM2, SM3 and SM4-GCM in ``guomi``.
What is signed: method, path with query, time, nonce and body of a request, each with a line feed behind it; time, nonce
and body of what comes back.
https://wechatpay-api.gitbook.io/wechatpay-api-v3/qian-ming-zhi-nan-1/qian-ming-yan-zheng
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import Certificate

from adapters.sealed import unbase64
from bot.ports import Unverified

TOLERANCE: Final = 300
"""Seconds that a stamp may be off, to either side."""
PROBE: Final = "WECHATPAY/SIGNTEST/"
"""How a false signature begins that WeChat Pay sends now and then, to see whether it is refused."""
KEY_LENGTH: Final = 32
"""Of the API v3 key, in bytes."""

PublicKey = Callable[[bytes, bytes], bool]
"""Whether a signature (first) is right for a message (second)."""


class Suite(Protocol):
    """The algorithms of one merchant, with its private key and its API v3 key."""

    scheme: str
    """The kind of signature, as in ``Authorization`` and ``Wechatpay-Signature-Type``."""
    cipher: str
    """The kind of seal, as in ``algorithm`` of what is sealed."""
    certificates: str
    """The path of the platform's certificates for these algorithms."""

    def sign(self, message: bytes) -> bytes: ...

    def public_key(self, pem: bytes) -> PublicKey:
        """``ValueError`` when it is none."""

    def certificate_key(self, certificate: Certificate) -> PublicKey:
        """``ValueError`` when it is of another kind."""

    def unseal(self, nonce: bytes, sealed: bytes, extra: bytes) -> bytes:
        """``ValueError`` unless it is whole and sealed with our API v3 key."""


class Rsa:
    """SHA256-RSA2048 and AES-256-GCM."""

    scheme = "WECHATPAY2-SHA256-RSA2048"
    cipher = "AEAD_AES_256_GCM"
    certificates = "/v3/certificates"

    def __init__(self, private_key: bytes, apiv3_key: str) -> None:
        """``ValueError`` when a key is not one."""
        key = _loaded(lambda: load_pem_private_key(private_key, None))
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("the private key is not an RSA key")
        self._key = key
        self._sealer = AESGCM(apiv3_key.encode())

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message, PKCS1v15(), SHA256())

    def public_key(self, pem: bytes) -> PublicKey:
        return _rsa(_loaded(lambda: load_pem_public_key(pem)))

    def certificate_key(self, certificate: Certificate) -> PublicKey:
        return _rsa(_loaded(certificate.public_key))

    def unseal(self, nonce: bytes, sealed: bytes, extra: bytes) -> bytes:
        try:
            return self._sealer.decrypt(nonce, sealed, extra)
        except InvalidTag as error:
            raise ValueError("not sealed with our key") from error


def _loaded(load: Callable[[], object]) -> object:
    """``ValueError`` whatever is wrong with it: no PEM file, a password, a kind that ``cryptography`` does not know."""
    try:
        return load()
    except (UnsupportedAlgorithm, TypeError) as error:
        raise ValueError(str(error)) from error


def _rsa(key: object) -> PublicKey:
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")

    def right(signature: bytes, message: bytes) -> bool:
        try:
            key.verify(signature, message, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True

    return right


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for a merchant. ``serial`` is that of the merchant's certificate."""

    suite: Suite
    mchid: str
    serial: str

    def authorization(self, method: str, path: str, body: bytes, *, nonce: str, now: datetime) -> str:
        """The header of a request; ``path`` with its query."""
        stamp = int(now.timestamp())
        signature = self.text(f"{method}\n{path}\n{stamp}\n{nonce}\n".encode() + body + b"\n")
        return (
            f'{self.suite.scheme} mchid="{self.mchid}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{stamp}",serial_no="{self.serial}"'
        )

    def text(self, message: bytes) -> str:
        """The signature in base64."""
        return base64.b64encode(self.suite.sign(message)).decode()


class UnknownSerial(Unverified):
    """Signed with a key that we do not know (yet)."""


def check(
    headers: Mapping[str, str], body: bytes, suite: Suite, find: Callable[[str], PublicKey | None], now: datetime
) -> None:
    """``Unverified`` unless ``body`` was signed by the platform within five minutes of ``now``; ``find`` knows its
    keys by serial number or id. Header names are in lower case."""
    stamp, nonce, signature, serial, kind = (
        headers.get(f"wechatpay-{name}", "") for name in ("timestamp", "nonce", "signature", "serial", "signature-type")
    )
    if not (stamp and nonce and signature and serial):
        raise Unverified("no signature")
    if signature.startswith(PROBE):
        raise Unverified("a probe of WeChat Pay")
    if kind not in ("", suite.scheme):
        raise Unverified("another kind of signature")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        raise Unverified("no time")
    age = int(now.timestamp()) - int(stamp)
    if abs(age) > TOLERANCE:
        raise Unverified("too old" if age > 0 else "from the future")
    right = find(serial)
    if right is None:
        raise UnknownSerial("an unknown key")
    if not right(decoded(signature), f"{stamp}\n{nonce}\n".encode("utf-8", "replace") + body + b"\n"):
        raise Unverified("wrong signature")


def decoded(text: str) -> bytes:
    """Base64, in the one form that it has; ``Unverified`` when it is not."""
    try:
        return unbase64(text)
    except ValueError as error:
        raise Unverified("no base64") from error


def unsealed(resource: Mapping[str, object], suite: Suite) -> bytes:
    """What is in ``resource`` (of a notice, or an ``encrypt_certificate``); ``Unverified`` unless it is for us."""
    texts = {
        name: resource.get(name, "" if name == "associated_data" else None)
        for name in ("algorithm", "nonce", "ciphertext", "associated_data")
    }
    algorithm, nonce, ciphertext, extra = texts.values()
    if not all(isinstance(text, str) for text in texts.values()) or algorithm != suite.cipher:
        raise Unverified("not sealed as agreed")
    try:
        return suite.unseal(str(nonce).encode(), decoded(str(ciphertext)), str(extra).encode())
    except ValueError as error:
        raise Unverified("not sealed with our key") from error
