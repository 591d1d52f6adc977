"""Keys and certificates for a make-believe Alipay and a make-believe app of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

APP_ID, SELLER_ID = "2021000000000001", "2088000000000001"
_FROM: Final = datetime(2026, 1, 1, tzinfo=UTC)


@lru_cache
def key(whose: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def private_pem(whose: str) -> bytes:
    return key(whose).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_pem(whose: str) -> bytes:
    return (
        key(whose)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ant Financial"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Certification Authority"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


@lru_cache
def certificate(whose: str, issuer: str = "root", *, serial: int = 20261124) -> bytes:
    """PEM, signed with the issuer's key."""
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(whose))
        .issuer_name(_name(issuer))
        .public_key(key(whose).public_key())
        .serial_number(serial)
        .not_valid_before(_FROM)
        .not_valid_after(_FROM + timedelta(days=3650))
        .sign(key(issuer), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


@lru_cache
def roots() -> bytes:
    """Two with RSA and, between them, one with another curve, as in Alipay's file; blank lines between."""
    other = ec.generate_private_key(ec.SECP256R1())
    elliptic = (
        x509.CertificateBuilder()
        .subject_name(_name("curve"))
        .issuer_name(_name("curve"))
        .public_key(other.public_key())
        .serial_number(7)
        .not_valid_before(_FROM)
        .not_valid_after(_FROM + timedelta(days=3650))
        .sign(other, hashes.SHA256())
    )
    parts = (
        certificate("root", serial=11),
        elliptic.public_bytes(serialization.Encoding.PEM),
        certificate("root", serial=12),
    )
    return b"\n".join(parts)
