"""What the Bot API would refuse is told from what it would take."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.botapi.check import SCHEMA, Upload, url_error, violations
from tests.botapi.markup import Unparsable, found, parsed

# -- what a request may not be ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("sendMesage", {}, "unknown method"),
        ("sendMessage", {"chat_id": "1", "text": "a", "colour": "red"}, "unknown parameter colour"),
        ("sendMessage", {"text": "a"}, "chat_id: required"),
        ("sendMessage", {"chat_id": "1"}, "message text is empty"),
        ("sendMessage", {"chat_id": 1.5, "text": "a"}, "chat_id: must be Integer or String"),
        ("sendMessage", {"chat_id": 1, "text": 5}, "text: must be String"),
        ("sendMessage", {"chat_id": "1", "text": "a", "protect_content": "maybe"}, "no Boolean"),
        ("sendMessage", {"chat_id": "1", "text": "a", "message_thread_id": "one"}, "no Integer"),
        ("sendMessage", {"chat_id": "1", "text": "a", "entities": "[{"}, "can't parse JSON"),
        ("sendMessage", {"chat_id": "1", "text": "a", "entities": "{}"}, "must be an array"),
        ("sendMessage", {"chat_id": "1", "text": "a", "entities": '[{"type":"bold","offset":0}]'}, "length: required"),
        (
            "sendMessage",
            {"chat_id": "1", "text": "a", "entities": '[{"type":"bold","offset":"0","length":1}]'},
            "entities[0].offset: must be Integer",
        ),
        ("sendMessage", {"chat_id": "1", "text": "a", "reply_markup": '{"inline_keyboard":[{}]}'}, "must be an array"),
        (
            "sendMessage",
            {"chat_id": "1", "text": "a", "reply_markup": {"inline_keyboard": [[{"text": "a", "cb": "b"}]]}},
            "unknown field cb",
        ),
        ("sendMessage", {"chat_id": "1", "text": "a", "parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
        ("sendMessage", {"chat_id": "1", "text": "\ud83d"}, "UTF-8"),
        ("setMyCommands", {"commands": [{"command": "Collect", "description": "a"}]}, "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [{"command": "a", "description": "b" * 257}]}, "1-256 characters"),
        (
            "setMyCommands",
            {"commands": [{"command": "a", "description": "b"}], "scope": {"type": "everyone"}},
            "scope.type: must be",
        ),
        ("getUpdates", {"allowed_updates": '["message","taps"]'}, "unknown ['taps']"),
        ("getUpdates", {"limit": "101"}, "1-100"),
        ("setWebhook", {"url": "http://example.com/hook"}, "HTTPS URL must be provided"),
        ("setWebhook", {"url": "https://example.com/", "secret_token": "a b"}, "unallowed characters"),
        ("editMessageText", {"text": "a"}, "message identifier is not specified"),
        ("sendPhoto", {"chat_id": "1", "photo": "attach://picture"}, "file picture: not sent"),
        ("sendPhoto", {"chat_id": "1", "photo": "id", "picture": Upload("a.png", b"")}, "unknown parameter"),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "a" * 201}, "too long"),
    ],
)
def test_a_wrong_request_is_a_violation(method: str, params: dict[str, Any], words: str) -> None:
    assert any(words in violation for violation in violations(method, params)), violations(method, params)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("sendMessage", {"chat_id": "-5", "text": "a", "protect_content": "true", "message_thread_id": "7"}),
        ("sendMessage", {"chat_id": 5, "text": "a", "link_preview_options": {"is_disabled": True}}),
        ("sendMessage", {"chat_id": "@news", "text": "a", "reply_markup": '{"force_reply": true}'}),
        ("sendMessage", {"chat_id": "5", "text": "<b>" + "a" * 4096 + "</b>", "parse_mode": "HTML"}),
        ("setMyCommands", {"commands": '[{"command":"a","description":"b"}]', "scope": '{"type":"chat","chat_id":1}'}),
        (
            "sendMediaGroup",
            {"chat_id": "1", "media": '[{"type":"photo","media":"attach://a"}]', "a": Upload("a", b"")},
        ),
        ("sendPhoto", {"chat_id": "1", "photo": Upload("a.png", b""), "caption": ""}),
        ("setWebhook", {"url": ""}),
        ("setWebhook", {"url": "http://127.0.0.1:80/hook", "secret_token": "a-B_9"}),
    ],
)
def test_a_right_request_is_none(method: str, params: dict[str, Any]) -> None:
    assert violations(method, params) == []


def test_the_schema_knows_every_type_it_speaks_of() -> None:
    known = {"String", "Integer", "Float", "Boolean", "True", *SCHEMA["types"], *SCHEMA["unions"]}
    tables = [*SCHEMA["methods"].values(), *SCHEMA["types"].values()]
    spoken = {field["type"].replace("Array of ", "") for table in tables for field in table.values()}
    assert {kind for types in spoken for kind in re.split(r", | and | or ", types)} <= known
    assert {kind.replace("Array of ", "") for kinds in SCHEMA["unions"].values() for kind in kinds} <= known


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "example.com", "http://localhost/", "https://pay", "http://127.0.0.1:8080/",
        "http://10.0.0.7/pay", "http://192.168.1.2", "http://[::1]/", "http://box.local/", "javascript:alert(1)", "http://[",
        "https://t.me/CollectBot?start=" + "a" * 65, "https://t.me/CollectBot?start=a.b", "",
    ],
)  # fmt: skip
def test_a_button_leads_to_the_public_web_only(url: str) -> None:
    assert url_error(url)


@pytest.mark.parametrize(
    "url", ["https://example.com/pay?x=1", "http://8.8.8.8/", "tg://user?id=5", "https://t.me/CollectBot?start=a-B_9"]
)
def test_a_button_may_lead_to_the_public_web(url: str) -> None:
    assert not url_error(url)


@pytest.mark.parametrize(
    "html",
    [
        "<b>a", "a</b>", "<b><i>a</b></i>", "<mention>a</mention>", "<br>", "a & b", "a < b", "a > b", "&nbsp;", "&lt",
        "<a>a</a>", '<a href="javascript:x">a</a>', '<b class="x">a</b>', "<code><b>a</b></code>", "<span>a</span>",
        "<b><b>a</b></b>", "<a href=http://x.org>a</a>",
    ],
)  # fmt: skip
def test_html_that_telegram_does_not_promise_to_read_is_refused(html: str) -> None:
    with pytest.raises(Unparsable, match="can't parse entities"):
        parsed(html)


def test_entities_count_utf_16_units() -> None:
    text, entities = parsed('  🍕<b>群<i>收</i></b> &amp; <a href="https://example.com/">x</a> ')
    assert text == "🍕群收 & x"
    assert entities == [
        {"type": "bold", "offset": 2, "length": 2},
        {"type": "italic", "offset": 3, "length": 1},
        {"type": "text_link", "offset": 7, "length": 1, "url": "https://example.com/"},
    ]
    assert found("🍕 /pay@CollectBot @mei_b a/b") == [
        {"type": "bot_command", "offset": 3, "length": 15},
        {"type": "mention", "offset": 19, "length": 6},
    ]
