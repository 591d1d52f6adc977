"""After the last life: what was promised, held against what the outside world saw."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.store import Store
from tests.crash.journal import Fact, Journal

_REMINDER = re.compile(r"#(\d+).*Reminder (\d+) of \d+", re.DOTALL)
_CARD = re.compile(r"^💰 #(\d+)")


def audit(folder: Path) -> list[str]:
    """Everything that is wrong."""
    journal = Journal(folder / "journal")
    store = Store.open(f"sqlite:///{folder / 'crash.db'}")
    broken = [f"books: {finding.what}" for finding in store.run(lambda work: tuple(work.verify()))]
    store.close()
    rows = _Rows(folder / "crash.db")
    checks = (_health, _updates, _commands, _money, _said_once, _cards, _answers)
    found = [finding for check in checks for finding in check(journal, rows)]
    rows.connection.close()
    journal.close()
    return [*broken, *found, *(f"error: {fact['event']}" for fact in Journal(folder / "journal").facts("error"))]


class _Rows:
    def __init__(self, file: Path) -> None:
        self.connection = sqlite3.connect(file)

    def __call__(self, select: str) -> list[Any]:
        return self.connection.execute(select).fetchall()


def _health(journal: Journal, rows: _Rows) -> Iterator[str]:
    if (state := rows("PRAGMA integrity_check")) != [("ok",)]:
        yield f"the file: {state}"
    for state, kind, error in rows("SELECT state, kind, error FROM outbox"):
        if state in ("pending", "sending", "dead"):
            yield f"outbox: a {kind} is still {state} {error}"
    for number, error in rows("SELECT event_id, error FROM inbox WHERE state != 'done'"):
        yield f"inbox: {number} is not done {error}"


def _updates(journal: Journal, rows: _Rows) -> Iterator[str]:
    """Acknowledged is never lost; nobody is refused."""
    kept = {id_ for (id_,) in rows("SELECT event_id FROM inbox")}
    for fact in journal.facts("acked"):
        if fact["id"] not in kept:
            yield f"lost: {fact['id']} was acknowledged"
    for fact in journal.facts("refused"):
        yield f"refused: {fact['id']} with {fact['status']}"


def _commands(journal: Journal, rows: _Rows) -> Iterator[str]:
    """Each ``/collect`` opened one collection; each attempt that a page was told of exists."""
    titles = Counter(title for (title,) in rows("SELECT title FROM collection"))
    for fact in journal.facts("update"):
        text = json.loads(fact["body"]).get("text", "")
        if text.startswith("/collect") and (opened := titles[text.split()[-1]]) != 1:
            yield f"{text!r} opened {opened} collections"
    intents = {id_ for (id_,) in rows("SELECT id FROM intent")}
    for fact in journal.facts("started"):
        if fact["intent"] not in intents:
            yield f"lost: attempt {fact['intent']}"


def _money(journal: Journal, rows: _Rows) -> Iterator[str]:
    """Every charge counts exactly once, with its amount."""
    moved = {fact["reference"]: fact["amount"] for fact in journal.facts("charge")}
    booked = rows("SELECT reference, amount FROM charge WHERE channel = 'bank'")
    for reference, amount in moved.items():
        times = booked.count((reference, amount))
        if times != 1:
            yield f"money: {reference} over {amount} is booked {times} times"
    if len(booked) > len(moved):
        yield f"money: {len(booked) - len(moved)} charges that nobody paid"
    back = list(journal.facts("returned"))
    given = rows("SELECT id, amount FROM refund WHERE channel = 'bank' AND state = 'refunded' AND NOT by_hand")
    for fact in back:
        if (times := given.count((fact["refund"], fact["amount"]))) != 1:
            yield f"money: the bank gave back {fact['amount']} ({fact['refund']}), booked {times} times"
    if len(given) > len(back):
        yield f"money: {len(given) - len(back)} refunds that never left"
    for reference, amount in moved.items():
        if sum(fact["amount"] for fact in back if fact["reference"] == reference) > amount:
            yield f"money: more than {amount} of {reference} went back"
    received = rows("SELECT COALESCE(SUM(minor), 0) FROM posting WHERE account = 'received:bank'")[0][0]
    kept = sum(moved.values()) - sum(fact["amount"] for fact in back)
    if received != kept:
        yield f"money: the ledger received {received}, the bank moved {kept}"


def _said_once(journal: Journal, rows: _Rows) -> Iterator[str]:
    """Reminders, SMS, service notices and calls: at most once each."""
    said = Counter(_slot(fact) for fact in journal.facts("posted", "wrote") if _REMINDER.search(fact["text"]))
    said += Counter(("errand", fact["errand"]) for fact in journal.facts("rang"))
    yield from (f"said {times} times: {what}" for what, times in said.items() if times > 1)


def _slot(fact: Fact) -> tuple[str, ...]:
    found = _REMINDER.search(fact["text"])
    assert found is not None
    return (fact["to"], *found.groups())


def _cards(journal: Journal, rows: _Rows) -> Iterator[str]:
    """The card on view tells the truth."""
    shown: dict[int, str] = {}
    for fact in journal.facts("posted", "edited"):
        if found := _CARD.match(fact["text"]):
            shown[int(found[1])] = fact["text"]
    for number, settled, heads in rows("SELECT number, settled, heads FROM collection"):
        if f" {settled}/{heads} · " not in shown.get(number, ""):
            yield f"card: #{number} is {settled}/{heads}, but shows {shown.get(number, 'nothing')!r}"


def _answers(journal: Journal, rows: _Rows) -> Iterator[str]:
    """Every question that was acknowledged is answered, every press too."""
    replied = {fact.get("reply_to") for fact in journal.facts("posted")}
    answered = {fact["press"] for fact in journal.facts("answered")}
    acked = {fact["id"] for fact in journal.facts("acked")}
    for fact in journal.facts("update"):
        event = json.loads(fact["body"])
        if fact["id"] not in acked:
            continue
        if event.get("text") == "/status" and event["message"] not in replied:
            yield f"no answer to /status ({event['message']})"
        if event["kind"] == "pressed" and event["press"] not in answered:
            yield f"no answer to the press {event['data']}"
