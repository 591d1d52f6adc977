"""The file of a day, as UnionPay packs it."""

from __future__ import annotations

import base64
import io
import zipfile
import zlib
from datetime import UTC, date, datetime, timedelta

import pytest

from adapters.channels.unionpay import UnionPay
from adapters.channels.unionpay.statement import lines_of
from bot.domain.money import Money
from bot.ports import Declined, FakeClock, StatementLine, Unavailable
from tests.channels.unionpay.keys import MER_ID
from tests.channels.unionpay.server import UnionPayGateway

DAY = date(2026, 11, 23)
WIDTHS = (3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32)
"""The first of the columns; more follow."""


def row(**changed: str) -> bytes:
    cells = {
        0: "S22", 1: "01050000", 2: "00010000", 3: "479103", 4: "1123100232", 5: "6221********0000",
        6: "000000003333", 7: "5411", 8: "07", 9: "202611231000000000001", 11: "INTENT234567ABC1", 15: "D00000000020",
        19: "01", 20: "01", 21: "000201", 27: MER_ID, 30: "火锅",
    }  # fmt: skip
    cells |= {int(n[1:]): v for n, v in changed.items()}
    return b" ".join(cells.get(n, "").encode("gbk").ljust(width) for n, width in enumerate(WIDTHS)) + b"\r\n"


REFUND = {
    "_0": "S30",
    "_6": "000000001111",
    "_9": "202611231000000000002",
    "_11": "REFUND234567ABC1",
    "_19": "04",
    "_26": "202611231000000000001",
}


def packed(*rows: bytes, name: str = "INN26112388ZM_777290058110048", more: int = 0) -> str:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, b"".join(rows))
        archive.writestr("INN26112388ZME_777290058110048", b"")
        for number in range(more):
            archive.writestr(f"{number}", b"")
    return base64.b64encode(zlib.compress(out.getvalue())).decode()


def test_payments_and_refunds_are_read_to_the_fen() -> None:
    at = datetime(2026, 11, 23, 2, 2, 32, tzinfo=UTC)
    assert lines_of(packed(row(), row(**REFUND), b"\r\n"), DAY, mer_id=MER_ID) == (
        StatementLine("charge", "202611231000000000001", "INTENT234567ABC1", Money(3333, "CNY"), at),
        StatementLine(
            "refund",
            "202611231000000000002",
            "REFUND234567ABC1",
            Money(1111, "CNY"),
            at,
            charge="202611231000000000001",
        ),
    )


def test_lines_of_kinds_that_are_not_ours_are_left_out() -> None:
    assert lines_of(packed(row(_19="31")), DAY, mer_id=MER_ID) == ()
    assert lines_of(packed(), DAY, mer_id=MER_ID) == ()


@pytest.mark.parametrize(
    "content",
    [
        packed(row()[:100]),
        packed(b"x" + row()),
        packed(row(_6="33.33")),
        packed(row(_4="1399100232")),
        packed(row(_9="")),
        packed(row(_11="")),
        packed(row(_27="777290058110049")),
        packed(row(), name="other"),
        packed(row(), more=20),
        packed(row())[:-40],
        base64.b64encode(zlib.compress(b"PK")).decode(),
        base64.b64encode(b"x").decode(),
        "?",
        "",
    ],
    ids=range(14),
)
def test_a_file_that_is_not_wholly_understood_is_refused(content: str) -> None:
    with pytest.raises(ValueError):
        lines_of(content, DAY, mer_id=MER_ID)


async def test_the_file_of_a_day_is_fetched(unionpay: UnionPay, gateway: UnionPayGateway) -> None:
    gateway.files["1123"] = packed(row())
    assert len(await unionpay.statement(DAY)) == 1
    gateway.files["1123"] = base64.b64encode(b"something else").decode()
    with pytest.raises(Declined, match="file_unreadable"):
        await unionpay.statement(DAY)


async def test_no_file_means_no_transactions_once_it_should_be_there(unionpay: UnionPay, clock: FakeClock) -> None:
    with pytest.raises(Unavailable) as early:
        await unionpay.statement(DAY)
    assert early.value.retry_after == 2 * 3600
    clock.at += timedelta(hours=2)
    assert await unionpay.statement(DAY) == ()
