"""Structured logs: event names with fields, one line each; tokens, phone numbers and personal links never appear."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

_SECRET: Final = re.compile(
    r"(?P<bot>(?<!\d)\d{6,12}:[A-Za-z0-9_-]{30,})"  # Telegram bot tokens
    r"|(?P<pay>/pay/)[A-Za-z0-9_.\-]{20,}"
    r"|(?P<phone>\+\d{8,15})"
)
_NEVER: Final = frozenset({"text", "name", "phone", "token", "secret", "authorization", "password"})


def hide(text: str) -> str:
    """``text`` without secrets."""
    return _SECRET.sub(lambda m: f"{m['pay']}…" if m["pay"] else "…", text)


def _redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key in _NEVER:
            event[key] = "…"
        elif isinstance(value, str):
            event[key] = hide(value)
    return event


def _one_line(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Names and other foreign text cannot start a line of their own, nor reach the terminal; a traceback has lines."""
    for key, value in event.items():
        if isinstance(value, str):
            kept = "\n" if key == "exception" else ""
            event[key] = "".join(ch if ch.isprintable() or ch == kept else " " for ch in value)
    return event


def set_up(*, human: bool, stream: TextIO | None = None) -> None:
    """JSON lines for machines, or readable lines for a person at a terminal. Other libraries' warnings come along."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact,
        _one_line,
    ]
    last: Any = (
        structlog.dev.ConsoleRenderer(colors=False) if human else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("bot").setLevel(logging.INFO)
    logging.getLogger("adapters").setLevel(logging.INFO)
