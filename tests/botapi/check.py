"""What the Bot API would refuse: a request held against the schema of every method and type, and the hand rules."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.botapi.markup import Unparsable, parsed, units

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))
METHODS: dict[str, Any] = SCHEMA["methods"]
TYPES: dict[str, Any] = SCHEMA["types"]
UNIONS: dict[str, list[str]] = SCHEMA["unions"]

BUTTONS_PER_KEYBOARD = 100
BUTTONS_PER_ROW = 8
LOOKS = {"text", "icon_custom_emoji_id", "style"}
"""Fields of an inline button that are no action."""
PRIVATE_ONLY = {"web_app", "request_contact", "request_location"}
START_LINK = re.compile(r"https://t\.me/(\w+)\?start=([A-Za-z0-9_-]{1,64})")
WRONG_LENGTH = {
    "text": ("message text is empty", "message is too long"),
    "caption": ("", "message caption is too long"),
    "callback_data": ("BUTTON_DATA_INVALID", "BUTTON_DATA_INVALID"),
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the request."""

    name: str
    content: bytes


def violations(method: str, params: Mapping[str, object], *, bot: str = "") -> list[str]:
    """Everything wrong with a request, first the gravest. A string may be a form field: plain, or JSON for anything
    else than text. ``bot`` is the username that start links must name; any, when empty."""
    if method not in METHODS:
        return [f"{method}: unknown method"]
    fields = METHODS[method]
    wrong: list[str] = []
    given: dict[str, Any] = {}
    for name, value in params.items():
        if name not in fields and isinstance(value, Upload):
            continue
        try:
            given[name] = decoded(value, fields.get(name, {}).get("type", "String"))
        except ValueError as error:
            wrong.append(f"{name}: {error}")
            given.pop(name, None)
    wrong += [error for error in object_errors(given, fields, method) if not _undecoded(error, params, given)]
    if not wrong:
        wrong += _files(params, given, fields)
        wrong += METHOD_RULES.get(method, _no_rule)(given, bot)
        wrong += _private_only(given)
    return wrong


def _undecoded(error: str, params: Mapping[str, object], given: Mapping[str, object]) -> bool:
    """A parameter that could not be read is not also missing."""
    return error in {f"{name}: required" for name in params.keys() - given.keys()}


# -- types --------------------------------------------------------------------------------------------------


def decoded(value: object, type_: str) -> object:
    """A top-level parameter as a value of its type. ``ValueError`` when a form string cannot be one."""
    kinds = _kinds(type_)
    if not isinstance(value, str) or "String" in kinds or "InputFile" in kinds:
        return value
    if kinds <= {"Integer", "Float"}:
        if not re.fullmatch(r"-?\d+" if kinds == {"Integer"} else r"-?\d+(\.\d+)?", value):
            raise ValueError(f"{value!r} is no {type_}")
        return int(value) if "Integer" in kinds else float(value)
    if kinds <= {"Boolean", "True"}:
        if value.lower() not in {"true", "false"}:
            raise ValueError(f"{value!r} is no {type_}")
        return value.lower() == "true"
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError(f"can't parse JSON: {error}") from error


def _kinds(type_: str) -> set[str]:
    """``A or B`` as a set."""
    return {type_} if type_.startswith("Array of ") else set(re.split(r", | and | or ", type_))


def value_errors(value: object, type_: str, path: str) -> list[str]:
    """What keeps ``value`` from being of ``type_``, rules of the types included."""
    if type_.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{path}: must be an array"]
        item = type_.removeprefix("Array of ")
        return [error for at, each in enumerate(value) for error in value_errors(each, item, f"{path}[{at}]")]
    kinds = sorted(kind for name in _kinds(type_) for kind in UNIONS.get(name, [name]))
    if len(kinds) > 1:
        best = min(kinds, key=lambda kind: _misfit(value, kind))
        return value_errors(value, best, path) if _misfit(value, best) < 1000 else [f"{path}: must be {type_}"]
    if _misfit(value, kinds[0]) >= 1000:
        return [f"{path}: must be {kinds[0]}"]
    if isinstance(value, dict):
        errors = object_errors(value, TYPES[kinds[0]], path)
        return errors or [f"{path}: {error}" for error in TYPE_RULES.get(kinds[0], _no_rule)(value, "")]
    if isinstance(value, str) and not _is_unicode(value):
        return [f"{path}: strings must be encoded in UTF-8"]
    return []


