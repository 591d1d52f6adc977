"""What is measured still runs: ports change, and a bench is easily forgotten. What it measures is not looked at."""

from __future__ import annotations

import pytest

from tests.bench.__main__ import main

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("target", ["webhook_to_card", "collect", "healing"])
def test_it_runs_and_prints_figures(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", target]) == 0
    assert any(character.isdigit() for character in capsys.readouterr().out.partition("\n\n")[2])
