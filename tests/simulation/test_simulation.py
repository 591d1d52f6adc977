"""Sixty groups live through a change of clocks, downtime and each other; and the auditor finds what is planted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from bot.domain import contact
from bot.domain.contact import Gate, People, Reason
from bot.domain.model import DueState, due
from bot.domain.policy import Policy, Quiet
from bot.store import Store
from tests.simulation.auditor import Broken
from tests.simulation.life import CHANGES, ZONES, Life, Lived, plan
from tests.simulation.worlds import Memory, Stored

GROUPS, STORED = range(60), range(0, 60, 10)


def lived(seed: int, *, gentle: bool = False) -> Lived:
    planned = plan(seed, gentle=gentle)
    return Life(Memory(planned.people, planned.policy, planned.zone, planned.start), planned, seed).play()


@pytest.mark.parametrize("gentle", [False, True], ids=["usual", "gentle"])
def test_no_contact_breaks_a_rule_and_no_slot_goes_by_without_a_reason(gentle: bool) -> None:
    lives = [lived(seed, gentle=gentle) for seed in GROUPS]
    contacts = [n for life in lives for n in life.contacts]
    assert sum(contacts) > len(contacts), "somebody was reminded"
    assert all(n <= 3 * 3 for n in contacts) or not gentle, "three collections at most, three messages each"


@pytest.mark.parametrize("gentle", [False, True], ids=["usual", "gentle"])
def test_in_a_real_store_it_is_the_same_to_the_last_contact(gentle: bool) -> None:
    for seed in STORED:
        planned = plan(seed, gentle=gentle)
        store = Store.open("sqlite://")
        try:
            world = Stored(store, planned.people, planned.policy, planned.zone, planned.start)
            kept = Life(world, planned, seed).play()
        finally:
            store.close()
        in_memory = lived(seed, gentle=gentle)
        assert kept.contacts == in_memory.contacts, seed
        assert kept.auditor.figures == in_memory.auditor.figures, seed


def test_all_hours_of_the_day_and_both_changes_of_all_zones_come_round() -> None:
    plans = [plan(seed, gentle=False) for seed in range(1000)]
    assert {p.zone for p in plans} == set(ZONES)
    near = {(p.zone, change) for p in plans for change in CHANGES[p.zone] if abs(p.start - change) < timedelta(days=4)}
    assert len(near) == 2 * len(ZONES)
    assert {(seed % 24) for seed in range(1000)} == set(range(24))


# -- planted bugs -----------------------------------------------------------------------------------------------


def _after_payment(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(due, "UNSETTLED", due.UNSETTLED | {DueState.PAID})


def _winter_all_year(patch: pytest.MonkeyPatch) -> None:
    within: Callable[[Quiet, tzinfo, datetime], bool] = contact._within

    def wrong(quiet: Quiet, zone: tzinfo, now: datetime) -> bool:
        january = datetime(2026, 1, 15, tzinfo=UTC).astimezone(zone).utcoffset()
        assert january is not None
        return within(quiet, UTC, now + january)

    patch.setattr(contact, "_within", wrong)


def _no_contract(patch: pytest.MonkeyPatch) -> None:
    _four_are_announced(patch)
    patch.setattr(Gate, "_at_the_limit", lambda self: set())


def _four_are_announced(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Policy, "most_contacts", property(lambda self: 4))


def _nobody_is_left_alone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(People, "silent", lambda self: iter(()))


def _days_without_end(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(contact, "_WEEK", timedelta(days=6))


def _each_collection_for_itself(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Gate, "_lately", lambda self, now: set())


def _days_by_greenwich(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Gate, "_date", lambda self, at: at.date())


def _forgetful(patch: pytest.MonkeyPatch) -> None:
    from bot.domain.decide.clockwork import _Run

    note = _Run._note

    def without_some(run: _Run, step: str, medium: str, outcome: str, reason: Reason, members: object) -> None:
        if reason is not Reason.MUTED:
            note(run, step, medium, outcome, reason, members)  # type: ignore[arg-type]

    patch.setattr(_Run, "_note", without_some)


@pytest.mark.parametrize(
    ("plant", "broken", "gentle"),
    [
        (_after_payment, "they have paid", False),
        (_winter_all_year, "quiet hours", True),
        (_no_contract, "more than the", False),
        (_nobody_is_left_alone, "they (are|promised|said|asked)", False),
        (_days_without_end, "four times a week", True),
        (_each_collection_for_itself, "too close to another message", False),
        (_days_by_greenwich, "twice a day", True),
        (_forgetful, "without a record", False),
    ],
    ids=lambda value: value.__name__.removeprefix("_") if callable(value) else "",
)
def test_a_planted_bug_is_found(
    plant: Callable[[pytest.MonkeyPatch], None], broken: str, gentle: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    with pytest.raises(Broken, match=broken):
        _all_of_them(200, gentle=gentle)


def _all_of_them(groups: int, *, gentle: bool) -> None:
    for seed in range(groups):
        lived(seed, gentle=gentle)


def test_where_four_are_announced_four_come_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    _four_are_announced(monkeypatch)
    _all_of_them(20, gentle=False)


@pytest.mark.simulation
@pytest.mark.parametrize("gentle", [False, True], ids=["usual", "gentle"])
def test_a_thousand_groups_break_no_rule(gentle: bool) -> None:
    _all_of_them(1000, gentle=gentle)
