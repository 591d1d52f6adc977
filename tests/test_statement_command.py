"""A statement read by hand: what it finds, and what its exit code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store import Store
from tests.store.town import NOON, Town
from tests.test_cli import qunshou

DAY = f"{NOON:%Y-%m-%d}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ann has paid over the sandbox, whose bank has forgotten all since: it keeps its books in memory."""
    (tmp_path / "config.toml").write_text("[room]\n[channels.sandbox]\n[channels.manual]\n", "utf-8")
    store = Store.open(f"sqlite:///{tmp_path}/qunshou.db")
    town = Town(store)
    town.do(town.charge(town.start(town.collect(), town.ann), "SB0123"))
    store.close()
    return tmp_path


def test_what_the_statement_lacks_is_shown_and_the_exit_code_is_1(folder: Path) -> None:
    code, shown, said = qunshou(folder, "statement", "sandbox", DAY)
    assert code == 1
    assert "SB0123" in shown
    assert "1.00 CNY" in shown
    assert "1 do not agree" in said
    assert "Traceback" not in said
    code, shown, _ = qunshou(folder, "doctor", "channels")
    assert f"statement of {DAY} read at" in shown
    assert "1 differences" in shown
    assert qunshou(folder, "verify")[0] == 0


def test_a_day_without_anything_agrees(folder: Path) -> None:
    code, shown, said = qunshou(folder, "statement", "sandbox", "2026-02-27")
    assert (code, said) == (0, "")
    assert "missing" in shown


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("alipay", DAY), "alipay: not configured"),
        (("manual", DAY), "manual: not configured, or gives no statements"),
        (("sandbox", "2999-01-01"), "can be read from 2999-01-02 01:00 UTC on"),
    ],
)
def test_what_cannot_be_read_is_said_with_exit_code_2(folder: Path, arguments: tuple[str, ...], expected: str) -> None:
    code, _, said = qunshou(folder, "statement", *arguments)
    assert code == 2
    assert expected in said
