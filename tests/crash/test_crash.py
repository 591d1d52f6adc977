"""``kill -9`` between any two commits, before and after any sending: nothing is lost and nothing is done twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.crash.__main__ import run
from tests.crash.rig import POINTS
from tests.crash.sabotage import SABOTAGE

pytestmark = pytest.mark.crash
KILLS = 1_000
ENOUGH = 800
"""Kills within which every planted bug must be found."""


def test_a_thousand_kills_lose_nothing_and_double_nothing() -> None:
    report = run(KILLS, seed=1, workers=2)
    assert report["findings"] == []
    assert sum(report["kills"].values()) >= KILLS
    assert all(report["kills"][point] >= 100 for point in POINTS), report["kills"]


def test_planted_bugs_are_found() -> None:
    with ThreadPoolExecutor(2) as side_by_side:
        reports = side_by_side.map(lambda bug: run(ENOUGH, seed=2, workers=1, sabotage=bug), SABOTAGE)
        missed = [bug for bug, report in zip(SABOTAGE, reports, strict=True) if not report["findings"]]
    assert missed == []
