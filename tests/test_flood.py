"""Flood control: nobody can make the bot talk without end, and nobody notices it otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.service.flood import BURST, EVERY, MOST_KEYS, FloodGate

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_same_words_a_hundred_times_in_a_second_are_one_saying() -> None:
    gate = FloodGate()
    admitted = [gate.admits("mei", "/pay 200", NOW + timedelta(milliseconds=10 * n)) for n in range(100)]
    assert admitted == [True] + [False] * 99


def test_the_same_words_later_are_said_again() -> None:
    gate = FloodGate()
    assert gate.admits("mei", "/status", NOW)
    assert gate.admits("mei", "/status", NOW + timedelta(seconds=2))


def test_different_words_pass_up_to_a_burst_and_then_one_at_a_time() -> None:
    gate = FloodGate()
    assert sum(gate.admits("mei", f"/pay {n}", NOW) for n in range(100)) == BURST
    assert gate.admits("mei", "a", NOW + EVERY)
    assert not gate.admits("mei", "b", NOW + EVERY)
    assert gate.admits("mei", "c", NOW + 2 * EVERY)


def test_a_rest_fills_the_bucket_but_never_above_the_burst() -> None:
    gate = FloodGate()
    gate.admits("mei", "hello", NOW)
    later = NOW + timedelta(days=1)
    assert sum(gate.admits("mei", f"{n}", later) for n in range(100)) == BURST


def test_one_who_floods_silences_nobody_else() -> None:
    gate = FloodGate()
    for n in range(100):
        gate.admits("mei", f"{n}", NOW)
    assert gate.admits("ann", "/pay", NOW)


def test_a_clock_that_is_set_back_silences_nobody_for_long() -> None:
    gate = FloodGate()
    gate.admits("mei", "a", NOW)
    back = NOW - timedelta(days=1)
    assert [gate.admits("mei", f"{n}", back) for n in range(BURST - 1)] == [True] * (BURST - 1)


def test_the_memory_of_speakers_is_bounded() -> None:
    gate = FloodGate()
    for n in range(MOST_KEYS + 5):
        assert gate.admits(f"speaker {n}", "hello", NOW)
    assert len(gate._buckets) <= MOST_KEYS
