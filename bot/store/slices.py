"""Which slice of the state a command needs: of whose dues, of which collections."""

from __future__ import annotations

from typing import Final

from bot.domain import command as c

ALL_DUES: Final = (
    c.Undo,
    c.Close,
    c.Cancel,
    c.Join,
    c.Leave,
    c.AskStatus,
    c.AskPreview,
    c.Add,
    c.Drop,
    c.Resplit,
    c.Arrived,
)
OTHERS_DUE: Final = (c.NotNeeded, c.Confirm, c.Reject, c.Waive, c.Adjust, c.KeepAsking, c.Keep, c.LetGo, c.Reached)
OWN: Final = (c.AskToPay, c.Claim, c.AskShare, c.AskWhy, c.AskTime, c.Rest, c.Dispute)
"""Of several open collections these mean the one in which the speaker still owes, if that is one only."""
OF_PLANS: Final = (c.TapPlan, c.ChoosePlan, c.OpenVote, c.Had, c.TapItem)
PLANNED: Final = (*OF_PLANS, c.Join)
RUNNING: Final = ("planning", "gathering", "open")
