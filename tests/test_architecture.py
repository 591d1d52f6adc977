"""The house keeps its shape: who may know whom, how long a module may get, and what only one room may do."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("adapters/**/*.py")])
ALL = sorted([*PRODUCT, *ROOT.glob("tests/**/*.py")])
MOST_LINES = 400
_WRITES = re.compile(r"\.commit\(|\.begin\(|BEGIN\b|SAVEPOINT\b|COMMIT\b")


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _who_imports(library: str) -> set[str]:
    return {_name(f) for f in PRODUCT if any(name.partition(".")[0] == library for name in _imports(f))}


def test_the_import_contracts_are_kept() -> None:
    command = [Path(sys.executable).parent / "lint-imports", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_module_is_longer_than_one_can_keep_in_mind() -> None:
    long = {_name(f): lines for f in ALL if (lines := len(f.read_text("utf-8").splitlines())) > MOST_LINES}
    assert long == {}


def test_every_module_says_what_it_is_for() -> None:
    mute = [_name(f) for f in ALL if f.stat().st_size and ast.get_docstring(ast.parse(f.read_text("utf-8"))) is None]
    assert mute == []


@pytest.mark.parametrize(
    ("library", "home"),
    [
        ("apscheduler", "bot/ticker.py"),
        ("lark", "bot/commands/"),
        ("jinja2", "bot/render/"),
        ("telegram", "adapters/chats/telegram/"),
    ],
)
def test_one_library_has_one_home(library: str, home: str) -> None:
    elsewhere = {user for user in _who_imports(library) if not user.startswith(home)}
    assert elsewhere <= {"adapters/web/pages.py"} if library == "jinja2" else elsewhere == set()


def test_only_the_engine_begins_and_ends_transactions() -> None:
    """So that the crash rig, which kills there, kills between any two commits."""
    writers = {_name(f) for f in PRODUCT if "migrations" not in f.parts and _WRITES.search(_code(f))}
    assert writers == {"bot/store/engine.py"}


def _code(file: Path) -> str:
    """Without docstrings and comments."""
    return ast.unparse(_Bare().visit(ast.parse(file.read_text("utf-8"))))


class _Bare(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return None if isinstance(node.value, ast.Constant) else node


def test_only_deliver_sends() -> None:
    """The methods of chat ports and notifiers that speak to the outside are called in one module."""
    sending = re.compile(r"(port|notifier)\.(post|write|edit|answer|notify)\(")
    assert {_name(f) for f in ROOT.glob("bot/**/*.py") if sending.search(_code(f))} == {"bot/service/deliver.py"}


def test_nothing_in_the_repository_names_a_machine() -> None:
    private = re.compile(r"/(home|root|Users)/\w")
    files = [f for f in ROOT.rglob("*") if f.suffix in (".py", ".md", ".toml", ".txt", ".j2", ".html", ".js")]
    tracked = [f for f in files if not any(part.startswith(".venv") or part == "build" for part in f.parts)]
    assert [_name(f) for f in tracked if f != Path(__file__) and private.search(f.read_text("utf-8"))] == []
