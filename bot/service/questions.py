"""When a question is answered, the messages that put it lose their buttons and say what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from bot.domain.command import AnswerProposal
from bot.domain.decision import Decision
from bot.domain.errors import Refusal
from bot.domain.notice import Amends, Medium, Notice
from bot.store import Work


def closed(
    work: Work, said: AnswerProposal, decision: Decision, refusal: Refusal | None, now: datetime
) -> Iterator[Notice]:
    """The changes of those messages; none while somebody may still answer."""
    waits = work.proposal(said.proposal)
    if waits is not None and waits.expires_at >= now:
        return
    outcome = _outcome(said, decision, refusal, late=waits is not None)
    for notice, place, message in work.answered(said.proposal):
        amends = Amends(place, message, outcome, said.by.member)
        yield replace(notice, medium=Medium.EDIT, buttons=(), file="", reply_to="", press="", amends=amends)


def _outcome(said: AnswerProposal, decision: Decision, refusal: Refusal | None, *, late: bool) -> str:
    if late:
        return "expired"
    if not said.yes:
        return "no"
    if refusal is not None:
        return "unable"
    return "again" if decision.proposals else "yes"
