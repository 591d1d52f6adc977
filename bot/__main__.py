"""The command line: run, demo, doctor, statement, verify, simulate. Exit codes: 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import structlog
import typer
from rich.console import Console
from rich.table import Table

from bot import app as product, doctor as clinic, log
from bot.config import Config, ConfigError, read
from bot.domain.model import Match
from bot.i18n import locale_of
from bot.ports import Outside
from bot.service.simulate import foresee
from bot.service.statements import Reading
from bot.store import Store

cli = typer.Typer(
    help="Qunshou 群收: collects money in group chats.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False,
)  # fmt: skip
logger = structlog.get_logger("bot")
File = Annotated[Path, typer.Option("-c", "--config", help="The config file.")]
DEFAULT = Path("config.toml")


class Part(StrEnum):
    """What the doctor looks at."""

    ALL = "all"
    CHANNELS = "channels"


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong and how to mend it, on stderr."""
    print(message, file=sys.stderr)
    raise typer.Exit(code)


def configured(file: Path) -> Config:
    try:
        return read(file)
    except ConfigError as error:
        hint = "\ncopy config.example.toml and adapt it" if not file.exists() else ""
        fail(f"{error}{hint}", 2)


@contextmanager
def opened(config: Config) -> Iterator[Store]:
    try:
        store = Store.open(config.database.url)
    except Exception as error:  # noqa: BLE001 - whatever the driver says, the operator gets one sentence
        reason = str(error).splitlines()[0]
        fail(f"database.url: cannot be opened ({type(error).__name__}: {reason})", 1)
    try:
        yield store
    finally:
        store.close()


def serve(app: product.App, host: str, port: int, url: str) -> None:
    try:
        listener = product.listen(host, port)
    except OSError as error:
        fail(f"cannot listen on {host}:{port} ({error.strerror}): choose another port", 1)
    asyncio.run(app.serve(listener, lambda: logger.info("started", url=url)))
    logger.info("stopped")


@cli.command()
def run(config: File = DEFAULT) -> None:
    """Run the bot."""
    log.set_up(human=sys.stderr.isatty())
    settings = configured(config)
    try:
        app = product.from_config(settings)
    except ConfigError as error:
        fail(str(error), 2)
    except Exception as error:
        logger.exception("start.failed")
        fail(f"cannot start: {type(error).__name__}: {str(error).splitlines()[0]}", 1)
    serve(app, settings.web.host, settings.web.port, settings.web.public_url)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 8080,
    db: Annotated[Path | None, typer.Option(help="Keep the data here; otherwise it is gone afterwards.")] = None,
    lang: Annotated[str, typer.Option(help="en or zh; otherwise as your terminal.")] = "",
) -> None:
    """Try everything in a browser: no account, no token, no network."""
    log.set_up(human=True)
    try:
        listener = product.listen("127.0.0.1", port)
    except OSError as error:
        fail(f"cannot listen on port {port} ({error.strerror}): choose another with --port", 1)
    locale = locale_of(lang or os.environ.get("LC_ALL") or os.environ.get("LANG") or "en")
    with tempfile.TemporaryDirectory(prefix="qunshou-") as folder:
        file = db.absolute() if db else Path(folder) / "demo.db"
        app = product.demo(
            database=f"sqlite:///{file}", listener=listener, pictures=file.parent / "pictures", locale=locale
        )
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/room"

        def started() -> None:
            print(f"\n  Qunshou 群收 is ready: {url}\n  Ctrl-C stops it.\n", flush=True)

        asyncio.run(app.serve(listener, started))


@cli.command()
def verify(config: File = DEFAULT) -> None:
    """Check the books: hash chains, balances, dues, charges, counters."""
    with opened(configured(config)) as store:
        findings = store.read(lambda work: list(work.verify())).result()
        collections = len(store.read(lambda work: work.collections()).result())
    for finding in findings:
        print(f"collection {finding.collection}, entry {finding.seq or '-'}: {finding.what}")
    if findings:
        fail(
            f"{len(findings)} findings in {collections} collections: keep a copy of the database before anything else",
            1,
        )
    print(f"{collections} collections: the books are in order")


@cli.command()
def statement(
    channel: Annotated[str, typer.Argument(help="As in the config: wechatpay, stripe …")],
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="As the channel parts its days.")],
    config: File = DEFAULT,
) -> None:
    """Read a channel's statement of one day: book what nobody told of, and show what does not agree."""
    settings = configured(config)
    with opened(settings) as store:
        try:
            app = product.from_config(settings, store=store)
        except ConfigError as error:
            fail(str(error), 2)
        settling = app.statements.settling(channel)
        if settling is None:
            fail(f"{channel}: not configured, or gives no statements; doctor channels lists those that do", 2)
        if (ready := settling.ready_at(day.date())) > app.parts.clock.now():
            fail(f"{channel}: the statement of {day:%Y-%m-%d} can be read from {ready:%Y-%m-%d %H:%M} UTC on", 2)
        try:
            reading = asyncio.run(app.read_statement(channel, day.date()))
        except Outside as trouble:
            code = trouble.code or type(trouble).__name__.lower()
            fail(f"{channel}: its statement of {day:%Y-%m-%d} could not be read ({code})", 1)
    _show(reading)
    if reading.differences:
        fail(f"{len(reading.differences)} do not agree: look for them at the channel; nothing was changed", 1)


def _show(reading: Reading) -> None:
    lines = Table(reading.channel, f"{reading.day}")
    for match in Match:
        lines.add_row(match.value, str(reading.counts.get(match, 0)))
    Console().print(lines)
    if reading.differences:
        found = Table("what", "reference", "amount", "at")
        for one in reading.differences:
            found.add_row(
                one.what.value,
                one.reference,
                f"{one.amount.digits()} {one.amount.currency}",
                f"{one.at:%Y-%m-%d %H:%M:%S} UTC",
            )
        Console().print(found)


@cli.command()
def simulate(config: File = DEFAULT) -> None:
    """List the next 72 hours of contacts, with the reason each is sent or skipped."""
    settings = configured(config)
    with opened(settings) as store:
        foreseen = foresee(store, settings.policy(), product.SystemClock().now())
    zone = ZoneInfo(settings.bot.timezone)
    table = Table("when", "chat", "collection", "by", "members", "sent", "reason")
    for step in foreseen:
        when = step.at.astimezone(zone).strftime("%a %d %b %H:%M")
        table.add_row(
            when, step.chat, f"#{step.number}", step.via, str(step.count), "yes" if step.sent else "no", step.reason
        )
    Console().print(table if foreseen else "Nothing is planned.")


@cli.command()
def doctor(
    what: Annotated[Part, typer.Argument(help="Everything, or the payment channels alone.")] = Part.ALL,
    config: File = DEFAULT,
) -> None:
    """Look for what is wrong, and say what to do about it."""
    settings = configured(config)
    findings = asyncio.run(clinic.examine(settings))
    if what is Part.CHANNELS:
        findings = [finding for finding in findings if finding.what.startswith("channel ")]
    for finding in findings:
        print(f"{finding.level.value:8} {finding.what}" + (f"\n         → {finding.remedy}" if finding.remedy else ""))
    if any(finding.level is clinic.Level.BAD for finding in findings):
        raise typer.Exit(1)


def main() -> None:
    """The console script."""
    cli()


if __name__ == "__main__":
    main()
