"""Payment channels: whether each lets us in, and what it can do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

from bot.doctor.finding import Finding, Level
from bot.ports import ChannelTraits, Outside, PaymentChannel

PATIENCE: Final = 15.0


async def examine_channels(channels: Mapping[str, PaymentChannel]) -> list[Finding]:
    """One finding a channel, in the order of the config."""
    return list(await asyncio.gather(*(_channel(name, channel) for name, channel in channels.items())))


async def _channel(name: str, channel: PaymentChannel) -> Finding:
    try:
        async with asyncio.timeout(PATIENCE):
            trouble = await channel.check()
    except TimeoutError:
        trouble = "no answer"
    except Outside as error:
        trouble = f"{type(error).__name__.lower()} {error.code}".strip()
    what = f"channel {name}: {abilities(channel.traits)}"
    if trouble:
        return Finding(Level.BAD, f"{what}; {trouble}", f"check [channels.{name}]")
    return Finding(Level.GOOD, what)


def abilities(traits: ChannelTraits) -> str:
    """What a channel can do, in one line."""
    if traits.manual:
        return "by hand"
    parts = [" ".join(sorted(traits.currencies)) or "any currency", "on " + " ".join(sorted(traits.surfaces))]
    if traits.minimum > 1 or traits.maximum < ChannelTraits().maximum:
        parts.append(f"{traits.minimum} to {traits.maximum} minor units")
    if others := len(traits.minima.keys() | traits.maxima.keys()):
        parts.append(f"other limits in {others} currencies")
    if traits.fee_basis_points:
        parts.append(f"about {traits.fee_basis_points / 100:g} % fee")
    can = {"query": traits.can_query, "close": traits.can_close, "refund": traits.can_refund}
    parts.append("can " + " ".join(word for word, able in (can | {"statement": traits.can_statement}).items() if able))
    return ", ".join(parts)
