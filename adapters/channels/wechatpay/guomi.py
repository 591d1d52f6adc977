"""The same with China's own algorithms (GuoMi): SM2 over SM3 signs; SM4-GCM seals, its key is SM3(API v3 key)[:16].

SM2 comes from ``gmssl-pyx`` (extra ``guomi``); ``cryptography`` has the others, and reads certificates but no SM2 keys.
The encodings around a key on the curve sm2p256v1 (1.2.156.10197.1.301) are of fixed lengths, so they are looked for.
https://github.com/wechatpay-apiv3/wechatpay-java/tree/main/shangmi
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.x509 import Certificate
from gmssl_pyx import GmsslInnerError, sm2_sign, sm2_verify

from adapters.channels.wechatpay.sign import PublicKey

_CURVE: Final = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
"""AlgorithmIdentifier: id-ecPublicKey on sm2p256v1."""
_PUBLIC: Final = _CURVE + bytes.fromhex("03420004")
_PRIVATE: Final = bytes.fromhex("0201010420")
"""ECPrivateKey (RFC 5915): version 1, an octet string of 32."""
_POINT: Final = bytes.fromhex("a14403420004")
"""Its public key, an uncompressed point."""
_TAG: Final = 16
_PEM: Final = re.compile(rb"-----[A-Z]+ ([A-Z ]+)-----\s+([A-Za-z0-9+/=\s]+?)\s+-----[A-Z]+ \1-----")


class GuoMi:
    """SM2-WITH-SM3 and SM4-GCM."""

    scheme = "WECHATPAY2-SM2-WITH-SM3"
    cipher = "AEAD_SM4_GCM"
    certificates = "/v3/certificates?algorithm_type=SM2"

    def __init__(self, private_key: bytes, apiv3_key: str) -> None:
        """``ValueError`` when a key is not one."""
        der = _der(private_key)
        if _CURVE not in der:
            raise ValueError("the private key is not an SM2 key")
        self._private, self._public = _after(_PRIVATE, der, 32), _after(_POINT, der, 64)
        digest = Hash(SM3())
        digest.update(apiv3_key.encode())
        self._sealer = SM4(digest.finalize()[:16])

    def sign(self, message: bytes) -> bytes:
        return bytes(sm2_sign(self._private, self._public, message))

    def public_key(self, pem: bytes) -> PublicKey:
        return _sm2(_after(_PUBLIC, _der(pem), 64))

    def certificate_key(self, certificate: Certificate) -> PublicKey:
        return _sm2(_after(_PUBLIC, certificate.tbs_certificate_bytes, 64))

    def unseal(self, nonce: bytes, sealed: bytes, extra: bytes) -> bytes:
        opening = Cipher(self._sealer, GCM(nonce, sealed[-_TAG:])).decryptor()
        opening.authenticate_additional_data(extra)
        try:
            return opening.update(sealed[:-_TAG]) + opening.finalize()
        except InvalidTag as error:
            raise ValueError("not sealed with our key") from error


def _sm2(point: bytes) -> PublicKey:
    def right(signature: bytes, message: bytes) -> bool:
        try:
            return bool(sm2_verify(point, message, signature))
        except GmsslInnerError:
            return False

    return right


def _der(pem: bytes) -> bytes:
    found = _PEM.search(pem)
    if found is None:
        raise ValueError("not a PEM file")
    try:
        return base64.b64decode(found[2])
    except binascii.Error as error:
        raise ValueError("not a PEM file") from error


def _after(mark: bytes, der: bytes, length: int) -> bytes:
    before, _, rest = der.partition(mark)
    if before == der or len(rest) < length:
        raise ValueError("not an SM2 key")
    return rest[:length]
