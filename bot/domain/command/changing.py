"""Changing a collection while it runs, ending it, and taking that back."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.command.base import OnCollection
from bot.domain.model import MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(OnCollection):
    """Changes what others owe. ``seen`` stands for the numbers of the preview that was said yes to
    (``decide.effects``)."""

    reason: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waive(Change):
    """Ask no more of this member."""

    member: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(Change):
    """Change a due: to ``amount``, or by it when ``relative`` (minor units, then signed)."""

    member: MemberId
    amount: int
    relative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(Change):
    """Ask somebody else, too: for ``amount``, or for their share."""

    member: MemberId
    amount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Change):
    """Somebody takes no part; where a total is split, the others share it."""

    member: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class Resplit(Change):
    """Split the total anew: by ``weights`` (hundredths of a share) for those named, the others as they stand, or all
    ``equal``. What was set by hand stays unless it is to be ``everybody``'s split."""

    weights: tuple[tuple[MemberId, int], ...] = ()
    equal: bool = False
    everybody: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover(OnCollection):
    """``/handover @b``: they become the organiser, once they have said yes."""

    to: MemberId


@dataclass(frozen=True, slots=True, kw_only=True)
class NameHelper(OnCollection):
    """``/helper @c``, ``/helper off @c``: a co-treasurer comes or goes."""

    member: MemberId
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAsking(OnCollection):
    """Somebody left the chat: they are still reminded, in private."""

    member: MemberId


class HoldPayee(OnCollection):
    """«I did not expect this»: another account, announced for a collection, is not to take effect."""


class AgreePayee(OnCollection):
    """A second person in charge vouches for it."""


class Close(OnCollection):
    """Stop asking; what is paid stays."""


class Cancel(Change):
    """Call it off; what was paid is listed to be given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo(OnCollection):
    """Take the last change back (``change``: that one or none, by the number of its entry); or, where there is none, a
    fresh collection, as if it had not been posted."""

    change: int | None = None
