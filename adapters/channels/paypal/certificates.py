"""The certificates that PayPal signs webhooks with: fetched before they are needed, believed only when their chain and
dates are right.

A webhook says where its certificate lies; anybody may write there what they like. So only PayPal's own addresses are
read, over https, at most a few unknown ones a minute, and what is found must be a certificate of
``messageverificationcerts.paypal.com`` (or the sandbox's) that chains up to a root we trust, now.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import certifi
import httpx
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import AuthorityInformationAccessOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from bot.ports import Clock, Unavailable, Unverified

PATH: Final = "/v1/notifications/certs/"
LIVE: Final = ("https://api.paypal.com", "https://api-m.paypal.com")
SANDBOX: Final = ("https://api.sandbox.paypal.com", "https://api-m.sandbox.paypal.com")
NAMES: Final = {True: "messageverificationcerts.paypal.com", False: "messageverificationcerts.sandbox.paypal.com"}
_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,100}")
_ISSUERS: Final = re.compile(r"https?://cacerts\.digicert\.com/[A-Za-z0-9._-]{1,100}")
"""PayPal's certificates are DigiCert's. What comes from there needs no https: its own signature is checked."""
MOST_KEPT: Final = 16
MOST_BYTES: Final = 64 * 1024
MOST_FETCHES: Final = 6
"""Unknown addresses that are read in a minute: a stranger can name as many as they like."""
TIMEOUT: Final = 5.0


class Certificates:
    """``origins``: where PayPal's certificates lie. ``roots``: a PEM file of roots to trust, else the usual ones."""

    def __init__(
        self, client: httpx.AsyncClient, clock: Clock, *, origins: Sequence[str], name: str, roots: Path | None = None
    ) -> None:
        self._client, self._clock = client, clock
        self._origins, self._name = tuple(origins), name
        self._roots = _trusted(roots) if roots is not None else []
        self._kept: dict[str, list[x509.Certificate]] = {}
        self._fetched: deque[datetime] = deque(maxlen=MOST_FETCHES)
        self._lock = asyncio.Lock()

    def ours(self, address: str) -> bool:
        """Whether an address is one of PayPal's for certificates."""
        return any(
            address.startswith(origin + PATH) and _NAME.fullmatch(address.removeprefix(origin + PATH))
            for origin in self._origins
        )

    async def fetch(self, address: str) -> None:
        """Keep what lies at ``address``, if it is PayPal's and not here yet. ``Unavailable``: try again later."""
        if address in self._kept or not self.ours(address):
            return
        async with self._lock:
            if address in self._kept:
                return
            now = self._clock.now()
            if len(self._fetched) == MOST_FETCHES and now - self._fetched[0] < timedelta(minutes=1):
                raise Unavailable("too_many_certificates")
            self._fetched.append(now)
            chain = _certificates(await self._read(address))
            if len(chain) == 1 and (issuer := _issuer_of(chain[0])):
                chain += _certificates(await self._read(issuer))
            self._roots = self._roots or _trusted(Path(certifi.where()))
            if not self._believed(chain, now):
                raise Unavailable("certificate_not_trusted")
            if len(self._kept) == MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[address] = chain

    async def _read(self, address: str) -> bytes:
        taken = b""
        try:
            async with self._client.stream("GET", address, timeout=TIMEOUT, follow_redirects=False) as answer:
                if answer.status_code != 200:
                    raise Unavailable(f"certificate_{answer.status_code}")
                async for piece in answer.aiter_bytes():
                    taken += piece
                    if len(taken) > MOST_BYTES:
                        raise Unavailable("certificate_too_long")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable("certificate_unreachable") from error
        return taken

    def key(self, address: str, now: datetime) -> RSAPublicKey:
        """The public key of a certificate that was fetched; ``Unverified`` when there is none that may be believed."""
        if not self.ours(address):
            raise Unverified("a certificate from elsewhere")
        chain = self._kept.get(address)
        if chain is None or not self._believed(chain, now):
            raise Unverified("no certificate that can be trusted")
        key = chain[0].public_key()
        if not isinstance(key, RSAPublicKey):
            raise Unverified("no RSA key")
        return key

    def _believed(self, chain: Sequence[x509.Certificate], now: datetime) -> bool:
        """Whether it chains up to a root, is of the right name, and every date in it is right at ``now``."""
        at = now.astimezone(UTC).replace(tzinfo=None)
        verifier = PolicyBuilder().store(Store(self._roots)).time(at).build_server_verifier(x509.DNSName(self._name))
        try:
            verifier.verify(chain[0], list(chain[1:]))
        except VerificationError:
            return False
        return True


def _certificates(data: bytes) -> list[x509.Certificate]:
    try:
        if b" CERTIFICATE-----" in data:
            return x509.load_pem_x509_certificates(data)[:8]
        return [x509.load_der_x509_certificate(data)]
    except ValueError as error:
        raise Unavailable("no_certificate") from error


def _issuer_of(certificate: x509.Certificate) -> str:
    """Where the certificate says that its issuer's lies; empty when nowhere that we read."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    for one in access:
        where = one.access_location
        if (
            one.access_method == AuthorityInformationAccessOID.CA_ISSUERS
            and isinstance(where, x509.UniformResourceIdentifier)
            and _ISSUERS.fullmatch(where.value)
        ):
            return str(where.value)
    return ""


def _trusted(at: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(at.read_bytes())
