"""Commands about being left alone: not me, I need more time, and what the organiser answers to what waits."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.command.base import OnCollection
from bot.domain.model import MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmAll(OnCollection):
    """All of these claims arrived: those of them that still wait are confirmed."""

    members: tuple[MemberId, ...]


class Dispute(OnCollection):
    """«Not me»: a member says that this is not theirs to pay. Reminders rest until the organiser has answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep(OnCollection):
    """The organiser's answer to a dispute: they owe it."""

    member: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo(OnCollection):
    """The organiser's answer to a dispute: nothing is asked of them any more."""

    member: MemberId


class AskTime(OnCollection):
    """«I need more time»: how long, as buttons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached(OnCollection):
    """``/reached @a``: somebody spoke with a member on the phone; no call comes for 7 days."""

    member: MemberId
