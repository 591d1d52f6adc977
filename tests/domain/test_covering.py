"""Who pays for others: as a payer, never as somebody who was taken off; and what an unfitting sum of theirs settles."""

from __future__ import annotations

import pytest

from bot.domain import command as c
from bot.domain.errors import NotOwing
from bot.domain.model import DueState, Mode
from tests.domain.group import ANN, BO, CAI, MEI, Group, told


@pytest.fixture
def group() -> Group:
    group = Group()
    group.collect(100, Mode.EACH)
    return group


def test_who_only_pays_for_others_is_shown_as_that_and_counts_nowhere(group: Group) -> None:
    before = group.header.tally.heads, group.header.tally.amount
    group.say(c.AskToPay, CAI, covers=(ANN, BO))
    assert group.dues[CAI].state is DueState.FOR_OTHERS
    group.pay(CAI)
    assert [group.dues[m].state for m in (ANN, BO, CAI)] == [DueState.PAID, DueState.PAID, DueState.FOR_OTHERS]
    assert (group.header.tally.heads, group.header.tally.amount) == before
    (line,) = (x for x in told(group.say(c.AskStatus, MEI), "status_names").params["lines"] if x["who"].member == CAI)  # type: ignore[union-attr, index, call-overload]
    assert (line["state"], line["amount"], line["stall"]) == ("for_others", None, "")


def test_who_only_pays_for_others_owes_nothing_and_may_join(group: Group) -> None:
    group.say(c.AskToPay, CAI, covers=(ANN,))
    with pytest.raises(NotOwing):
        group.say(c.Waive, MEI, member=CAI)
    with pytest.raises(NotOwing):
        group.say(c.AskShare, CAI)
    group.say(c.Join, CAI)
    assert (group.dues[CAI].unsettled, group.dues[CAI].amount, group.dues[CAI].paying_for) == (True, 100, (ANN,))
    group.pay(CAI)
    assert [group.dues[m].state for m in (ANN, CAI)] == [DueState.PAID, DueState.PAID]


def test_a_collection_that_is_called_off_leaves_them_what_they_are(group: Group) -> None:
    group.say(c.AskToPay, CAI, covers=(ANN,))
    group.insist(c.Cancel, MEI)
    assert group.dues[CAI].state is DueState.FOR_OTHERS