def _misfit(value: object, kind: str) -> int:
    """How badly ``value`` fits: 0 well, 1000 not at all, in between for objects with wrong or missing fields."""
    if kind.startswith("Array of "):
        return 0 if isinstance(value, list) else 1000
    if kind in TYPES and kind != "InputFile":
        if not isinstance(value, dict):
            return 1000
        fields = TYPES[kind]
        consts = sum(10 for name, field in fields.items() if "const" in field and value.get(name) != field["const"])
        missing = sum(name not in value for name, field in fields.items() if field["required"])
        return consts + missing + len(value.keys() - fields.keys())
    fits = {
        "String": isinstance(value, str),
        "Integer": isinstance(value, int) and not isinstance(value, bool),
        "Float": isinstance(value, int | float) and not isinstance(value, bool),
        "Boolean": isinstance(value, bool),
        "True": value is True,
        "InputFile": isinstance(value, Upload) or (isinstance(value, str) and value.startswith("attach://")),
    }
    return 0 if fits[kind] else 1000


def object_errors(value: Mapping[str, Any], fields: Mapping[str, Any], path: str) -> list[str]:
    """Unknown, missing and wrong fields, in the words of the real server where it has any."""
    top = path in METHODS
    errors = [f"{path}: unknown {'parameter' if top else 'field'} {name}" for name in value.keys() - fields.keys()]
    for name, field in fields.items():
        where = name if top else f"{path}.{name}"
        if name not in value:
            errors += [_missing(name, where)] if field["required"] else []
            continue
        wrong = value_errors(value[name], field["type"], where)
        if not wrong and isinstance(value[name], str):
            wrong = _length(name, where, field, value)
            if value[name] != field.get("const", value[name]):
                wrong.append(f"{where}: must be {field['const']}")
        errors += wrong
    return errors


def _missing(name: str, where: str) -> str:
    return "message text is empty" if where == "text" else f"{where}: required"


def _length(name: str, where: str, field: Mapping[str, Any], owner: Mapping[str, Any]) -> list[str]:
    """Markup that cannot be read, and text too short or too long once it is."""
    text: str = owner[name]
    if field.get("parsed"):
        mode = owner.get(f"{name}_parse_mode", owner.get("parse_mode", ""))
        if mode not in ("", "HTML"):
            return [f"unsupported parse_mode {mode!r} (this server reads HTML)"]
        try:
            text = parsed(text)[0] if mode else text.strip()
        except Unparsable as error:
            return [str(error)]
    if "limit" not in field:
        return []
    limit = field["limit"]
    long = len(text.encode()) if limit["unit"] == "bytes" else units(text)
    if limit["min"] <= long <= limit["max"]:
        return []
    words = WRONG_LENGTH.get(name, ("", ""))[long > limit["max"]]
    place = "" if where == name and words else f"{where}: "
    return [f"{place}{words or f'''must be {limit['min']}-{limit['max']} {limit['unit']}'''} ({long})"]


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


# -- hand rules ---------------------------------------------------------------------------------------------

Rule = Callable[[Mapping[str, Any], str], Iterable[str]]
"""What is wrong with a value that has the right shape, given the username of the bot."""


def _no_rule(value: Mapping[str, Any], bot: str) -> list[str]:
    return []


