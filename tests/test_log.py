"""Logs: one line an event, readable by machines, and nothing in them that belongs to somebody."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot import log

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-x_"
LINK = "https://pay.example.org/pay/eyJjIjoiYWJjIn0.ZqXyZw.abcdefghijklmnop"
HOSTILE = "a\nINFO payment 999 confirmed\x1b[2J\u202e\x00\x85"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is written in JSON; the root logger is as before afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    log.set_up(human=False, stream=stream)
    yield stream
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
        f"token={TOKEN}.",
        LINK,
        "+8613800138000",
        "a+4915112345678b",
    ],
)
def test_secrets_are_hidden_wherever_they_stand(text: str) -> None:
    hidden = log.hide(text)
    assert "…" in hidden
    for secret in (TOKEN, "eyJ", "8613800138000", "4915112345678"):
        assert secret not in hidden


@pytest.mark.parametrize("text", ["collection.opened", "2026-11-24T04:00:00Z", "+5", "12:30", "row 123456: done"])
def test_other_text_is_left_as_it_is(text: str) -> None:
    assert log.hide(text) == text


def test_an_event_is_one_line_with_its_fields(written: io.StringIO) -> None:
    structlog.get_logger("bot.test").info("deliver.sent", row=7, platform="room")
    (event,) = events(written)
    assert (event["event"], event["row"], event["platform"], event["level"]) == ("deliver.sent", 7, "room", "info")
    assert event["timestamp"].endswith("Z")


def test_words_names_phones_and_tokens_never_appear(written: io.StringIO) -> None:
    private = {
        key: f"secret {key}" for key in ("text", "name", "phone", "token", "secret", "authorization", "password")
    }
    structlog.get_logger("bot.test").warning(
        "told", url=f"https://x/bot{TOKEN}/y", to="+8613800138000", link=LINK, **private
    )
    (event,) = events(written)
    assert "secret " not in written.getvalue()
    assert {event[key] for key in private} == {"…"}
    assert TOKEN not in written.getvalue()
    assert "138001" not in written.getvalue()
    assert event["link"] == "https://pay.example.org/pay/…"


def test_a_hostile_name_starts_no_line_and_reaches_no_terminal(written: io.StringIO) -> None:
    structlog.get_logger("bot.test").error("who", title=HOSTILE, exc_info=ValueError(HOSTILE))
    (event,) = events(written)
    assert event["title"].isprintable()
    assert "\x1b" not in event["exception"]
    assert "ValueError" in event["exception"]


def test_for_a_person_too_an_event_is_one_line(written: io.StringIO) -> None:
    stream = io.StringIO()
    log.set_up(human=True, stream=stream)
    structlog.get_logger("bot.test").info("who", title=HOSTILE)
    (line,) = stream.getvalue().splitlines()
    assert "payment 999" in line
    assert "\x1b" not in line


def test_other_libraries_warnings_come_along_and_are_cleaned_the_same(written: io.StringIO) -> None:
    httpx = logging.getLogger("httpx")
    httpx.info("HTTP Request: POST %s", f"https://api.telegram.org/bot{TOKEN}/getUpdates")
    try:
        raise RuntimeError(f"cannot reach bot{TOKEN}")
    except RuntimeError:
        httpx.warning("lost %s", HOSTILE, exc_info=True)
    (event,) = events(written)
    assert event["level"] == "warning"
    assert event["event"].startswith("lost a INFO")
    assert TOKEN not in written.getvalue()
    assert "RuntimeError" in event["exception"]
