"""Paying for others: what a payer is asked for altogether, and whose dues an amount settles, in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bot.domain.model import Due, DueState, MemberId

MOST = 20
"""For how many others one member pays at once."""


def own(due: Due) -> int:
    """Minor units that a payer is still asked for themselves."""
    return due.remaining if due.unsettled or due.state is DueState.CLAIMED else 0


def covered(payer: Due, dues: Mapping[MemberId, Due]) -> tuple[Due, ...]:
    """The dues of others that they pay and that still ask for something, in order. Who says that they have paid
    themselves is left alone."""
    found = (dues.get(member) for member in payer.paying_for)
    return tuple(due for due in found if due is not None and due.unsettled and due.remaining)


def asked(payer: Due, dues: Mapping[MemberId, Due]) -> int:
    """Minor units of a payer's own due and of those that they pay for."""
    return own(payer) + sum(due.remaining for due in covered(payer, dues))


def allot(amount: int, dues: Iterable[Due]) -> Iterator[tuple[Due, int]]:
    """Minor units of ``amount`` for each of ``dues``, in order, as far as it goes."""
    for due in dues:
        if part := min(amount, due.remaining):
            yield due, part
            amount -= part
