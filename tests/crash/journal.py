"""What the outside world has seen: an append-only file that outlives every process of the product."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Fact = Mapping[str, Any]


class Journal:
    """One line of JSON a fact, each written with one system call: a killed process leaves whole lines."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def write(self, kind: str, **facts: object) -> None:
        os.write(self._descriptor, json.dumps({"kind": kind, **facts}).encode() + b"\n")

    def facts(self, *kinds: str) -> Iterator[Fact]:
        """In the order in which they happened."""
        for line in self._file.read_text("utf-8").splitlines():
            fact = json.loads(line)
            if fact["kind"] in kinds:
                yield fact

    def close(self) -> None:
        os.close(self._descriptor)
