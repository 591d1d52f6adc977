"""Signed, expiring, personal links to the cashier."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

from bot.domain.model import CollectionId, MemberId
from bot.ports import Clock

LASTING: Final = timedelta(days=30)
BOARD_LASTING: Final = timedelta(days=7)
"""The organiser's board has everybody's names: a fresh link is one tap away."""
_SALT: Final = "qunshou.cashier.1"
_NOTICE_BOARD: Final = "qunshou.notice_board.1"
_BOARD: Final = "qunshou.board.2"
_RECEIPT: Final = "qunshou.receipt.1"
"""One salt per purpose: a link of one kind is worth nothing as another."""


class Links:
    """Makes and reads them. ``secrets``: the newest last; all are accepted, the newest signs (rotation)."""

    def __init__(self, secrets: Sequence[str], public_url: str, clock: Clock) -> None:
        if not secrets or not all(len(secret) >= 16 for secret in secrets):
            raise ValueError("a signing secret has at least 16 characters")
        self.public_url = public_url.rstrip("/")
        self._serializer = URLSafeTimedSerializer(list(secrets), salt=_SALT, signer=_signer(clock))
        self._receipts = URLSafeTimedSerializer(list(secrets), salt=_RECEIPT, signer=_signer(clock))
        self._boards = URLSafeTimedSerializer(list(secrets), salt=_BOARD, signer=_signer(clock))
        self._notice_boards = URLSafeTimedSerializer(list(secrets), salt=_NOTICE_BOARD, signer=_signer(clock))

    def pay(self, collection: CollectionId, member: MemberId) -> str:
        """The member's own page. Whoever has the address acts as the member there: it is only sent to them."""
        return f"{self.public_url}/pay/{self._serializer.dumps([collection, member])}"

    def receipt(self, collection: CollectionId, member: MemberId) -> str:
        """What the member paid, to be shown or printed: nothing can be done there."""
        return f"{self.public_url}/receipts/{self._receipts.dumps([collection, member])}"

    def read_receipt(self, token: str) -> tuple[CollectionId, MemberId] | None:
        """Whose receipt it is; None as in ``read``."""
        return _owner(self._receipts, token)

    def notice_board(self, collection: CollectionId) -> str:
        """The page of a collection, for everybody in its chat: nothing can be done there."""
        return f"{self.public_url}/c/{self._notice_boards.dumps(collection)}"

    def read_notice_board(self, token: str) -> CollectionId | None:
        """Whose page it is; None as in ``read``."""
        try:
            return CollectionId(str(self._notice_boards.loads(token, max_age=int(LASTING.total_seconds()))))
        except (BadData, ValueError, TypeError):
            return None

    def board(self, collection: CollectionId, member: MemberId) -> str:
        """The organiser's board, for ``member``: only sent to them, and only shown while they are in charge."""
        return f"{self.public_url}/board/{self._boards.dumps([collection, member])}"

    def read_board(self, token: str) -> tuple[CollectionId, MemberId] | None:
        """Whose it is; None as in ``read``, and after seven days."""
        return _owner(self._boards, token, BOARD_LASTING)

    def read(self, token: str) -> tuple[CollectionId, MemberId] | None:
        """Whose page it is; None for a token that is forged, damaged or older than 30 days."""
        return _owner(self._serializer, token)


def _owner(
    serializer: URLSafeTimedSerializer, token: str, lasting: timedelta = LASTING
) -> tuple[CollectionId, MemberId] | None:
    try:
        collection, member = serializer.loads(token, max_age=int(lasting.total_seconds()))
        return CollectionId(str(collection)), MemberId(int(member))
    except (BadData, ValueError, TypeError):
        return None


def _signer(clock: Clock) -> type[TimestampSigner]:
    """A signer whose time is the product's clock."""

    class Signer(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(clock.now().timestamp())

    return Signer
