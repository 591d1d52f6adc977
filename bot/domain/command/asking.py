"""Questions, and what people set for themselves."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.command.base import ChatCommand, OnCollection


@dataclass(frozen=True, slots=True, kw_only=True)
class AskStatus(OnCollection):
    """``/status``: counts in the group, names to admins in private."""

    page: int = 0
    """Of the names, from 0."""


class AskDetails(OnCollection):
    """The Details button: what this is, who sees what, how many reminders will come."""


class AskManage(OnCollection):
    """The Manage button: what the organiser can do, as buttons."""


class AskBoard(OnCollection):
    """``/board``: the address of the organiser's board, in private."""


class AskPreview(OnCollection):
    """Every contact of the next 72 h with the reason it will be sent or skipped."""


class AskHistory(OnCollection):
    """``/history``: what was booked, by whom and when, and the seal of the books."""


class SawTransfer(OnCollection):
    """Money was sent in the chat, says the platform, but not how much or to whom: no proof of anything."""


class AskWhy(OnCollection):
    """``/why``: why this reminder came, to whom it comes next, how to stop it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHelp(ChatCommand):
    """``/help``, ``/start``, ``/privacy``: texts that need no collection. ``topic`` names the template."""

    topic: str = "help"


class Resync(ChatCommand):
    """After an outage: who is here, and what is being collected, as the bot knows it now."""


# -- oneself ------------------------------------------------------------------------------------------------


class AskMyData(ChatCommand):
    """``/mydata``: a file with everything that is kept about whoever asks."""


class Forget(ChatCommand):
    """``/forget``: erase what the books do not need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReminders(ChatCommand):
    """``/stop-reminders`` (``on=False``) and back."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetConsent(ChatCommand):
    """``/sms +86138…`` in private: SMS and calls are fine on this number; empty withdraws and erases it."""

    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPayee(ChatCommand):
    """``/payee Alipay 138…`` in private, with a picture of a QR code or without: where money for me goes, in what I
    collect from now on. Both empty: nowhere."""

    text: str
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLanguage(ChatCommand):
    """``/language zh``: of a chat (by an admin) or of oneself (in private)."""

    locale: str
