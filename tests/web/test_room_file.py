"""A list that somebody attaches on the room's page."""

from __future__ import annotations

import base64

import pytest

from tests.dialogs.house import House


def say(text: str, **file: object) -> dict[str, object]:
    return {"as": "lin", "text": text, "private": False, "file": file}


async def test_an_attached_list_is_collected_and_its_name_is_shown(house: House) -> None:
    data = base64.b64encode(b"name,amount\nAnna,30\nBen,50\n").decode()
    answer = await house.web.post("/room/say", json=say("/collect fixed Trip", name="<who>.csv", data=data))
    assert answer.status_code == 200
    assert "2 people: ¥50.00 · ¥30.00 = ¥80.00" in (await house.advance(seconds=4)).group or house.card()
    assert any("📎 &lt;who&gt;.csv" in message.html for message in house.room.board.group)


@pytest.mark.parametrize("file", [{"name": "x", "data": "!!"}, {"name": 1, "data": ""}, {}, {"data": "AAAA"}])
async def test_what_is_no_file_is_left_out(house: House, file: dict[str, object]) -> None:
    answer = await house.web.post("/room/say", json=say("/collect fixed @anna 30", **file))
    assert answer.status_code == 200
    await house.advance(seconds=4)
    assert "¥30.00" in house.card()


async def test_a_message_that_is_far_too_large_is_refused(house: House) -> None:
    answer = await house.web.post("/room/say", json=say("/collect fixed", name="x", data="A" * 2_000_000))
    assert answer.status_code == 422
