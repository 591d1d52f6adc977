"""The platform's keys: public keys that the operator has configured, and certificates that are downloaded.

Certificates are asked for twice a day (WeChat Pay hands out a new one days before it is used) and when something is
signed with one that we do not know. A merchant on its way from certificates to a public key needs both, in notices.
https://pay.weixin.qq.com/doc/v3/merchant/4012154180
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.x509 import load_pem_x509_certificate

from adapters.channels.wechatpay.sign import PublicKey, Suite, unsealed
from bot.ports import Unverified

RENEW_AFTER: Final = timedelta(hours=12)
NOT_AGAIN_FOR: Final = timedelta(minutes=1)
"""Between two downloads for the sake of an unknown key, so that strangers cannot make us ask all the time."""


@dataclass(frozen=True, slots=True)
class Dated:
    """The key of a certificate, and from when until when it is good."""

    key: PublicKey
    start: datetime
    end: datetime


class Keys:
    """Found by their id (``PUB_KEY_ID_…``) or their certificate's serial number."""

    def __init__(self, suite: Suite, configured: Mapping[str, bytes]) -> None:
        """``ValueError`` when one of them, a PEM file each, is none."""
        self.suite = suite
        self.id = next(iter(configured), "")
        """That of the first configured one, with which answers shall be signed; empty where certificates are used."""
        self._configured = {id_: suite.public_key(pem) for id_, pem in configured.items()}
        self._dated: Mapping[str, Dated] = {}
        self._renewed: datetime | None = None
        self._asked: datetime | None = None

    def find(self, serial: str, now: datetime) -> PublicKey | None:
        if serial in self._configured:
            return self._configured[serial]
        return among(self._dated, serial, now)

    def due(self, now: datetime) -> bool:
        """Whether certificates should be downloaded, and nobody has just tried."""
        if self._configured:
            return False
        return (self._renewed is None or now - self._renewed >= RENEW_AFTER) and self.may_ask(now)

    def may_ask(self, now: datetime) -> bool:
        return self._asked is None or now - self._asked >= NOT_AGAIN_FOR

    def asking(self, now: datetime) -> None:
        self._asked = now

    def read(self, answer: Mapping[str, object]) -> Mapping[str, Dated]:
        """What is in an answer of ``/v3/certificates``. ``Unverified`` when anything in it is not sealed for us, or no
        certificate."""
        rows = answer.get("data")
        if not isinstance(rows, list) or not rows:
            raise Unverified("no certificates")
        return dict(self._read(row) for row in rows)

    def use(self, dated: Mapping[str, Dated], now: datetime) -> None:
        """From now on use these, and no others."""
        self._dated, self._renewed = dated, now

    def _read(self, row: object) -> tuple[str, Dated]:
        sealed = row.get("encrypt_certificate") if isinstance(row, dict) else None
        if not isinstance(sealed, dict):
            raise Unverified("no certificate")
        pem = unsealed(sealed, self.suite)
        try:
            certificate = load_pem_x509_certificate(pem)
            key = self.suite.certificate_key(certificate)
        except ValueError as error:
            raise Unverified("no certificate") from error
        dated = Dated(key, certificate.not_valid_before_utc, certificate.not_valid_after_utc)
        return f"{certificate.serial_number:X}", dated


def among(keys: Mapping[str, Dated], serial: str, now: datetime) -> PublicKey | None:
    """The key of the certificate with that number, while it is good."""
    dated = keys.get(_number(serial))
    return dated.key if dated is not None and dated.start <= now <= dated.end else None


def _number(serial: str) -> str:
    """As it is compared: hexadecimal, upper case, no zeros before it."""
    return serial.upper().lstrip("0")
