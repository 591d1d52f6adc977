"""The frozen values of the domain: who, what is owed, what was tried, what arrived, what goes back."""

from bot.domain.model.collection import Chain, Collection, CollectionState, Mode
from bot.domain.model.due import STALLS, UNSETTLED, Due, DueState, Progress, Stall, Standing
from bot.domain.model.payee import PayeeChange
from bot.domain.model.payment import (
    CREDIT,
    DISPUTE,
    ELSEWHERE,
    MANUAL,
    SEEN,
    Charge,
    Intent,
    IntentState,
    Listing,
    Refund,
    RefundState,
)
from bot.domain.model.people import NOBODY, NOWHERE, Chat, ChatId, CollectionId, IntentId, Member, MemberId, RefundId
from bot.domain.model.statement import DIFFERENCES, Difference, Match, Statement
from bot.domain.model.stray import BACK, Astray, Fate, Likely, Loose, Stray
from bot.domain.model.tally import Tally

__all__ = [
    "BACK",
    "CREDIT",
    "DIFFERENCES",
    "DISPUTE",
    "ELSEWHERE",
    "MANUAL",
    "NOBODY",
    "NOWHERE",
    "SEEN",
    "STALLS",
    "UNSETTLED",
    "Astray",
    "Chain",
    "Charge",
    "Chat",
    "ChatId",
    "Collection",
    "CollectionId",
    "CollectionState",
    "Difference",
    "Due",
    "DueState",
    "Fate",
    "Intent",
    "IntentId",
    "IntentState",
    "Likely",
    "Listing",
    "Loose",
    "Match",
    "Member",
    "MemberId",
    "Mode",
    "PayeeChange",
    "Progress",
    "Refund",
    "RefundId",
    "RefundState",
    "Stall",
    "Standing",
    "Statement",
    "Stray",
    "Tally",
]
