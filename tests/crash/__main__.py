"""``python -m tests.crash``: kill the product at random points and look at what is left.

python -m tests.crash --kills 1000            # 2 workers, seed 1
python -m tests.crash --sabotage done_later   # with a planted bug: stops at the first finding
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tests.crash.rig import Rig
from tests.crash.sabotage import SABOTAGE

ROOT = Path(__file__).parents[2]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description="Kill, start again, look.")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sabotage", choices=sorted(SABOTAGE), default="")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def run(kills: int, *, seed: int = 1, workers: int = 2, sabotage: str = "") -> dict[str, Any]:
    """``{"kills": {point: n}, "cases": n, "findings": [...], "seconds": s}`` of all workers together."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="qunshou-crash-") as folder:
        running = []
        for n in range(workers):
            place = Path(folder) / str(n)
            place.mkdir()
            command = [
                sys.executable,
                "-m",
                "tests.crash",
                "--worker",
                str(place),
                "--kills",
                str(-(-kills // workers)),
            ]
            command += ["--seed", str(seed * 1000 + n), *(["--sabotage", sabotage] if sabotage else [])]
            running.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        reports = [json.loads(process.communicate()[0] or "{}") for process in running]
    if any(process.returncode for process in running):
        raise RuntimeError("a worker of the crash rig failed (see above)")
    counted: Counter[str] = Counter()
    for report in reports:
        counted.update(report["kills"])
    return {
        "kills": dict(counted),
        "cases": sum(report["cases"] for report in reports),
        "findings": [finding for report in reports for finding in report["findings"]],
        "seconds": round(time.perf_counter() - began, 1),
    }


def main() -> int:
    said = _arguments()
    if said.worker is not None:
        rig = Rig(said.worker, said.seed, sabotage=said.sabotage)
        print(rig.run(said.kills, first=bool(said.sabotage)).as_json())
        return 0
    report = run(said.kills, seed=said.seed, workers=said.workers, sabotage=said.sabotage)
    print(f"{sum(report['kills'].values())} kills in {report['cases']} cases, {report['seconds']} s: {report['kills']}")
    for finding in report["findings"][:50]:
        print(f"  {finding}")
    print(f"{len(report['findings'])} findings")
    return bool(report["findings"])


if __name__ == "__main__":
    sys.exit(main())
