"""The whole story in a WeChat group: plain words, mentions and numbers, over real gRPC."""

from __future__ import annotations

import re

import pytest

from tests.wechat.gateway import Gateway
from tests.wechat.product import Product

pytestmark = pytest.mark.wechat
LIN, ANNA, BEN, CY = "wxid_lin", "wxid_anna", "wxid_ben", "wxid_cy"


async def test_from_the_first_word_to_the_summary(product: Product, gateway: Gateway) -> None:
    room = gateway.room("周五火锅", "Lin", "Anna", "Ben", "Cy")
    gateway.friends |= {LIN, ANNA}

    # money is asked for: WeChat tells who is there
    await product.say(LIN, room, "收款 200 均摊 火锅")
    said = product.heard(room.id)
    assert "4 人：4 × ¥50.00 = ¥200.00" in said
    assert "💰 #1 火锅" in said
    assert "1/4 · 已收 ¥50.00，共 ¥200.00" in said
    assert "回复数字：1 💳 去付款" in said

    # a plain word, a number, and a transfer that proves nothing
    await product.say(ANNA, room, "我付了")
    assert "Anna" in product.heard(LIN)
    await product.say(LIN, None, "1")
    assert "2/4" in (await _status(product, room, gateway))
    await product.say(BEN, room, "3")
    assert "Ben" in product.heard(LIN)
    await product.say(CY, room, "", kind=11)
    said = product.heard(room.id)
    assert "看不到" in said
    assert "Lin 确认" in said
    await product.say(LIN, None, "2")

    # a reminder every six hours, to who has not settled, with mentions
    product.heard(room.id)
    await product.advance(hours=6)
    for slot in range(1, 13):
        said = product.heard(room.id)
        assert f"第 {slot}/12 次提醒" in said
        assert gateway.sent[-1].to in (room.id, LIN)
        reminder = next(sent for sent in reversed(gateway.sent) if f"第 {slot}/12 次提醒" in sent.text)
        assert set(reminder.mentions) == {BEN, CY}
        await product.advance(hours=6)
    assert sum(bool(re.search(r"第 \d+/12 次提醒", text)) for text in gateway.texts(room.id)) == 12
    assert "2/4" in product.heard(LIN)

    # and nothing after it
    await product.advance(days=3)
    assert product.heard(room.id) == ""


async def _status(product: Product, room: object, gateway: Gateway) -> str:
    product.heard(room.id)  # type: ignore[attr-defined]
    await product.say(LIN, room, "状态")  # type: ignore[arg-type]
    return product.heard(room.id)  # type: ignore[attr-defined]


async def test_the_card_is_said_once_and_not_at_every_payment(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna", "Ben")
    gateway.friends |= {LIN}
    await product.say(LIN, room, "收款 90 均摊")
    await product.say(ANNA, room, "我付了")
    await product.say(LIN, None, "1")
    await product.advance(hours=1)
    assert sum(text.startswith("💰") for text in gateway.texts(room.id)) == 1


async def test_who_is_meant_is_known_by_a_mention(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna", "Ben")
    room.members[ANNA] = "安娜"
    await product.say(LIN, room, "收款 50 每人 @安娜\u2005 @Ben\u2005", mentions=(ANNA, BEN))
    said = product.heard(room.id)
    assert "¥50.00" in said
    await product.say(LIN, room, "/waive @安娜\u2005 ill", mentions=(ANNA,))
    assert "安娜" in product.heard(room.id)


async def test_speaking_to_the_bot_by_its_name_is_no_other_command(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    await product.say(LIN, room, "@群收\u2005收款 90 均摊", mentions=("wxid_bot",))
    assert "💰 #1" in product.heard(room.id)


async def test_a_number_in_ordinary_talk_is_talk(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    await product.say(LIN, room, "1")
    await product.say(ANNA, room, "2")
    assert product.heard(room.id) == ""


async def test_who_is_no_friend_is_told_how_to_be_written_to(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    await product.say(LIN, room, "收款 90 均摊")
    product.heard(room.id)
    await product.say(ANNA, room, "1")
    assert "加我为好友" in product.heard(room.id)
    gateway.friends.add(ANNA)
    await product.say(ANNA, room, "1")
    assert "https://collect.example/pay/" in product.heard(ANNA)


async def test_joins_and_leaves_are_noticed(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna", "Ben")
    await product.say(LIN, room, "收款 90 均摊")
    product.heard(room.id)
    del room.members[BEN]
    gateway.tell(20, roomId=room.id, removeeIdList=[BEN], removerId=LIN, timestamp=1795485600)
    await product.moved("e:20:")
    room.members[CY] = gateway.people[CY] = "Cy"
    gateway.tell(19, roomId=room.id, inviteeIdList=[CY], inviterId=LIN, timestamp=1795485601)
    await product.moved("e:19:")
    await product.advance(hours=6)
    assert "Ben" not in product.heard(room.id)
    await product.say(LIN, room, "收款 90 均摊 冰")
    assert "3 人" in product.heard(room.id)
