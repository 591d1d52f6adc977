"""A day's file: base64 of a deflated ZIP, in it the list of transactions (``INN…ZM_…``) in columns of fixed width.

Widths and order: UnionPay's demo of the gateway product, ``parseZMFile`` (interface specification, part 3, 6.1). The
merchant's fee is in the file too, but its sign is not documented where we could check it: it is left out.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import structlog

from adapters.channels.unionpay.words import BEIJING, money_of, time_near
from bot.ports import Settling, StatementLine

log = structlog.get_logger(__name__)

SETTLING: Final = Settling(ready=timedelta(hours=13), zone=BEIJING, begins=timedelta(hours=-1))
"""A day is cut at 23:00; its file is there before noon of the next one."""
MOST_ZIP: Final = 64 * 1024 * 1024
MOST_TEXT: Final = 256 * 1024 * 1024
MOST_FILES: Final = 16
_LIST: Final = re.compile(r"INN\w{8}ZM_\w*", re.ASCII)
_WIDTHS: Final = (3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15)
_TIME, _AMOUNT, _QUERY_ID, _ORDER, _KIND, _ORIGINAL, _MERCHANT = 4, 6, 9, 11, 19, 26, 27
_KINDS: Final = {"01": "charge", "04": "refund"}


def lines_of(content: str, day: date, *, mer_id: str) -> Sequence[StatementLine]:
    """``content`` as in ``fileContent``. ``ValueError`` for a file that is not wholly understood."""
    try:
        packed = zlib.decompressobj()
        raw = packed.decompress(base64.b64decode(content, validate=True), MOST_ZIP)
        if packed.unconsumed_tail or not packed.eof:
            raise ValueError("too long or cut off")
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            text = _list(archive)
    except (binascii.Error, zlib.error, zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, RuntimeError,
            EOFError, OSError) as error:  # fmt: skip
        raise ValueError("no ZIP with a list of transactions") from error
    return tuple(_rows(text, day, mer_id))


def _list(archive: zipfile.ZipFile) -> bytes:
    found = [m for m in archive.infolist()[:MOST_FILES] if _LIST.fullmatch(m.filename.rpartition("/")[2])]
    if len(archive.infolist()) > MOST_FILES or len(found) != 1 or found[0].file_size > MOST_TEXT:
        raise ValueError("not one list of transactions")
    with archive.open(found[0]) as file:
        data = file.read(MOST_TEXT + 1)
    if len(data) > MOST_TEXT:
        raise ValueError("too long")
    return data


def _rows(data: bytes, day: date, mer_id: str) -> Iterator[StatementLine]:
    """Widths count bytes (the text is GBK); one blank stands between two columns."""
    for row in data.splitlines():
        if not row.strip():
            continue
        cells, at = [], 0
        for width in _WIDTHS:
            cell, gap = row[at : at + width], row[at + width : at + width + 1]
            if len(cell) != width or gap.strip():
                raise ValueError("a line is not in columns")
            cells.append(cell.decode("gbk").strip())
            at += width + 1
        if cells[_MERCHANT] != mer_id:
            raise ValueError("of another merchant")
        if (line := _line(dict(enumerate(cells)), day)) is not None:
            yield line


def _line(cells: Mapping[int, str], day: date) -> StatementLine | None:
    kind = _KINDS.get(cells[_KIND])
    if kind is None:
        log.warning("unionpay.line_of_another_kind", kind=cells[_KIND][:2])
        return None
    if not cells[_QUERY_ID] or not cells[_ORDER]:
        raise ValueError("a transaction has no number")
    return StatementLine(
        kind="refund" if kind == "refund" else "charge",
        reference=cells[_QUERY_ID],
        intent=cells[_ORDER],
        amount=money_of(cells[_AMOUNT]),
        at=time_near(cells[_TIME], datetime.combine(day, time(12), BEIJING)),
        charge=cells[_ORIGINAL] if kind == "refund" else "",
    )
