"""Who and where: chats and the people in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

ChatId = NewType("ChatId", int)
"""Our own number of a chat; the platform's id stays in the store and the adapters."""
MemberId = NewType("MemberId", int)
"""Our own number of a person on one platform (the same in every chat of that platform)."""
NOBODY = MemberId(0)
CollectionId = NewType("CollectionId", str)
"""Random, 16 characters of base 32: it may stand in callback data and links."""
NOWHERE = CollectionId("")
"""Where the refund of money belongs that was in nobody's books."""
IntentId = NewType("IntentId", str)
RefundId = NewType("RefundId", str)


@dataclass(frozen=True, slots=True)
class Chat:
    """A group, or a private conversation with the bot."""

    id: ChatId
    platform: str
    title: str = ""
    locale: str = "en"
    timezone: str = "UTC"
    currency: str = "CNY"
    private: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Member:
    """A person as the bot knows them. ``name`` is what the platform said: show it through ``names.show_name``."""

    id: MemberId
    name: str = ""
    username: str = ""
    locale: str = ""
    reachable: bool = False
    """They have talked to the bot in private, so it may write to them."""
    muted: bool = False
    """They said stop: no reminder by any medium."""
    phone: str = ""
    consent: bool = False
    """They agreed to SMS and calls on ``phone``."""
    payee: str = ""
    """Where money for them goes, in their words: an account, a wallet. Shown on the pay page of what they collect."""
    payee_picture: str = ""
    """A picture of it (their own QR code), as ``service.pictures`` names it."""
    forgotten_at: datetime | None = None
    """What was before is not used for plans: they asked to be forgotten."""
    consent_asked: bool = False
    """They were asked for consent to SMS and calls once; never again."""
