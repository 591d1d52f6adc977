"""The ledger: append-only double-entry postings in minor units, one hash chain per collection.

Accounts (signs as in double entry, debit positive):

* ``owed:<member>``      what a member still owes; its balance is the due's remaining amount
* ``asked``              the other side of what was asked for
* ``received:<channel>`` money that arrived through a channel
* ``listed:<why>:<member>``  money that arrived and is on no due (negative: we hold it for them);
  ``overpaid`` is their credit
* ``returning:<way>``    money promised back that has not gone yet (negative: we owe it), over a channel or by hand;
  when it has gone it leaves ``received:<way>``, which so is what came less what went back
* ``own``                the organiser's own share, which they owe to themselves
* ``waived``             what the organiser let go

Entries are never changed; a correction is another entry. A hash covers the schema version, the chain so far, and every
field and posting of the entry, so that an edit, a deletion, an insertion or a reordering is found by ``check``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from bot.domain.model import Chain, CollectionId, MemberId

SCHEMA = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ASKED = "asked"
WAIVED = "waived"
OWN = "own"


def owed(member: MemberId) -> str:
    return f"owed:{member}"


def received(channel: str) -> str:
    return f"received:{channel}"


def listed(why: str, member: MemberId) -> str:
    return f"listed:{why}:{member}"


def returning(way: str) -> str:
    return f"returning:{way}"


@dataclass(frozen=True, slots=True)
class Posting:
    """``minor`` units on ``account``: debit positive, credit negative."""

    account: str
    minor: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One balanced booking. ``hash`` seals it and, through ``previous``, all before it."""

    collection: CollectionId
    seq: int
    kind: str
    """Why: opened, charged, adjusted, waived, joined, cancelled …"""
    at: datetime
    currency: str
    by: str
    """Who: ``member:<id>``, ``channel:<name>``."""
    reference: str
    """The charge it books; of a change, the reason that was given for it."""
    postings: tuple[Posting, ...]
    previous: str
    hash: str
    schema: int = SCHEMA


def seal(entry_fields: Sequence[object], postings: Iterable[Posting]) -> str:
    """SHA-256 over the canonical JSON of an entry's fields and postings, in hex."""
    body = [*entry_fields, [[p.account, p.minor] for p in postings]]
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@lru_cache(maxsize=4096)
def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC: the instant as it is hashed and stored. Exact."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def _hash(entry: Entry) -> str:
    fields = (entry.schema, entry.previous, entry.collection, entry.seq, entry.kind, micros(entry.at))
    return seal((*fields, entry.currency, entry.by, entry.reference), entry.postings)


def append(
    chain: Chain,
    postings: Sequence[Posting],
    *,
    collection: CollectionId,
    kind: str,
    at: datetime,
    currency: str,
    by: str,
    reference: str = "",
) -> tuple[Entry, Chain]:
    """The next entry of ``chain``, and the chain after it. One that moves no money keeps a posting of nothing: it says
    whom it is about. ``ValueError`` when the postings do not balance."""
    kept = tuple(p for p in postings if p.minor) or tuple(postings[:1])
    if sum(p.minor for p in kept):
        raise ValueError(f"{kind}: postings do not balance")
    open_entry = Entry(collection, chain.seq + 1, kind, at, currency, by, reference, kept, chain.head, "")
    sealed = replace(open_entry, hash=_hash(open_entry))
    return sealed, Chain(sealed.seq, sealed.hash)


def balances(entries: Iterable[Entry]) -> Mapping[str, int]:
    """Fold entries to the balance of each account, in minor units."""
    folded: dict[str, int] = {}
    for entry in entries:
        for posting in entry.postings:
            folded[posting.account] = folded.get(posting.account, 0) + posting.minor
    return folded


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in the books of ``collection``, at entry ``seq`` (0: as a whole)."""

    collection: CollectionId
    seq: int
    what: str


def check(collection: CollectionId, entries: Sequence[Entry], chain: Chain) -> tuple[Finding, ...]:
    """What does not hold in one collection's ledger: order, links, hashes, balance, the header's own count."""
    found: list[Finding] = []
    head = ""
    for number, entry in enumerate(entries, start=1):
        if entry.seq != number:
            found.append(Finding(collection, entry.seq, f"entry {number} is missing or out of order"))
            break
        if entry.previous != head:
            found.append(Finding(collection, entry.seq, "does not follow the entry before it"))
        if entry.hash != _hash(entry):
            found.append(Finding(collection, entry.seq, "was changed after it was written"))
        if sum(p.minor for p in entry.postings):
            found.append(Finding(collection, entry.seq, "does not balance"))
        head = entry.hash
    if (len(entries), head) != (chain.seq, chain.head):
        found.append(Finding(collection, 0, f"the header says {chain.seq} entries, the ledger has {len(entries)}"))
    return tuple(found)
