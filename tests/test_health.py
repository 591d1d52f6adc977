"""How channels do: what is measured, when payers are sent elsewhere, and when they come back."""

from __future__ import annotations

from contextlib import suppress

import pytest

from bot.domain.routing import Pulse
from bot.domain.swings import Swing
from bot.ports import Declined, Unavailable, Unknown
from bot.service.health import CALM, WINDOW, Health, Limits
from tests.test_breaker import Ticks


class Watch:
    """Calls that take as long as they are told to."""

    def __init__(self) -> None:
        self.ticks = Ticks()
        self.swings: list[Swing] = []
        self.health = Health(limits=Limits(slow=0.2), ticks=self.ticks, told=self.swings.append)

    def call(self, seconds: float, trouble: Exception | None = None, *, times: int = 1, operation: str = "create"):
        for _ in range(times):
            with suppress(Declined, Unavailable, Unknown), self.health.watching("alipay", operation):
                self.ticks.at += seconds
                if trouble is not None:
                    raise trouble

    @property
    def pulse(self) -> Pulse:
        return self.health.routes().pulses.get("alipay", Pulse())


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_a_channel_that_nobody_asked_is_thought_well(watch: Watch) -> None:
    assert watch.pulse == Pulse()


def test_two_slow_calls_say_nothing_yet(watch: Watch) -> None:
    watch.call(0.9, times=2)
    assert not watch.pulse.slow
    watch.call(0.9)
    assert watch.pulse.slow


def test_one_slow_call_among_many_is_no_slow_channel(watch: Watch) -> None:
    watch.call(0.1, times=5)
    watch.call(5.0)
    assert not watch.pulse.slow


def test_calls_that_hang_count_before_they_end(watch: Watch) -> None:
    hanging = [watch.health.watching("alipay", "create") for _ in range(3)]
    for call in hanging:
        call.__enter__()
    watch.ticks.at += 0.5
    assert watch.pulse.slow


def test_a_slow_channel_comes_back_only_after_it_was_well_below_for_a_while(watch: Watch) -> None:
    watch.call(0.5, times=5)
    watch.call(0.19, times=20)
    watch.ticks.at += CALM
    assert watch.pulse.slow, "just below the limit is not well"
    watch.call(0.05, times=20)
    assert watch.pulse.slow, "well, but not for a while"
    watch.ticks.at += CALM
    watch.call(0.05)
    assert not watch.pulse.slow


def test_a_relapse_starts_the_while_anew(watch: Watch) -> None:
    watch.call(0.5, times=5)
    watch.call(0.05, times=20)
    watch.ticks.at += CALM / 2
    watch.call(0.16, times=20)
    watch.call(0.05, times=20)
    watch.ticks.at += CALM / 2
    watch.call(0.05)
    assert watch.pulse.slow


def test_a_channel_that_nobody_asked_for_long_gets_another_try(watch: Watch) -> None:
    watch.call(0.5, times=5)
    watch.ticks.at += WINDOW + 1
    assert watch.pulse == Pulse()


@pytest.mark.parametrize(
    ("trouble", "failing"), [(Unavailable("503"), True), (Unknown("x"), True), (Declined("x"), False)]
)
def test_no_answer_is_failing_and_a_no_is_an_answer(watch: Watch, trouble: Exception, failing: bool) -> None:
    watch.call(0.01, trouble, times=4)
    assert watch.pulse.failing is failing


def test_a_channel_that_cannot_be_asked_what_became_of_it_is_avoided_too(watch: Watch) -> None:
    watch.call(0.01, Unavailable("503"), times=4, operation="query")
    assert watch.pulse.failing
    assert not watch.pulse.slow


def test_slow_answers_to_questions_do_not_bother_payers(watch: Watch) -> None:
    watch.call(3.0, times=9, operation="query")
    assert not watch.pulse.slow


def test_an_open_breaker_rests_and_is_offered_again_when_a_probe_may_go(watch: Watch) -> None:
    watch.call(0.01, Unavailable("503"), times=5)
    assert watch.pulse.resting
    watch.ticks.at += 30
    assert not watch.pulse.resting


def test_what_is_measured_can_be_read(watch: Watch) -> None:
    watch.call(0.1, times=3)
    watch.call(0.3, Unknown("timeout"))
    reading = watch.health.readings()["alipay", "create"]
    assert (round(reading.latency, 6), reading.answered, reading.calls) == (0.1, 0.75, 4)


def test_what_a_channel_becomes_is_told_once_with_what_was_measured(watch: Watch) -> None:
    watch.call(0.5, times=5)
    watch.call(0.05, times=20)
    watch.ticks.at += CALM
    watch.call(0.05)
    assert [(s.swung, s.latency, s.answered) for s in watch.swings] == [("slow", 500, 100), ("quick", 50, 100)]


def test_a_breaker_that_opens_and_its_probe_are_told(watch: Watch) -> None:
    watch.call(0.01, Unavailable("503"), times=5)
    watch.call(0.01, Unavailable("503"))
    watch.ticks.at += 30
    watch.call(0.01)
    assert [s.swung for s in watch.swings] == ["failing", "opened", "probed", "closed"]


def test_who_is_not_asked_for_long_is_forgotten_and_that_is_told(watch: Watch) -> None:
    watch.call(0.5, times=5)
    watch.ticks.at += WINDOW + 1
    watch.health.routes()
    assert [s.swung for s in watch.swings] == ["slow", "forgotten"]


def test_silent_is_who_answers_nothing_at_all_and_the_last_question_is_remembered(watch: Watch) -> None:
    watch.call(0.01, Unknown("timeout"), times=3)
    reading = watch.health.readings()["alipay", "create"]
    assert (reading.silent, round(reading.last, 6)) == (True, 0.01)
    watch.call(0.01)
    assert not watch.health.readings()["alipay", "create"].silent
