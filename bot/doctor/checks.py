"""The checks. None changes anything, except that the database is brought up to date as at every start."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot.app import from_config
from bot.config import Config, ConfigError
from bot.doctor.channels import examine_channels, examine_statements
from bot.doctor.finding import Finding, Level
from bot.ports import ChatPort
from bot.render.picture import has_chinese
from bot.store import Store, sqlite_version

LITTLE: Final = 500 * 1024 * 1024
SAFE_SQLITE: Final = (3, 51, 3)
PATIENCE: Final = 15.0


async def examine(config: Config) -> list[Finding]:
    """All checks, in the order in which one would mend things."""
    try:
        store = await asyncio.to_thread(Store.open, config.database.url)
    except Exception as error:  # noqa: BLE001 - whatever the driver raises is the finding
        reason = str(error).splitlines()[0]
        return [Finding(Level.BAD, f"the database cannot be opened: {reason}", "check database.url")]
    try:
        app = from_config(config, store=store)
    except ConfigError as error:
        await asyncio.to_thread(store.close)
        return [Finding(Level.BAD, str(error), "adapt the config")]
    try:
        findings = [*_database(config, store), *_web(config), *_pictures()]
        for name, port in app.parts.chats.items():
            findings.append(await _chat(name, port))
        findings += await examine_channels(app.parts.channels)
        return (
            findings
            + store.read(lambda work: examine_statements(work, app.parts.channels, app.parts.clock.now())).result()
        )
    finally:
        for port in app.parts.chats.values():
            await port.close()
        for channel in app.parts.channels.values():
            await channel.aclose()
        await asyncio.to_thread(store.close)


def _database(config: Config, store: Store) -> Iterator[Finding]:
    yield Finding(Level.GOOD, "the database opens and its schema is up to date")
    if findings := store.read(lambda work: list(work.verify())).result():
        yield Finding(Level.BAD, f"{len(findings)} findings in the books", "run qunshou verify; keep a copy first")
    else:
        yield Finding(Level.GOOD, "the books are in order")
    depth = store.read(lambda work: {**work.inbox_depth(), "unsent": work.outbox_depth()["dead"]}).result()
    if depth["dead"]:
        yield Finding(Level.WARN, f"{depth['dead']} updates were set aside", "look for update.failed in the log")
    if depth["unsent"]:
        yield Finding(
            Level.WARN, f"{depth['unsent']} messages could not be sent", "look for deliver.trouble in the log"
        )
    if not config.database.url.startswith("sqlite"):
        return
    if sqlite_version() < SAFE_SQLITE:
        version = ".".join(map(str, sqlite_version()))
        yield Finding(Level.WARN, f"SQLite {version} allows one connection only", "pip install pysqlite3, for speed")
    folder = Path(config.database.url.removeprefix("sqlite:///")).absolute().parent
    free = shutil.disk_usage(folder).free
    if free < LITTLE:
        yield Finding(Level.WARN, f"{free // 2**20} MiB are free for the database", "make room")


def _web(config: Config) -> Iterator[Finding]:
    url = urlsplit(config.web.public_url)
    local = url.hostname in ("127.0.0.1", "localhost", "::1")
    if local and config.telegram is not None:
        remedy = "set web.public_url to an https address that members reach"
        yield Finding(Level.BAD, f"members cannot open {config.web.public_url} on their phones", remedy)
    elif url.scheme != "https" and not local:
        yield Finding(Level.WARN, "payment pages are not encrypted", "put an https proxy before it")
    if config.room is not None and config.telegram is not None:
        yield Finding(Level.WARN, "[room] is on: whoever opens it acts as anybody there", "remove [room] in production")
    if config.channels.sandbox is not None and config.telegram is not None:
        yield Finding(Level.WARN, "[channels.sandbox] takes no real money", "remove it in production")


def _pictures() -> Iterator[Finding]:
    if not has_chinese():
        yield Finding(Level.WARN, "no font with Chinese: pictures show numbers only", "install fonts-noto-cjk")


async def _chat(name: str, port: ChatPort) -> Finding:
    """Whether the platform lets us in."""
    try:
        async with asyncio.timeout(PATIENCE):
            trouble = await port.greet()
    except TimeoutError:
        trouble = "no answer"
    if trouble:
        return Finding(Level.BAD, f"{name}: {trouble}", f"check [{name}]")
    return Finding(Level.GOOD, f"{name}: reachable")
