"""Houses for dialogs. Whatever is said in one, its books hold in the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.dialogs.house import House

Build = Callable[..., Awaitable[House]]


@pytest.fixture
async def build(tmp_path: Path) -> AsyncIterator[Build]:
    """``await build(locale="zh_CN", quiet_chat=…)``: a house with a language and a policy of its own."""
    houses: list[House] = []

    async def built(**wishes: object) -> House:
        houses.append(await House.build(tmp_path, **wishes))  # type: ignore[arg-type]
        return houses[-1]

    yield built
    for house in houses:
        assert house.verify() == ()
        await house.leave()


@pytest.fixture
async def house(build: Build) -> House:
    """One that speaks English."""
    return await build()


@pytest.fixture
async def chinese(build: Build) -> House:
    """One that speaks Chinese."""
    return await build(locale="zh_CN")
