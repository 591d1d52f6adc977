"""The catalogue of what can stop a payment is well-formed, and knows every code that the adapter gives by itself."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any, Final

import adapters.channels.unionpay as unionpay

FOLDER: Final = Path(unionpay.__file__).parent
CAUSES: Final[list[dict[str, Any]]] = tomllib.loads((FOLDER / "causes.toml").read_text("utf-8"))["cause"]
STAGES = {"open", "choose", "create", "pay", "notify", "query", "close", "refund"}
CLASSES = {"never_opened", "silent", "hesitant", "technical"}
ACTS = {"none", "query", "renew", "switch", "later", "hand_over"}
TELLS = {
    "nothing", "try_again", "other_way", "expired", "already_paid", "not_enough", "limit", "declined_by_bank", "closed",
    "wrong_currency", "being_looked_into", "ask_organiser", "check_details",
}  # fmt: skip


def test_each_row_is_well_formed_and_each_code_stands_there_once() -> None:
    for row in CAUSES:
        assert row.keys() == {"code", "stage", "class", "retryable", "tell", "act", "source"}, row
        assert row["stage"] in STAGES, row
        assert row["class"] in CLASSES, row
        assert row["act"] in ACTS, row
        assert row["tell"] in TELLS, row
        assert type(row["retryable"]) is bool
        assert row["source"].startswith("https://")
    codes = [row["code"] for row in CAUSES]
    assert len(codes) == len(set(codes)) >= 55


def test_every_code_that_the_adapter_gives_by_itself_is_known() -> None:
    known, given = {row["code"] for row in CAUSES}, set[str]()
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Declined", "Unavailable", "Unknown"):
                leaves = [leaf for value in node.args for leaf in ast.walk(value)]
                given |= {str(leaf.value) for leaf in leaves if isinstance(leaf, ast.Constant)}
    assert given - known - {"http_"} == set()
    assert len(given) > 7
