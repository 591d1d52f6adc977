"""The site as browsers and banks reach it: the whole product in memory behind it."""

from __future__ import annotations

from tests.dialogs.room.conftest import build, house

__all__ = ["build", "house"]
