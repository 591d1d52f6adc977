"""A certificate authority of ours, and certificates as PayPal's are: for a webhook's signature to chain up to."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "messageverificationcerts.sandbox.paypal.com"


@cache
def key(number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Authority:
    """``since`` is the beginning of everything it signs; all lasts two years."""

    since: datetime
    number: int = 0

    def _name(self) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Root {self.number}")])

    def _build(self, subject: x509.Name, public: rsa.RSAPublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name())
            .public_key(public)
            .serial_number(1000 + self.number)
            .not_valid_before(self.since)
            .not_valid_after(self.since + timedelta(days=730))
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key(self.number).public_key()), False)
        )

    def root(self) -> bytes:
        public = key(self.number).public_key()
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        made = (
            self._build(self._name(), public)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .add_extension(usage, True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .sign(key(self.number), SHA256())
        )
        return made.public_bytes(Encoding.PEM)

    def leaf(self, name: str = NAME, *, number: int = 100, issuer_at: str = "") -> bytes:
        """PEM of a certificate for ``key(number)``."""
        made = (
            self._build(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key(number).public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        )
        if issuer_at:
            where = x509.UniformResourceIdentifier(issuer_at)
            access = x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, where)
            made = made.add_extension(x509.AuthorityInformationAccess([access]), False)
        return made.sign(key(self.number), SHA256()).public_bytes(Encoding.PEM)


def signature(message: bytes, number: int = 100) -> str:
    return base64.b64encode(key(number).sign(message, PKCS1v15(), SHA256())).decode()


def headers(
    body: bytes, at: datetime, webhook_id: str, cert_url: str, *, number: int = 100, id_: str = "t-1"
) -> dict[str, str]:
    """As PayPal sends them, names in lower case."""
    time = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "paypal-transmission-id": id_,
        "paypal-transmission-time": time,
        "paypal-transmission-sig": signature(f"{id_}|{time}|{webhook_id}|{zlib.crc32(body)}".encode(), number),
        "paypal-auth-algo": "SHA256withRSA",
        "paypal-cert-url": cert_url,
    }
