"""What the README says can be typed is understood."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.commands import parse
from bot.domain import command as c
from tests.commands.chat import context

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
TABLES = README.partition("## What you can type")[2].partition("\n## ")[0]
TYPED = sorted(
    line
    for line in re.findall(r"`([^`]+)`", TABLES)
    if re.match(r"/|收款|退款|我|怎么付|状态", line) and "…" not in line
)


def test_the_tables_are_found() -> None:
    assert len(TYPED) > 50


@pytest.mark.parametrize("line", TYPED)
def test_what_the_readme_says_is_understood(line: str) -> None:
    known = re.sub("@(carl|dora)", "@小王", line)
    assert isinstance(parse(known, context()), c.ChatCommand)
