"""Stopping: a loop that is woken in the very moment in which it is told to stop, stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.dialogs.house import House

LOOPS: dict[str, Callable[[House], tuple[Coroutine[Any, Any, None], asyncio.Event]]] = {
    "deliver": lambda house: (house.app.deliver.run(), house.app.deliver.wake),
    "updates": lambda house: (house.app.updates["room"].run(), house.app.updates["room"]._arrived),
}


@pytest.mark.parametrize("loop", LOOPS)
async def test_being_woken_is_no_way_to_survive_the_stop(house: House, loop: str) -> None:
    running, wake = LOOPS[loop](house)
    task = asyncio.create_task(running)
    while wake.is_set() or not wake._waiters:  # noqa: ASYNC110 - there is no event for "it waits"
        await asyncio.sleep(0.01)
    wake.set()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
