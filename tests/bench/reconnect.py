"""How long WeChat is away after its gateway is back (needs the extra ``wechat``)."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot.ports import FakeClock
from tests.bench.setting import Setting, line

OUTAGES = (0.1, 1.0, 5.0)
"""Seconds that the gateway is away."""


def run(setting: Setting) -> None:
    print("6. WeChat: from the gateway's return to listening again")
    for outage in OUTAGES:
        times = asyncio.run(_times(outage, 3 if setting.quick else 10))
        mean, worst = statistics.mean(times), max(times)
        line(f"  away for {outage} s", f"{mean:.2f} s", f"worst {worst:.2f} s of {len(times)}")


async def _times(outage: float, rounds: int) -> list[float]:
    from adapters.chats.wechat import WeChat
    from tests.contracts.stages import Forgetful
    from tests.wechat.gateway import Gateway

    async with Gateway(FakeClock(datetime(2026, 11, 24, tzinfo=UTC))) as gateway:
        wechat = WeChat(gateway.endpoint, "made up", wall=FakeClock(datetime(2026, 11, 24, tzinfo=UTC)))
        running = asyncio.create_task(wechat.run(Forgetful()))
        times = []
        for _ in range(rounds):
            await _until(gateway, wechat.ready)
            await gateway.down()
            await asyncio.sleep(outage)
            await gateway.up()
            start = time.perf_counter()
            await _until(gateway, wechat.ready)
            times.append(time.perf_counter() - start)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return times


async def _until(gateway: Any, trouble: Callable[[], str]) -> None:
    while trouble() or not gateway.heard:  # noqa: ASYNC110 - it is measured to the millisecond
        await asyncio.sleep(0.001)
