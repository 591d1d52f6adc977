"""Payment channels: whether each lets us in, and what it can do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.doctor.finding import Finding, Level
from bot.domain.model import Statement
from bot.ports import ChannelTraits, Outside, PaymentChannel
from bot.store import Work

PATIENCE: Final = 15.0
LATELY: Final = timedelta(days=30)
"""Statements that could not be read are told of for so long."""


async def examine_channels(channels: Mapping[str, PaymentChannel]) -> list[Finding]:
    """One finding a channel, in the order of the config."""
    return list(await asyncio.gather(*(_channel(name, channel) for name, channel in channels.items())))


def examine_statements(work: Work, channels: Mapping[str, PaymentChannel], now: datetime) -> list[Finding]:
    """When the statement of each channel in use was last read, and what did not agree; days that cannot be read."""
    read = {statement.channel: statement for statement in work.newest_statements()}
    used = [name for name, x in channels.items() if x.traits.can_statement and work.first_used(name) is not None]
    unread = [statement for statement in work.unread_statements((now - LATELY).date()) if statement.channel in channels]
    return [*(_newest(name, read.get(name)) for name in used), *map(_unread, unread)]


def _newest(name: str, read: Statement | None) -> Finding:
    if read is None:
        return Finding(Level.GOOD, f"channel {name}: no statement was read yet")
    assert read.read_at is not None
    what = f"channel {name}: statement of {read.day} read at {read.read_at:%Y-%m-%d %H:%M} UTC"
    if not read.differences:
        return Finding(Level.GOOD, f"{what}, agrees with the books")
    remedy = f"run qunshou statement {name} {read.day}, and look for them at the channel"
    return Finding(Level.WARN, f"{what}, {read.differences} differences", remedy)


def _unread(statement: Statement) -> Finding:
    what = f"channel {statement.channel}: statement of {statement.day} could not be read ({statement.cause})"
    if statement.next_at is not None:
        return Finding(Level.WARN, f"{what}; it is asked for again")
    return Finding(Level.BAD, what, f"run qunshou statement {statement.channel} {statement.day} when it can be had")


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
