"""Keys of a made-up merchant and of a made-up WeChat Pay, of both kinds, made once a session."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from adapters.channels.wechatpay.sign import Rsa, Suite

APIV3_KEY = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"
MERCHANT_SERIAL = "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
PUBLIC_KEY_ID = "PUB_KEY_ID_0116000000012026112400000000001"


@dataclass(frozen=True)
class Pair:
    """A key: its private and its public PEM, and its suite, which can sign with it."""

    private: bytes
    public: bytes
    suite: Suite


@cache
def rsa_pair(which: str) -> Pair:
    """One for each name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return Pair(private, public, Rsa(private, APIV3_KEY))


@cache
def sm2_pair(which: str) -> Pair:
    from gmssl_pyx import sm2_key_generate

    from adapters.channels.wechatpay.guomi import GuoMi

    point, number = sm2_key_generate()
    head = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
    inner = bytes.fromhex("30770201010420") + number + bytes.fromhex("a00a06082a811ccf5501822da14403420004") + point
    private = _pem("PRIVATE KEY", bytes.fromhex("308193020100") + head + b"\x04\x79" + inner)
    public = _pem("PUBLIC KEY", b"\x30\x59" + head + bytes.fromhex("03420004") + point)
    return Pair(private, public, GuoMi(private, APIV3_KEY))


def _pem(kind: str, der: bytes) -> bytes:
    body = base64.encodebytes(der).decode().strip()
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n".encode()


@cache
def certificate(which: str, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> x509.Certificate:
    """Of the key with that name, good for five years."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(rsa_pair(which).private, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=5 * 365))
        .sign(key, hashes.SHA256())
    )


def pem(of: x509.Certificate) -> bytes:
    return of.public_bytes(Encoding.PEM)


def serial(of: x509.Certificate) -> str:
    return f"{of.serial_number:X}"