def url_error(url: str) -> str:
    """Why a button may not lead to ``url``; empty when it may."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "Wrong HTTP URL"
    host = parts.hostname or ""
    if parts.scheme == "tg" and host:
        return ""
    if parts.scheme not in {"http", "https"} or not host:
        return "Wrong HTTP URL"
    try:
        return "" if ipaddress.ip_address(host).is_global else "private address"
    except ValueError:
        if "." not in host or host.endswith((".localhost", ".local", ".internal")):
            return "Wrong HTTP URL"
    if host == "t.me" and "start=" in parts.query and not START_LINK.fullmatch(url):
        return "wrong start parameter"
    return ""


def _button(button: Mapping[str, Any], bot: str) -> Iterator[str]:
    actions = button.keys() - LOOKS
    if len(actions) != 1:
        yield f"a button needs exactly one action, not {sorted(actions)}"
    if not button["text"].strip():
        yield "BUTTON_TEXT_INVALID"
    if "url" in button and (why := url_error(button["url"])):
        yield f"inline keyboard button URL {button['url']!r} is invalid: {why}"


def _keyboard(markup: Mapping[str, Any], bot: str) -> Iterator[str]:
    rows = markup["inline_keyboard"]
    if sum(map(len, rows)) > BUTTONS_PER_KEYBOARD:
        yield f"REPLY_MARKUP_TOO_LONG (more than {BUTTONS_PER_KEYBOARD} buttons)"
    if any(len(row) > BUTTONS_PER_ROW for row in rows):
        yield f"REPLY_MARKUP_TOO_LONG (more than {BUTTONS_PER_ROW} buttons in a row)"
    if not all(rows):
        yield "empty row of buttons"


def _command(command: Mapping[str, Any], bot: str) -> Iterator[str]:
    if not re.fullmatch(r"[a-z0-9_]+", command["command"]):
        yield "BOT_COMMAND_INVALID"


def _press_answer(given: Mapping[str, Any], bot: str) -> Iterator[str]:
    if url := given.get("url"):
        link = START_LINK.fullmatch(url)
        if not link or bot.lower() not in {"", link[1].lower()}:
            yield f"URL_INVALID ({url!r} is no start link of the bot)"


def _webhook(given: Mapping[str, Any], bot: str) -> Iterator[str]:
    if not re.match(r"https://.|http://(127\.0\.0\.1|localhost)[:/]|$", given["url"]):
        yield "bad webhook: an HTTPS URL must be provided for webhook"
    if not re.fullmatch(r"[A-Za-z0-9_-]*", given.get("secret_token", "")):
        yield "secret token contains unallowed characters"
    yield from _get_updates(given, bot)


def _get_updates(given: Mapping[str, Any], bot: str) -> Iterator[str]:
    if unknown := set(given.get("allowed_updates", ())) - TYPES["Update"].keys():
        yield f"allowed_updates: unknown {sorted(unknown)}"
    if not 1 <= given.get("limit", 100) <= 100:
        yield "limit: must be 1-100"


def _target(given: Mapping[str, Any], bot: str) -> Iterator[str]:
    if "inline_message_id" not in given and not {"chat_id", "message_id"} <= given.keys():
        yield "message identifier is not specified"


def _edited_text(given: Mapping[str, Any], bot: str) -> Iterator[str]:
    yield from _target(given, bot)
    if not given.keys() & {"text", "rich_message"}:
        yield "message text is empty"


def _commands(given: Mapping[str, Any], bot: str) -> Iterator[str]:
    if len(given["commands"]) > 100:
        yield "BOT_COMMANDS_TOO_MUCH"


def _invoice(given: Mapping[str, Any], bot: str) -> Iterator[str]:
    """https://core.telegram.org/bots/api#sendinvoice: Stars have one price and no provider."""
    amounts = [price["amount"] for price in given["prices"]]
    if not amounts or sum(amounts) < 1:
        yield "prices: must add up to a positive amount"
    if given["currency"] == "XTR":
        if given.get("provider_token"):
            yield "STARS_INVOICE_INVALID (a provider token)"
        if len(amounts) != 1:
            yield "STARS_INVOICE_INVALID (must have exactly one price)"
    elif not given.get("provider_token"):
        yield "provider_token: required unless in Stars"
    if not re.fullmatch(r"[A-Z]{3}", given["currency"]):
        yield "currency: three letters of ISO 4217"
    if "start_parameter" in given and not re.fullmatch(r"[A-Za-z0-9_-]{0,64}", given["start_parameter"]):
        yield "START_PARAM_INVALID"
    if not all(price["label"].strip() for price in given["prices"]) or not given["title"].strip():
        yield "a price or an invoice without a name"


def _checkout_answer(given: Mapping[str, Any], bot: str) -> Iterator[str]:
    if given["ok"] == bool(given.get("error_message")):
        yield "error_message: required if ok is False, and only then"


def _transactions(given: Mapping[str, Any], bot: str) -> Iterator[str]:
    if not 1 <= given.get("limit", 100) <= 100 or given.get("offset", 0) < 0:
        yield "limit: must be 1-100"


def _files(params: Mapping[str, object], given: Mapping[str, Any], fields: Mapping[str, Any]) -> Iterator[str]:
    """Every file is spoken of, and every file spoken of is there."""
    named = set(re.findall(r"attach://([\w.-]+)", json.dumps(given, default=lambda upload: None)))
    sent = {name for name, value in params.items() if isinstance(value, Upload) and name not in fields}
    for name in sorted(named ^ sent):
        yield f"file {name}: {'not sent' if name in named else 'unknown parameter'}"


def _private_only(given: Mapping[str, Any]) -> Iterator[str]:
    """Some buttons work in private chats only."""
    markup = given.get("reply_markup", {})
    group = str(given.get("chat_id", "")).startswith(("-", "@"))
    for row in markup.get("inline_keyboard", markup.get("keyboard", [])) if group else []:
        for button in row:
            if misplaced := button.keys() & PRIVATE_ONLY:
                yield f"BUTTON_TYPE_INVALID ({sorted(misplaced)} in a group)"


TYPE_RULES: dict[str, Rule] = {
    "InlineKeyboardMarkup": _keyboard,
    "InlineKeyboardButton": _button,
    "BotCommand": _command,
}
METHOD_RULES: dict[str, Rule] = {
    "answerCallbackQuery": _press_answer,
    "setWebhook": _webhook,
    "getUpdates": _get_updates,
    "createInvoiceLink": _invoice,
    "sendInvoice": _invoice,
    "answerPreCheckoutQuery": _checkout_answer,
    "getStarTransactions": _transactions,
    "setMyCommands": _commands,
    "editMessageText": _edited_text,
    "editMessageCaption": _target,
    "editMessageReplyMarkup": _target,
}
