"""SMS, service notices and outbound calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from bot.domain.model import MemberId
from bot.ports.shown import Rendered


@dataclass(frozen=True, slots=True)
class Contactee:
    """Whom a notifier reaches. ``platform`` and ``person`` as in ``ChatPort.write``."""

    member: MemberId
    platform: str
    person: str
    name: str
    phone: str
    locale: str


@dataclass(frozen=True, slots=True)
class Errand:
    """What to tell them. ``key`` and ``fields`` feed a provider's own template, ``text`` is the full wording."""

    id: str
    """Unique: providers that know idempotency keys get it."""
    key: str
    text: str
    fields: Mapping[str, str]
    message: Rendered
    """The same with its button, for those who send through a chat."""


@runtime_checkable
class Notifier(Protocol):
    """SMS, service notice or outbound call."""

    name: str

    async def notify(self, to: Contactee, errand: Errand) -> str:
        """Send; the provider's reference. May raise ``Outside``."""
