"""Comparing ways to split before anybody is asked."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.command.base import OnCollection
from bot.domain.model import MemberId
from bot.domain.plans import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class TapPlan(OnCollection):
    """A plan's button: a vote while there is one, the choice of whoever collects otherwise."""

    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosePlan(OnCollection):
    """``/plan C``: the choice, whatever the vote says. None: the plan with the most votes."""

    plan: Plan | None = None


class OpenVote(OnCollection):
    """Let everybody who is in say which plan they would like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Had(OnCollection):
    """``/had beer 60 @b``: an item on the bill, and who had it. Without an amount: an item that is there already."""

    name: str
    amount: int | None = None
    who: tuple[MemberId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TapItem(OnCollection):
    """An item's button: I had it, or not after all. ``index`` counts from 0."""

    index: int
