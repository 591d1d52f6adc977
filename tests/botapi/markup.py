"""Text as Telegram reads it: HTML to text and entities, and what it marks by itself. Offsets in UTF-16 units."""

from __future__ import annotations

import html
import re
from typing import Any

Entity = dict[str, Any]

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler",
    "tg-spoiler": "spoiler", "a": "text_link", "tg-emoji": "custom_emoji", "code": "code", "pre": "pre",
    "blockquote": "blockquote",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href"}, "span": {"class"}, "tg-emoji": {"emoji-id"}, "code": {"class"}, "blockquote": {"expandable"},
}  # fmt: skip
TOKEN = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)((?:\s[^<>]*)?)>|&(#x[0-9A-Fa-f]+|#[0-9]+|lt|gt|amp|quot);|([<>&])")
ATTRIBUTE = re.compile(r"\s+([A-Za-z-]+)(?:=\"([^\"]*)\"|='([^']*)')?")
MENTION_LINK = re.compile(r"tg://user\?id=(\d+)")
LINK = re.compile(r"(?:https?|tg)://.|mailto:.|tel:.")
FOUND = (
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])")),
    ("mention", re.compile(r"(?<!\w)@[A-Za-z0-9_]{3,32}(?!\w)")),
    ("url", re.compile(r"(?<!\w)https?://[^\s<>\"]+")),
)


class Unparsable(ValueError):
    """Markup that the real server refuses; the text is its answer."""

    def __init__(self, why: str) -> None:
        super().__init__(f"can't parse entities: {why}")


def units(text: str) -> int:
    """The length of ``text`` as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def found(text: str) -> list[Entity]:
    """Commands, mentions and addresses that the server marks in plain text."""
    entities = [
        {"type": kind, "offset": units(text[: match.start()]), "length": units(match[0])}
        for kind, pattern in FOUND
        for match in pattern.finditer(text)
    ]
    return sorted(entities, key=lambda entity: int(entity["offset"]))


def parsed(source: str) -> tuple[str, list[Entity]]:
    """The text and the entities of HTML, trimmed as the server trims. A link to a person becomes a ``text_mention``
    with a ``user_id`` that the server looks up. ``Unparsable`` for what the Bot API does not promise to take."""
    text = ""
    entities: list[Entity] = []
    opened: list[tuple[str, Entity]] = []
    at = 0
    for token in TOKEN.finditer(source):
        text += source[at : token.start()]
        at = token.end()
        slash, tag, attributes, reference, bare = token.groups()
        if bare:
            raise Unparsable(f"bare {bare!r} at {token.start()}: it must be written as an entity")
        if reference:
            text += html.unescape(token[0])
        elif slash:
            if not opened or opened[-1][0] != tag.lower():
                raise Unparsable(f"unexpected end tag </{tag}> at {token.start()}")
            entity = opened.pop()[1]
            entity["length"] = units(text) - entity["offset"]
            entities.append(entity)
        else:
            entity = _entity(tag.lower(), attributes, {inside["type"] for _, inside in opened})
            opened.append((tag.lower(), entity | {"offset": units(text)}))
    if opened:
        raise Unparsable(f"can't find end tag corresponding to start tag <{opened[-1][0]}>")
    return _trimmed(text + source[at:], entities)


def _entity(tag: str, attributes: str, inside: set[str]) -> Entity:
    """The entity that a start tag opens, still without its place."""
    if tag not in TAGS:
        raise Unparsable(f'unsupported start tag "{tag}"')
    given = {match[1]: html.unescape(match[2] or match[3] or "") for match in ATTRIBUTE.finditer(attributes)}
    if ATTRIBUTE.sub("", attributes).strip() or given.keys() - ATTRIBUTES.get(tag, set()):
        raise Unparsable(f"unexpected attributes in <{tag}{attributes}>")
    kind = TAGS[tag]
    if kind in inside or inside & {"code", "pre"} - ({"pre"} if tag == "code" else set()):
        raise Unparsable(f"<{tag}> can't be nested here")
    entity: Entity = {"type": kind}
    if tag == "a":
        href = given.get("href", "")
        if person := MENTION_LINK.fullmatch(href):
            return {"type": "text_mention", "user_id": int(person[1])}
        if not LINK.match(href):
            raise Unparsable(f"<a> leads nowhere: {href!r}")
        entity["url"] = href
    elif tag == "span" and given.get("class") != "tg-spoiler":
        raise Unparsable('tag "span" must have class "tg-spoiler"')
    elif tag == "tg-emoji":
        entity["custom_emoji_id"] = given.get("emoji-id", "")
    elif tag == "blockquote" and "expandable" in given:
        entity["type"] = "expandable_blockquote"
    elif tag == "code" and given.get("class", "").startswith("language-"):
        entity["language"] = given["class"].removeprefix("language-")
    return entity


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without white space around, nor entities that have nothing left to mark."""
    start = units(text) - units(text.lstrip())
    end = units(text.rstrip())
    kept = []
    for entity in entities:
        first, last = max(entity["offset"], start), min(entity["offset"] + entity["length"], end)
        if first < last:
            kept.append(entity | {"offset": first - start, "length": last - first})
    return text.strip(), sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))
