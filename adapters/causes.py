"""Everything that is known to stop a payment, read from the folders of the channels it belongs to.

To add a code: one ``[[cause]]`` in the ``causes.toml`` of its channel. What any channel can do is in
``adapters/channels/causes.toml``, people who stop without a code are in ``abandoned.toml`` beside it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from adapters.registry import CHANNELS
from bot.domain.interruption import ANY, Act, Catalogue, Scenario, Stage
from bot.domain.model import Stall

_FOLDER: Final = Path(__file__).parent / "channels"


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """All of it, whichever channels are configured: an attempt of last year's may be on another one."""
    return Catalogue(tuple(_scenarios()))


def _scenarios() -> Iterator[Scenario]:
    files = [(ANY, _FOLDER / "causes.toml"), (ANY, _FOLDER / "abandoned.toml")]
    for channel, address in sorted(CHANNELS.items()):
        files.append((channel, _FOLDER / address.split(":")[0].rpartition(".")[2] / "causes.toml"))
    for channel, file in files:
        if not file.exists():
            continue
        for row in tomllib.loads(file.read_text("utf-8"))["cause"]:
            yield _scenario(channel, row)


def _scenario(channel: str, row: dict[str, Any]) -> Scenario:
    """``ValueError`` or ``KeyError`` for a row that is not of the form."""
    return Scenario(
        channel=channel,
        stage=Stage(row["stage"]),
        code=row["code"],
        kind=Stall(row["class"]),
        retryable=row["retryable"],
        tell=row["tell"],
        act=Act(row["act"]),
        source=row["source"],
    )
