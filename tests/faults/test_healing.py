"""A payer a kind of fault: what the bot gets over by itself. All of it is ``python -m tests.bench healing``."""

from __future__ import annotations

import pytest

from bot.domain.interruption import Act, Stage
from bot.store import Store
from tests.faults.healing import Round, heal
from tests.faults.sick import Case, cases
from tests.faults.virtual import run


def _live(*patients: Case) -> Round:
    store = Store.open("sqlite://")
    try:
        found = run(lambda loop: heal(7, loop, store, patients))
    finally:
        store.close()
    assert found.sound
    assert found.forgotten == []
    return found


def _first(stage: Stage, act: Act, *, happened: bool = False) -> Case:
    return next(x for x in cases() if (x.ill.stage, x.ill.act, x.happened) == (stage, act, happened))


def test_every_fault_of_the_catalogue_has_a_patient() -> None:
    played = {x.ill.stage for x in cases()}
    assert played == set(Stage) - {Stage.OPEN, Stage.CHOOSE}
    assert len({x.channel for x in cases()}) == 8
    assert len(list(cases())) > 900


@pytest.mark.parametrize(
    ("stage", "act"),
    [
        (Stage.CREATE, Act.SWITCH),
        (Stage.CREATE, Act.LATER),
        (Stage.PAY, Act.RENEW),
        (Stage.PAY, Act.SWITCH),
        (Stage.NOTIFY, Act.QUERY),
        (Stage.QUERY, Act.LATER),
        (Stage.CLOSE, Act.HAND_OVER),
        (Stage.REFUND, Act.LATER),
    ],
)
def test_what_the_catalogue_promises_brings_the_money_without_a_person(stage: Stage, act: Act) -> None:
    found = _live(_first(stage, act))
    assert len(found.of().alone) == 1


@pytest.mark.parametrize("stage", [Stage.CREATE, Stage.PAY, Stage.CLOSE, Stage.REFUND])
def test_what_is_doubted_is_found_out_whether_it_had_happened_or_not(stage: Stage) -> None:
    both = _live(_first(stage, Act.QUERY), _first(stage, Act.QUERY, happened=True))
    assert len(both.of().alone) == 2


def test_who_is_refused_by_their_bank_is_paid_by_another_way_with_one_tap() -> None:
    found = _live(_first(Stage.PAY, Act.NONE))
    assert (found.of().alone, len(found.of().tapped)) == ([], 1)


def test_a_refund_that_is_refused_for_good_is_handed_to_the_organiser() -> None:
    found = _live(_first(Stage.REFUND, Act.HAND_OVER))
    assert (found.of().alone, found.of().handed) == ([], 1)
