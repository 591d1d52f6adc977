"""Kill, start again, look. Every life is a process of its own, forked from a warm parent that holds nothing open."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import structlog

from bot.app.build import renderer
from bot.store import Store, faults
from tests.crash.audit import audit
from tests.crash.journal import Journal
from tests.crash.life import ACT, Life
from tests.crash.sabotage import SABOTAGE

POINTS: Final = ("before-commit", "after-commit", "before-send", "after-send")
SCRIPTS: Final = 6
"""Different scripts that a worker plays, again and again, with the kill at another place."""
AGAIN: Final = 0.95
"""How often the next life is killed too: recovery must survive kills like everything else."""
EARLY: Final = 8
"""A life is killed within this part (an eighth) of what a whole one would do, so that a case has many lives."""


@dataclass
class Tally:
    """What the rig did and found."""

    kills: Counter[str] = field(default_factory=Counter)
    cases: int = 0
    findings: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        return json.dumps({"kills": self.kills, "cases": self.cases, "findings": self.findings})


class Rig:
    """Plays cases in ``folder`` until it has killed ``kills`` times, or (``first``) until something is found."""

    def __init__(self, folder: Path, seed: int, *, sabotage: str = "") -> None:
        self._folder, self._sabotage = folder, sabotage
        self._rng = Random(f"rig-{seed}")
        self._seeds = [self._rng.randrange(10**6) for _ in range(SCRIPTS)]
        self._blank = folder / "blank.db"
        self._steps: dict[int, Counter[str]] = {}
        self.tally = Tally()

    def run(self, kills: int, *, first: bool = False) -> Tally:
        _warm()
        _in_a_child(lambda: Store.open(f"sqlite:///{self._blank}").close())
        while self.tally.kills.total() < kills and not (first and self.tally.findings):
            self._case()
        return self.tally

    def _case(self) -> None:
        seed = self._rng.choice(self._seeds)
        steps = self._steps.get(seed) or self._measure(seed)
        folder = self._fresh()
        ended = False
        while not ended and self._rng.random() < AGAIN:
            kill = self._kill(steps)
            ended = self._live(folder, seed, kill)
            self.tally.kills[kill.point] += not ended
        if not ended:
            self._live(folder, seed, None)
        _in_a_child(lambda: (folder / "findings").write_text("\n".join(audit(folder)), "utf-8"))
        found = (folder / "findings").read_text("utf-8")
        self.tally.findings += [f"seed {seed}: {line}" for line in found.splitlines()]
        self.tally.cases += 1
        shutil.rmtree(folder)

    def _kill(self, steps: Counter[str]) -> _Kill:
        """Half of them anywhere, half of them soon after somebody did something: most commits of a life are those of
        a clock that finds nothing to do."""
        point = self._rng.choice(POINTS)
        if self._rng.random() < 0.5:
            return _Kill(point, self._rng.randint(1, max(1, steps[point] // EARLY)))
        return _Kill(point, self._rng.choice((1, 1, 2, 2, 3, 4, 6)), acts=self._rng.randint(1, 4))

    def _fresh(self) -> Path:
        folder = self._folder / f"case-{self.tally.cases}"
        folder.mkdir()
        shutil.copy(self._blank, folder / "crash.db")
        return folder

    def _measure(self, seed: int) -> Counter[str]:
        """How often each point is passed when nobody is killed."""
        folder = self._fresh()
        plan = _Count()

        def live() -> None:
            _life(folder, seed, plan, self._sabotage)
            (folder / "steps").write_text(json.dumps(plan.passed))

        _in_a_child(live)
        self._steps[seed] = Counter(json.loads((folder / "steps").read_text()))
        shutil.rmtree(folder)
        return self._steps[seed]

    def _live(self, folder: Path, seed: int, plan: Callable[[str], None] | None) -> bool:
        return _in_a_child(lambda: _life(folder, seed, plan, self._sabotage))


class _Count:
    def __init__(self) -> None:
        self.passed: Counter[str] = Counter()

    def __call__(self, point: str) -> None:
        self.passed[point] += 1


class _Kill:
    """Dies, as by ``kill -9``, when ``point`` is passed for the ``at``-th time since the ``acts``-th act began."""

    def __init__(self, point: str, at: int, *, acts: int = 0) -> None:
        self.point, self._left, self._acts = point, at, acts

    def __call__(self, point: str) -> None:
        self._acts -= point == ACT
        if point == self.point and self._acts <= 0:
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


def _life(folder: Path, seed: int, plan: Callable[[str], None] | None, sabotage: str) -> None:
    journal = Journal(folder / "journal")

    def errors(_: Any, method: str, event: Any) -> Any:
        if method in ("error", "exception", "critical"):
            journal.write("error", event=f"{event.get('event')} {event.get('exc_info', '')!r}")
        raise structlog.DropEvent

    structlog.configure(processors=[errors])
    if sabotage:
        SABOTAGE[sabotage]()
    faults.install(plan)
    asyncio.run(Life(folder, seed).live())


def _in_a_child(what: Callable[[], object]) -> bool:
    """Whether ``what`` came to its end in a forked process; False when that was killed. What it wrote to the standard
    error on the way stays there."""
    child = os.fork()
    if not child:
        code = 1
        try:
            what()
            code = 0
        except BaseException:  # noqa: BLE001 - a child must not return into the parent's code
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return False
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError("a life ended with an error (see above)")
    return True


def _warm() -> None:
    """What every life needs is made once, before the first fork."""
    environment = renderer()._environments["en"]
    for name in environment.list_templates(extensions=["j2"]):
        environment.get_template(name)
