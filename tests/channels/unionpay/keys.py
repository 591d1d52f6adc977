"""Keys and certificates: a root, an issuer below it, UnionPay below that, others, and a merchant's .pfx."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

MER_ID, PASSWORD = "777290058110048", "000000"
UNIONPAY: Final = "041@8310000000083040@中国银联股份有限公司@00016494"
_FROM: Final = datetime(2026, 1, 1, tzinfo=UTC)


@lru_cache
def key(whose: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "cn"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "CFCA OCA1"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


@lru_cache
def certificate(
    common: str, issuer: str, *, whose: str = "", days: int = 3650, serial: int = 68759585092
) -> x509.Certificate:
    """``whose`` key is in it (else that of ``common``), signed with the issuer's key."""
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(_name(issuer))
        .public_key(key(whose or common).public_key())
        .serial_number(serial)
        .not_valid_before(_FROM)
        .not_valid_after(_FROM + timedelta(days=days))
        .sign(key(issuer), hashes.SHA256())
    )


def pem(of: x509.Certificate) -> bytes:
    return of.public_bytes(serialization.Encoding.PEM)


def root() -> bytes:
    return pem(certificate("CFCA ROOT", "CFCA ROOT"))


def middle() -> bytes:
    return pem(certificate("CFCA OCA1", "CFCA ROOT"))


@lru_cache
def pfx() -> bytes:
    """The merchant's key with its certificate."""
    return pkcs12.serialize_key_and_certificates(
        b"merchant",
        key("merchant"),
        certificate("merchant", "CFCA OCA1"),
        None,
        serialization.BestAvailableEncryption(PASSWORD.encode()),
    )
