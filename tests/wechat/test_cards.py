"""What goes beside the text when the operator wants it: a picture with a code, link cards, a mini-program."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from bot.app import ShiftedClock
from bot.ports import Picture, Rendered
from tests.wechat.gateway import Gateway
from tests.wechat.product import Product

pytestmark = pytest.mark.wechat
LIN, ANNA = "wxid_lin", "wxid_anna"


async def test_by_default_there_is_text_alone(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    gateway.friends.add(ANNA)
    await product.say(LIN, room, "收款 90 均摊")
    await product.say(ANNA, room, "怎么付")
    assert "https://collect.example/pay/" in product.heard(ANNA)
    assert gateway.others == []


async def test_a_card_brings_a_code_of_the_page_where_everybody_sees_how_to_pay(
    gateway: Gateway, clock: ShiftedClock, tmp_path: Path
) -> None:
    async with Product(gateway, clock, tmp_path, picture=True) as product:
        room = gateway.room("Trip", "Lin", "Anna", "Ben")
        gateway.friends.add(LIN)
        await product.say(LIN, None, "/payee 支付宝 138 0013 8000")
        await product.say(LIN, room, "收款 100 均摊 火锅")
        [(to, kind, box)] = gateway.others
        assert (to, kind) == (room.id, "file")
        picture = Image.open(io.BytesIO(base64.b64decode(box["base64"])))
        assert picture.size == (720, 720)
        assert len(box["base64"]) < 60_000
        (collection,) = product.store.run(lambda work: tuple(work.collections()))
        page = (await product.web.get(product.app.parts.links.notice_board(collection))).text
        for words in ("#1 火锅", "¥33.34", "¥33.33", "支付宝 138 0013 8000", "我付了"):
            assert words in page
        assert "Anna" not in page
        await product.say(ANNA, room, "我付了")
        await product.advance(hours=7)
        assert len(gateway.others) == 1, "once, with the card"


async def test_a_picture_that_does_not_go_leaves_the_text(
    gateway: Gateway, clock: ShiftedClock, tmp_path: Path
) -> None:
    async with Product(gateway, clock, tmp_path, picture=True) as product:
        room = gateway.room("Trip", "Lin", "Anna")
        huge = Rendered(html="hello", text="hello", picture=Picture(b"x" * 3_000_000, "big"))
        await product.wechat.post(room.id, huge)
        assert gateway.texts(room.id) == ["hello"]
        assert gateway.others == []


async def test_payment_links_can_come_as_cards(gateway: Gateway, clock: ShiftedClock, tmp_path: Path) -> None:
    async with Product(gateway, clock, tmp_path, link_cards=True) as product:
        room = gateway.room("Trip", "Lin", "Anna")
        gateway.friends.add(ANNA)
        await product.say(LIN, room, "收款 90 均摊")
        await product.say(ANNA, room, "怎么付")
        [(to, kind, card)] = gateway.others
        assert (to, kind) == (ANNA, "link")
        assert card["url"].startswith("https://collect.example/pay/")
        assert card["url"] in product.heard(ANNA)


async def test_or_as_a_mini_program(gateway: Gateway, clock: ShiftedClock, tmp_path: Path) -> None:
    own = {"appid": "wx0", "username": "gh_0", "pagePath": "pages/pay?url={url}", "thumbUrl": ""}
    async with Product(gateway, clock, tmp_path, mini_program=own) as product:
        room = gateway.room("Trip", "Lin", "Anna")
        gateway.friends.add(ANNA)
        await product.say(LIN, room, "收款 90 均摊")
        await product.say(ANNA, room, "怎么付")
        [(to, kind, shown)] = gateway.others
        assert (to, kind) == (ANNA, "mini")
        assert shown["pagePath"].startswith("pages/pay?url=https%3A%2F%2Fcollect.example%2Fpay%2F")
