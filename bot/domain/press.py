"""What a button carries: ``action.subject[.argument]``, at most 64 bytes (Telegram's limit).

The data is no proof of anything: who may act is decided when it comes back, from who pressed and where.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.model import CollectionId

MOST_BYTES = 64
PROPOSAL_ACTIONS = frozenset({"yes", "no"})
"""Their subject is a proposal."""
ACTIONS = PROPOSAL_ACTIONS | {
    *("pay", "share", "paid", "details", "manage", "preview", "join", "undo", "close", "cancel"),
    *("out", "give", "confirm", "reject", "why", "mute", "status", "drop", "waive", "ask_on", "unexpected", "vouch"),
    *("refund", "by_hand", "gave", "accept", "credit", "leave", "keep", "want_back", "settled"),
    *("count_it", "credit_it", "send_back"),
    *("use_credit", "receipt", "here"),
    *("plan", "item", "ballot", "winner", "let_through", "hold_back", "came", "never_came", "not_needed"),
    *("not_me", "later", "rest", "owes", "let_go"),
}


@dataclass(frozen=True, slots=True)
class Press:
    """A decoded button. ``subject`` is a collection's id, or a proposal's for ``yes`` and ``no``."""

    action: str
    subject: str
    argument: str = ""

    @property
    def collection(self) -> CollectionId:
        return CollectionId(self.subject)


def encode(action: str, subject: str, argument: str | int = "") -> str:
    """The callback data for ``action``. ``ValueError`` when it would be too long or the action is unknown."""
    data = f"{action}.{subject}.{argument}" if argument != "" else f"{action}.{subject}"
    if action not in ACTIONS or len(data.encode()) > MOST_BYTES:
        raise ValueError(f"no button can carry {data!r}")
    return data


def proposals(data: Iterable[str]) -> tuple[str, ...]:
    """Those that buttons with ``data`` say yes or no to, each once."""
    pressed = (each for each in map(decode, data) if each is not None and each.action in PROPOSAL_ACTIONS)
    return tuple(dict.fromkeys(each.subject for each in pressed))


def decode(data: str) -> Press | None:
    """What was pressed, or None when the data is not ours."""
    action, _, rest = data.partition(".")
    subject, _, argument = rest.partition(".")
    if action not in ACTIONS or not subject or len(data.encode(errors="replace")) > MOST_BYTES:
        return None
    return Press(action, subject, argument)
