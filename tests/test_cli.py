"""The command line as an operator meets it: exit codes, and words that say what to do."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QUNSHOU_")}
    return kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "140", "NO_COLOR": "1", "no_proxy": "127.0.0.1"}


def qunshou(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    command = [sys.executable, "-m", "bot", *arguments]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def _config(folder: Path, text: str = "[room]\n") -> None:
    (folder / "config.toml").write_text(text, "utf-8")


def test_without_a_config_it_says_where_to_get_one(tmp_path: Path) -> None:
    code, _, said = qunshou(tmp_path, "run")
    assert code == 2
    assert "config.toml" in said
    assert "copy config.example.toml" in said
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_key_is_named_with_its_line_and_what_was_expected(tmp_path: Path) -> None:
    _config(tmp_path, "[room]\n\n[reminders]\nevery = 6\n")
    code, _, said = qunshou(tmp_path, "run")
    assert code == 2
    assert "reminders.every" in said
    assert "config.toml:4" in said
    assert "Traceback" not in said


def test_a_database_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    _config(tmp_path, '[room]\n[database]\nurl = "sqlite:///nowhere/at/all.db"\n')
    code, _, said = qunshou(tmp_path, "verify")
    assert code == 1
    assert said.startswith("database.url: cannot be opened")
    assert "Traceback" not in said


def test_empty_books_are_in_order_and_nothing_is_planned(tmp_path: Path) -> None:
    _config(tmp_path)
    assert qunshou(tmp_path, "verify")[:2] == (0, "0 collections: the books are in order\n")
    assert qunshou(tmp_path, "simulate")[:2] == (0, "Nothing is planned.\n")


def test_without_words_it_shows_what_there_is(tmp_path: Path) -> None:
    code, shown, _ = qunshou(tmp_path, "--help")
    assert code == 0
    for command in ("run", "demo", "verify", "simulate", "doctor"):
        assert command in shown


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_told_to_stop_and_what_was_asked_for_is_there_afterwards(
    tmp_path: Path, how: signal.Signals
) -> None:
    url = f"http://127.0.0.1:{(port := _free_port())}"
    _config(tmp_path, f'[room]\n[web]\nport = {port}\npublic_url = "{url}"\n[channels.manual]\n')
    with _running(tmp_path) as running:
        assert running.stderr is not None
        assert any('"started"' in line for line in iter(running.stderr.readline, ""))
        said = json.dumps({"as": "lin", "text": "/collect 200 equal Hotpot", "private": False}).encode()
        ask = urllib.request.Request(f"{url}/room/say", said, {"content-type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(ask) as answer:
            assert answer.status == 200
        running.send_signal(how)
        rest = running.stderr.read()
        assert running.wait(timeout=20) == 0
    assert '"stopped"' in rest
    assert "Traceback" not in rest, rest
    assert qunshou(tmp_path, "verify")[1] == "1 collections: the books are in order\n"
    code, table, _ = qunshou(tmp_path, "simulate")
    assert code == 0
    assert "#1" in table


@contextmanager
def _running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bot", "run"]
    with subprocess.Popen(command, cwd=folder, env=_environment(), stderr=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_a_port_that_is_taken_is_said_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        _config(tmp_path, f"[room]\n[web]\nport = {port}\n")
        code, _, said = qunshou(tmp_path, "run")
    assert code == 1
    assert "choose another port" in said


def test_books_that_were_changed_by_force_are_found(tmp_path: Path) -> None:
    test_it_runs_until_it_is_told_to_stop_and_what_was_asked_for_is_there_afterwards(tmp_path, signal.SIGTERM)
    connection = sqlite3.connect(tmp_path / "qunshou.db")
    connection.execute("UPDATE due SET paid = paid + 1")
    connection.commit()
    connection.close()
    code, findings, said = qunshou(tmp_path, "verify")
    assert code == 1
    assert "collection" in findings
    assert "keep a copy" in said
