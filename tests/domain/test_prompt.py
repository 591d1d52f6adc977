"""Something happened, says the channel, or the payer who comes back: the attempt is asked about at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.command import AskChannel
from bot.domain.model import IntentState
from tests.domain.group import ANN, Group


@pytest.fixture
def group() -> Group:
    group = Group()
    group.collect(20000)
    return group


@pytest.mark.parametrize("state", [IntentState.PENDING, IntentState.UNKNOWN])
def test_a_prompt_asks_and_changes_nothing(group: Group, state: IntentState) -> None:
    intent = group.start(ANN)
    group.intents[intent.id] = replace(intent, state=state)
    decided = group.do(AskChannel(intent=intent.id, prompted=True))
    assert [(r.operation, r.intent) for r in decided.requests] == [("query", intent.id)]
    assert (decided.intents, decided.notices) == ((), ())


@pytest.mark.parametrize("state", [IntentState.CREATED, IntentState.FAILED, IntentState.CLOSED, IntentState.PAID])
def test_a_prompt_about_what_is_not_there_yet_or_over_asks_nothing(group: Group, state: IntentState) -> None:
    intent = group.start(ANN)
    group.intents[intent.id] = replace(intent, state=state)
    assert group.do(AskChannel(intent=intent.id, prompted=True)).requests == ()
