"""RSA2: requests are signed, answers and notices verified (SHA256withRSA, PKCS#1 v1.5).

Two modes, as the app is set up at Alipay: with Alipay's public key, or with certificates, whose numbers then go along
(https://opendocs.alipay.com/common/057k53; checking: https://opendocs.alipay.com/common/02mse7).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509.oid import NameOID

from adapters.sealed import unbase64

SHORTEST_KEY: Final = 2048
"""Bits; what RSA2 asks for."""
_RSA: Final = "1.2.840.113549.1.1."
"""Below it are the signature algorithms with RSA. The root file holds SM2 certificates too, which are not counted."""
_MEMBER: Final = re.compile(r'\s*([{,])\s*"([A-Za-z_]{1,100})"\s*:\s*')


@dataclass(frozen=True, slots=True)
class Keys:
    """Ours and Alipay's. ``numbers`` goes with every request; ``alipay_cert_sn`` is what answers must name, if set."""

    private: RSAPrivateKey
    alipay: RSAPublicKey
    numbers: Mapping[str, str] = field(default_factory=dict)
    alipay_cert_sn: str = ""

    @classmethod
    def plain(cls, private: bytes, alipay: bytes) -> Self:
        """From files: PEM, or the bare base64 that Alipay's own tool writes. ``ValueError`` says which is wrong."""
        return cls(_private(private), _public(alipay))

    @classmethod
    def certified(cls, private: bytes, *, app: bytes, alipay: bytes, root: bytes) -> Self:
        """From the three certificates that Alipay offers for download. ``ValueError`` says which is wrong."""
        key = _private(private)
        ours, theirs = _certificates(app, "the app's certificate")[0], _certificates(alipay, "Alipay's certificate")[0]
        if ours.public_key() != key.public_key():
            raise ValueError("the private key does not belong to the app's certificate")
        public = theirs.public_key()
        if not isinstance(public, RSAPublicKey):
            raise ValueError("Alipay's certificate has no RSA key")
        roots = [c for c in _certificates(root, "the root certificates") if _rsa_signed(c)]
        numbers = {"app_cert_sn": _number(ours), "alipay_root_cert_sn": "_".join(_number(c) for c in roots)}
        return cls(key, public, numbers, _number(theirs))

    def sign(self, params: Mapping[str, str]) -> str:
        """The ``sign`` of a request: over its parameters that are not empty, sorted."""
        content = "&".join(f"{name}={value}" for name, value in sorted(params.items()) if value)
        return base64.b64encode(self.private.sign(content.encode(), PKCS1v15(), hashes.SHA256())).decode()

    def verify(self, content: bytes, signature: str) -> bool:
        """Whether ``signature`` (base64) is Alipay's over ``content``."""
        try:
            self.alipay.verify(unbase64(signature), content, PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signed:
    """An answer of the gateway. ``genuine``: it carries Alipay's signature over the node as it stands in the text."""

    node: Mapping[str, Any]
    genuine: bool


def read_answer(raw: bytes, method: str, keys: Keys) -> Signed:
    """The node that answers ``method``. ``ValueError`` for what is no answer, or is signed and wrongly so.

    Refusals of the gateway itself may come without a signature; numbers are read as text.
    """
    try:
        members = {name: (value, text) for name, value, text in _members(raw.decode())}
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError("no JSON") from error
    named = f"{method.replace('.', '_')}_response"
    node, text = members.get(named) or members.get("error_response") or (None, "")
    if not isinstance(node, dict):
        raise ValueError("not the answer to the question")
    signature = members.get("sign", ("", ""))[0]
    if not signature:
        return Signed(node, genuine=False)
    if keys.alipay_cert_sn and members.get("alipay_cert_sn", ("", ""))[0] != keys.alipay_cert_sn:
        raise ValueError("signed with a certificate of Alipay's that is not ours to check: download the new one")
    if not isinstance(signature, str) or not keys.verify(text.encode(), signature):
        raise ValueError("wrong signature")
    return Signed(node, genuine=True)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _no(constant: str) -> Any:
    raise ValueError(f"{constant} is no number")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_float=str, parse_int=str, parse_constant=_no)


def _members(text: str) -> Iterator[tuple[str, Any, str]]:
    """Name, value and the text of the value, of each member of the outermost object."""
    at, opening, seen = 0, "{", set[str]()
    while True:
        match = _MEMBER.match(text, at)
        if match is None or match[1] != opening or match[2] in seen:
            raise ValueError("no JSON object")
        value, at = _DECODER.raw_decode(text, match.end())
        yield match[2], value, text[match.end() : at]
        opening = ","
        seen.add(match[2])
        if text[at:].strip() == "}":
            return


def _private(data: bytes) -> RSAPrivateKey:
    try:
        if b"-----" in data:
            key = serialization.load_pem_private_key(data, None)
        else:
            key = serialization.load_der_private_key(base64.b64decode(data), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("the private key cannot be read: expected PEM or base64, without a password") from error
    if not isinstance(key, RSAPrivateKey) or key.key_size < SHORTEST_KEY:
        raise ValueError(f"the private key is not RSA of {SHORTEST_KEY} bits or more")
    return key


def _public(data: bytes) -> RSAPublicKey:
    try:
        if b"-----" in data:
            key = serialization.load_pem_public_key(data)
        else:
            key = serialization.load_der_public_key(base64.b64decode(data))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("Alipay's public key cannot be read: expected PEM or base64") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < SHORTEST_KEY:
        raise ValueError(f"Alipay's public key is not RSA of {SHORTEST_KEY} bits or more")
    return key


def _certificates(data: bytes, what: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError as error:
        raise ValueError(f"{what} cannot be read: expected PEM") from error


def _rsa_signed(certificate: x509.Certificate) -> bool:
    return certificate.signature_algorithm_oid.dotted_string.startswith(_RSA)


def _number(certificate: x509.Certificate) -> str:
    """Alipay's number of a certificate: MD5 of the issuer's name, innermost part first, and the serial number.

    Source: ``getCertSN`` of Alipay's SDKs. A number for looking up, not a protection.
    """
    names = ((NameOID.COMMON_NAME, "CN"), (NameOID.ORGANIZATIONAL_UNIT_NAME, "OU"),
             (NameOID.ORGANIZATION_NAME, "O"), (NameOID.COUNTRY_NAME, "C"))  # fmt: skip
    found = [(short, a.value) for oid, short in names for a in certificate.issuer.get_attributes_for_oid(oid)]
    text = ",".join(f"{short}={value!s}" for short, value in found) + str(certificate.serial_number)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
