"""Which way to pay: the configured channels, in the order in which to try them, with a reason for each.

Pure: how channels do just now is given as a frozen ``Routes``. A way that cannot work for this payment is never tried;
one that is slow or failing, has just stopped this payer, or is resting comes after those that are well; among equals
the one that takes it in fewer parts, then the cheaper one, then the config's order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain import parts
from bot.domain.money import DIGITAL_ONLY


class Why(StrEnum):
    """Why a way stands where it stands."""

    CHOSEN = "chosen"
    """The payer wanted it."""
    BEST = "best"
    NEXT = "next"
    """As good, but dearer or later in the config."""
    SLOW = "slow"
    FAILING = "failing"
    RESTING = "resting"
    """Its breaker is open: nothing is asked of it for a while."""
    STOPPED = "stopped"
    """It stopped a payment of the same payer lately."""
    AGAIN = "again"
    """It was tried before, and is once more."""
    TRIED = "tried"
    """An attempt on it has just failed."""
    CURRENCY = "currency"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    SURFACE = "surface"
    """It cannot be used where the payer stands."""
    DIGITAL_ONLY = "digital_only"


_ALSO = {"telegram": "mobile"}
"""A page that is opened inside a chat can do what a phone's browser can."""
_RANK = {Why.SLOW: 1, Why.FAILING: 2, Why.STOPPED: 3, Why.RESTING: 4}
_USABLE = frozenset({Why.CHOSEN, Why.BEST, Why.NEXT, *_RANK})


@dataclass(frozen=True, slots=True)
class Way:
    """What a channel can do (``ports.ChannelTraits``), as far as choosing goes."""

    channel: str
    currencies: frozenset[str] = frozenset()
    """Empty: any."""
    surfaces: frozenset[str] = frozenset({"web", "mobile", "wechat", "alipay", "telegram"})
    minimum: int = 1
    maximum: int = 10**12
    minima: Mapping[str, int] = field(default_factory=dict)
    maxima: Mapping[str, int] = field(default_factory=dict)
    """Currency → the same, where it is another than in general."""
    fee_basis_points: int = 0
    digital_only: bool = False
    manual: bool = False
    can_query: bool = True
    platform: str = ""
    """Only people of that platform can use it."""

    def least(self, currency: str) -> int:
        """The smallest payment that it takes, in minor units."""
        return self.minima.get(currency, self.minimum)

    def most(self, currency: str) -> int:
        """The largest."""
        return self.maxima.get(currency, self.maximum)


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a channel does just now, as measured (``service.health``)."""

    slow: bool = False
    failing: bool = False
    resting: bool = False

    @property
    def why(self) -> Why | None:
        """The worst of it; None when it is well."""
        if self.resting:
            return Why.RESTING
        return Why.FAILING if self.failing else Why.SLOW if self.slow else None


@dataclass(frozen=True, slots=True)
class Routes:
    """The channels as they stand at one instant. Channels that are not in it can do anything and are well."""

    ways: Mapping[str, Way] = field(default_factory=dict)
    pulses: Mapping[str, Pulse] = field(default_factory=dict)

    def way(self, channel: str) -> Way:
        return self.ways.get(channel) or Way(channel, manual=channel == "manual")


@dataclass(frozen=True, slots=True)
class Wish:
    """A payment that looks for a way. ``amount`` in minor units of ``currency``; ``in_parts``: what is more than a way
    takes, or than ``at_once``, may be paid by it one part after the other."""

    amount: int
    currency: str
    surface: str = "web"
    tried: tuple[str, ...] = ()
    stopped: frozenset[str] = frozenset()
    """Ways by which a payment of theirs stopped lately: the same card is refused again, so they come last."""
    digital: bool = False
    """Something digital, sold inside the platform. (In Stars nothing else is ever collected.)"""
    platform: str = ""
    """Where the payer is at home."""
    in_parts: bool = False
    at_once: int | None = None

    def by(self, way: Way) -> tuple[int, int]:
        """What is paid by ``way`` now, in minor units, and in how many parts all of it would be."""
        if not self.in_parts:
            return self.amount, 1
        most = way.most(self.currency)
        return parts.following(self.amount, min(most, self.at_once or most))


@dataclass(frozen=True, slots=True)
class Option:
    """One way and why it stands where it does."""

    channel: str
    why: Why
    amount: int = 0
    """What is paid by it now, in minor units, where that may be a part; ``parts`` are left with it."""
    parts: int = 1

    @property
    def usable(self) -> bool:
        return self.why in _USABLE


def order(channels: Sequence[str], routes: Routes, wish: Wish) -> tuple[Option, ...]:
    """All ``channels`` that make attempts, those to try first in front, those that cannot work at the end."""
    able: list[tuple[int, int, int, int, str, Why | None]] = []
    unable: list[Option] = []
    for place, channel in enumerate(channels):
        way = routes.way(channel)
        if way.manual:
            continue
        amount, count = wish.by(way)
        if (obstacle := _obstacle(way, wish, amount)) is not None:
            unable.append(Option(channel, obstacle, amount, count))
            continue
        trouble = routes.pulses.get(channel, Pulse()).why
        if channel in wish.stopped and trouble is not Why.RESTING:
            trouble = Why.STOPPED
        fee = -(-wish.amount * way.fee_basis_points // 10_000)
        able.append((_RANK[trouble] if trouble else 0, count, fee, place, channel, trouble))
    ranked = [
        Option(channel, trouble or (Why.NEXT if n else Why.BEST), *wish.by(routes.way(channel)))
        for n, (*_, channel, trouble) in enumerate(sorted(able))
    ]
    return (*ranked, *unable)


def _obstacle(way: Way, wish: Wish, amount: int) -> Why | None:
    """Why it cannot work; None when it can."""
    if way.channel in wish.tried:
        return Why.TRIED
    if way.currencies and wish.currency not in way.currencies:
        return Why.CURRENCY
    if not {wish.surface, _ALSO.get(wish.surface, wish.surface)} & way.surfaces:
        return Why.SURFACE
    if way.platform not in ("", wish.platform):
        return Why.SURFACE
    if way.digital_only and not wish.digital and wish.currency not in DIGITAL_ONLY:
        return Why.DIGITAL_ONLY
    if amount < way.least(wish.currency):
        return Why.TOO_SMALL
    return Why.TOO_LARGE if amount > way.most(wish.currency) else None


def reasons(options: Sequence[Option], *, taken: str, wanted: str) -> Mapping[str, str]:
    """Channel → why, in order, as it is kept with the attempt. The one that is taken comes first."""
    told = {o.channel: Why.CHOSEN.value if o.channel == wanted else o.why.value for o in options}
    return {taken: told.pop(taken, Why.CHOSEN.value)} | told
