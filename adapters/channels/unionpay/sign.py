"""Signatures of version 5.1.0: RSA-SHA256 over the hexadecimal SHA-256 of the sorted fields.

UnionPay sends the certificate it signed with along (``signPubKeyCert``): it is believed when it is in force, was issued
by the intermediate certificate we have, that one by the root we have, and its common name is UnionPay's.
Source: UnionPay's demo of the gateway product (``acp_sdk``), https://open.unionpay.com/tjweb/acproduct/list?apiservId=448
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from adapters.sealed import unbase64

COMPANY: Final = "中国银联股份有限公司"
TEST_SIGNER: Final = "00040000:SIGN"
"""Who signs in UnionPay's test environment."""
MOST_CERTIFICATE: Final = 16 * 1024
_HASHES: Final = (hashes.SHA1, hashes.SHA256, hashes.SHA384, hashes.SHA512)


class Forged(ValueError):
    """Not signed by UnionPay."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Our key with its certificate's number, and whom we believe. ``signers``: names of UnionPay's certificates."""

    private: RSAPrivateKey
    cert_id: str
    middle: x509.Certificate
    root: x509.Certificate
    signers: frozenset[str] = frozenset({COMPANY})

    @classmethod
    def read(cls, pfx: bytes, password: str, *, middle: bytes, root: bytes, live: bool) -> Self:
        """From the files of the merchant's page; unless ``live``, the test environment's signer is believed too.
        ``ValueError`` says which file is wrong."""
        try:
            private, certificate, _ = pkcs12.load_key_and_certificates(pfx, password.encode())
        except ValueError as error:
            raise ValueError("the certificate (.pfx) cannot be opened: is the password right?") from error
        if not isinstance(private, RSAPrivateKey) or certificate is None:
            raise ValueError("the certificate (.pfx) holds no RSA key with its certificate")
        between, top = _certificate(middle, "the intermediate certificate"), _certificate(root, "the root certificate")
        if not _issued(between, top):
            raise ValueError("the intermediate certificate was not issued by the root certificate")
        signers = frozenset({COMPANY} if live else {COMPANY, TEST_SIGNER})
        return cls(private, str(certificate.serial_number), between, top, signers)

    def sign(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The fields with our certificate's number and the signature."""
        named = {name: value for name, value in fields.items() if value} | {"certId": self.cert_id}
        mark = self.private.sign(_digest(named, "utf-8"), PKCS1v15(), hashes.SHA256())
        return named | {"signature": base64.b64encode(mark).decode()}

    def check(self, fields: Mapping[str, str], now: datetime) -> None:
        """``Forged`` unless UnionPay signed exactly these fields with a certificate of its own."""
        if fields.get("version") != "5.1.0" or fields.get("signMethod") != "01":
            raise Forged("not signed in the way of version 5.1.0")
        key = self._trusted(fields.get("signPubKeyCert", ""), now)
        if not signed_with(key, fields):
            raise Forged("wrong signature")

    def _trusted(self, pem: str, now: datetime) -> RSAPublicKey:
        if len(pem) > MOST_CERTIFICATE:
            raise Forged("no certificate")
        try:  # certificates are parsed as one asks: each question can show that it is none
            certificate = x509.load_pem_x509_certificate(pem.encode())
            key = certificate.public_key()
            names = [name.value for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
            spans = [(c.not_valid_before_utc, c.not_valid_after_utc) for c in (certificate, self.middle)]
            issued = _issued(certificate, self.middle)
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
            raise Forged("no certificate") from error
        if not isinstance(key, RSAPublicKey):
            raise Forged("not a certificate for RSA")
        if not all(start <= now <= end for start, end in spans):
            raise Forged("a certificate is not in force")
        if not issued:
            raise Forged("a certificate of somebody else's issuer")
        if len(names) != 1 or _owner(str(names[0])) not in self.signers:
            raise Forged("a certificate of somebody else")
        return key


def signed_with(key: RSAPublicKey, fields: Mapping[str, str]) -> bool:
    """Whether ``signature`` is over all other fields that are not empty."""
    try:
        charset = {"utf-8": "utf-8", "gbk": "gbk"}[fields.get("encoding", "").lower()]
        key.verify(
            unbase64(fields.get("signature", "")),
            _digest({name: value for name, value in fields.items() if value and name != "signature"}, charset),
            PKCS1v15(),
            hashes.SHA256(),
        )
    except (InvalidSignature, ValueError, KeyError):
        return False
    return True


def _digest(fields: Mapping[str, str], charset: str) -> bytes:
    content = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    return hashlib.sha256(content.encode(charset)).hexdigest().encode()


def _owner(common_name: str) -> str:
    """``041@8310000000083040@中国银联股份有限公司@00016494`` → the third part."""
    parts = common_name.split("@")
    return parts[2] if len(parts) == 4 else ""


def _issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    """UnionPay's certificates are still signed with SHA-1, which ``verify_directly_issued_by`` refuses. ``ValueError``
    for what is no certificate after all."""
    key, hashed = by.public_key(), certificate.signature_hash_algorithm
    if not isinstance(key, RSAPublicKey) or not isinstance(hashed, _HASHES) or certificate.issuer != by.subject:
        return False
    try:
        key.verify(certificate.signature, certificate.tbs_certificate_bytes, PKCS1v15(), hashed)
    except InvalidSignature:
        return False
    return True


def _certificate(data: bytes, what: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(data) if b"-----" in data else x509.load_der_x509_certificate(data)
    except ValueError as error:
        raise ValueError(f"{what} cannot be read: expected .cer, PEM or DER") from error
