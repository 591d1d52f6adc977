"""The catalogue of what can stop a payment is well-formed, and knows every code that the adapter gives by itself."""

from __future__ import annotations

import ast
from pathlib import Path

import adapters.channels.wechatpay as wechatpay
from adapters.channels.wechatpay import facts
from adapters.channels.wechatpay.pages import _STALE
from adapters.channels.wechatpay.wire import _BUSY, _SURE, _UNSURE
from tests.channels.catalogue import codes

TROUBLES = ("Declined", "Unavailable", "Unknown")


def test_every_code_that_the_adapter_gives_by_itself_is_known() -> None:
    given = set[str]()
    for file in Path(str(wechatpay.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                named = getattr(node.func, "id", "") in TROUBLES
                values = [*(node.args if named else ()), *(k.value for k in node.keywords if k.arg == "cause")]
                leaves = [leaf.value for v in values for leaf in ast.walk(v) if isinstance(leaf, ast.Constant)]
                given |= {leaf for leaf in leaves if isinstance(leaf, str)}
    assert len(given) > 10
    assert given - codes(wechatpay) - {"http_", "oauth_"} == set()


def test_every_code_and_state_that_the_adapter_tells_apart_is_known() -> None:
    stale = {f"oauth_{number}" for number in _STALE}
    assert _BUSY | _SURE | _UNSURE | stale | facts._STATES.keys() | facts._REFUNDS.keys() <= codes(wechatpay)
