"""What every row of a channel's ``causes.toml`` keeps to."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

STAGES = {"open", "choose", "create", "pay", "notify", "query", "close", "refund"}
CLASSES = {"never_opened", "silent", "hesitant", "technical"}
ACTS = {"none", "query", "renew", "switch", "later", "hand_over"}
TELLS = {
    "nothing", "try_again", "other_way", "expired", "already_paid", "not_enough", "limit", "declined_by_bank", "closed",
    "wrong_currency", "being_looked_into", "ask_organiser", "check_details",
}  # fmt: skip


def codes(package: ModuleType) -> set[str]:
    """The codes of a channel's catalogue, once each row is found to be well-formed."""
    rows: list[dict[str, Any]] = tomllib.loads((Path(str(package.__file__)).parent / "causes.toml").read_text("utf-8"))[
        "cause"
    ]
    assert len({(row["code"], row["stage"]) for row in rows}) == len(rows)
    for row in rows:
        assert set(row) == {"code", "stage", "class", "retryable", "tell", "act", "source"}, row
        assert row["stage"] in STAGES, row
        assert row["class"] in CLASSES, row
        assert row["act"] in ACTS, row
        assert row["tell"] in TELLS, row
        assert type(row["retryable"]) is bool, row
        assert row["source"].startswith("https://"), row
    return {row["code"] for row in rows}


def given(package: ModuleType, *more: ModuleType) -> set[str]:
    """The codes that stand in a channel's own modules, and in ``more``, as trouble that they raise or causes that they
    answer."""
    found = set[str]()
    files = [*Path(str(package.__file__)).parent.glob("*.py"), *(Path(str(module.__file__)) for module in more)]
    for file in files:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                raised = getattr(node.func, "id", "") in ("Declined", "Unavailable", "Unknown")
                values = [*(node.args if raised else ()), *(k.value for k in node.keywords if k.arg == "cause")]
                leaves = [leaf for value in values for leaf in ast.walk(value) if isinstance(leaf, ast.Constant)]
                found |= {leaf.value for leaf in leaves if isinstance(leaf.value, str) and leaf.value}
    return found
