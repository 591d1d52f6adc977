"""Makes schema.json of the described JSON of the Bot API: ``python tests/botapi/reduce.py telegram-bot-api.json``.

What stays of each method and each type is what ``check.py`` needs:

    methods   method → parameter → field
    types     type   → field name → field
    unions    type that is one of several → those types
    field     {"type", "required"} and, where the description says so,
              "limit" {"min", "max", "unit"}, "parsed" (the limit counts what is left after parsing entities),
              "const" (the only value)
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

CONST = re.compile(r"(?:, must be |, always )'?(\w+)'?$")
PARSED = re.compile(r"after (?:entities|entity) parsing")


def field(source: Mapping[str, Any]) -> dict[str, Any]:
    """One field without its description."""
    description = source["description"]
    reduced = {"type": source["type"], "required": source["required"]}
    if "limit" in source:
        reduced["limit"] = source["limit"]
        if PARSED.search(description):
            reduced["parsed"] = True
    if source["type"] == "String" and (const := CONST.search(description)):
        reduced["const"] = const[1]
    return reduced


def alternatives(name: str, description: str, types: Mapping[str, Any]) -> list[str]:
    """The types that ``name`` stands for; none when it is no union. A list that the description cuts short is
    completed by the types that continue ``name`` and have a constant of their own, and by the one
    that the last word began, if it can be told."""
    listed: list[str] = re.findall(r"- (\w+)", description)
    kinds = {word for word in listed if word in types}
    if kinds and (len(description) >= 300 or listed[-1] not in types):
        kinds |= {other for other in types if re.match(rf"{name}[A-Z]", other) and _has_const(types[other])}
        begun = [other for other in types if other.startswith(listed[-1])]
        kinds |= set(begun if len(begun) == 1 else ())
    if name == "RichText":
        kinds |= {"String", "Array of RichText"}
    return sorted(kinds)


def _has_const(body: Mapping[str, Any]) -> bool:
    return any("const" in field(source) for source in body["fields"])


def reduced(api: Mapping[str, Any]) -> dict[str, Any]:
    """The whole schema."""
    types: Mapping[str, Any] = api["types"]
    unions = {
        name: kinds
        for name, body in types.items()
        if not body["fields"] and (kinds := alternatives(name, body["description"], types))
    }
    return {
        "version": api["api"]["version"],
        "source": api["source"],
        "methods": {name: {f["name"]: field(f) for f in body["fields"]} for name, body in api["methods"].items()},
        "types": {
            name: {f["name"]: field(f) for f in body["fields"]} for name, body in types.items() if name not in unions
        },
        "unions": unions,
    }


def written(schema: Mapping[str, Any]) -> str:
    """JSON with one method or type a line: small, and a new version shows as a readable difference."""
    parts = []
    for key, value in schema.items():
        if isinstance(value, dict):
            lines = (f"{json.dumps(n)}:{json.dumps(body, separators=(',', ':'))}" for n, body in value.items())
            parts.append(f"{json.dumps(key)}:{{\n" + ",\n".join(lines) + "\n}")
        else:
            parts.append(f"{json.dumps(key)}:{json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    api = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(__file__).with_name("schema.json").write_text(written(reduced(api)), encoding="utf-8")
