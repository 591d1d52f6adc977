"""How WeChat Pay seals what it sends: with the merchant's API v3 key."""

from __future__ import annotations

import base64
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SM3, Hash


def seal(algorithm: str, key: str, plain: bytes, extra: str) -> dict[str, str]:
    nonce = secrets.token_hex(6)
    if algorithm == "AEAD_AES_256_GCM":
        sealed = AESGCM(key.encode()).encrypt(nonce.encode(), plain, extra.encode())
    else:
        digest = Hash(SM3())
        digest.update(key.encode())
        sealing = Cipher(algorithms.SM4(digest.finalize()[:16]), modes.GCM(nonce.encode())).encryptor()
        sealing.authenticate_additional_data(extra.encode())
        sealed = sealing.update(plain) + sealing.finalize() + sealing.tag
    return {
        "algorithm": algorithm,
        "ciphertext": base64.b64encode(sealed).decode(),
        "nonce": nonce,
        "associated_data": extra,
    }
