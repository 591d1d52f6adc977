"""Points at which the crash rig may kill the process. Inert unless a test installs a plan."""

from __future__ import annotations

from collections.abc import Callable

_plan: Callable[[str], None] | None = None


def install(plan: Callable[[str], None] | None) -> None:
    """Call ``plan`` with the name of every point that is passed; None makes the points inert again."""
    global _plan
    _plan = plan


def point(name: str) -> None:
    if _plan is not None:
        _plan(name)
