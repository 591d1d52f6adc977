"""``python -m tests.bench [--quick] [sweep idle collect … faults healing reconnect]``: prints only."""

from __future__ import annotations

import logging
import os
import platform
import sys

import structlog

from bot.store import sqlite_version
from tests.bench import collect, contacts, faults, healing, idle, reconnect, sweep, webhook_to_card
from tests.bench.setting import setting

TARGETS = {
    "sweep": sweep,
    "idle": idle,
    "collect": collect,
    "webhook_to_card": webhook_to_card,
    "contacts": contacts,
    "faults": faults,
    "healing": healing,
}


def main(arguments: list[str]) -> int:
    quick = "--quick" in arguments
    names = [a for a in arguments if a != "--quick"] or list(TARGETS)
    TARGETS["reconnect"] = reconnect  # only when it is asked for: it needs the extra wechat
    if unknown := set(names) - set(TARGETS):
        print(f"no such measurement: {sorted(unknown)}; there are {list(TARGETS)}", file=sys.stderr)
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))  # only figures are printed
    version = ".".join(map(str, sqlite_version()))
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, SQLite {version}\n")
    with setting(quick=quick) as where:
        for name in names:
            TARGETS[name].run(where)
            print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
