"""What gateways do to their clients, and that nothing of it is lost, doubled, or the end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from adapters.chats.wechat import client
from adapters.chats.wechat.adapter import WeChat
from bot.app import ShiftedClock
from bot.ports import ChatPort, Declined, Rendered, RenderedButton, Unavailable, Unknown, Unreachable
from tests.wechat.gateway import ERROR, MESSAGE, Gateway
from tests.wechat.product import Product, hurry, until

pytestmark = pytest.mark.wechat
LIN, ANNA, BEN = "wxid_lin", "wxid_anna", "wxid_ben"


def test_it_is_a_chat_port(clock: ShiftedClock) -> None:
    assert isinstance(WeChat("127.0.0.1:1", "made up", wall=clock), ChatPort)


# -- what is heard ------------------------------------------------------------------------------------------------


async def test_a_burst_in_any_order_is_acted_on_once_and_in_the_order_of_each_sender(
    product: Product, gateway: Gateway, clock: ShiftedClock
) -> None:
    room = gateway.room("Trip", "Lin", "Anna", "Ben")
    said: dict[str, list[str]] = {who: [] for who in (LIN, ANNA, BEN)}
    rng = Random(3)
    for number in range(200):
        who = rng.choice((LIN, ANNA, BEN))
        said[who].append(gateway.write(who, room, f"word {number}"))
        clock.move_to(clock.now() + timedelta(milliseconds=700))
    ids = [id_ for of_one in said.values() for id_ in of_one]
    rng.shuffle(ids)
    for id_ in ids + ids[:50]:
        gateway.tell(MESSAGE, messageId=id_)
    await product.kept(*ids)
    select = "SELECT event_id FROM inbox WHERE source = 'wechat' ORDER BY rank, received_at"
    kept = [id_.removeprefix("m:") for id_ in product.store.run(
        lambda work: work.connection.exec_driver_sql(select).scalars().all())]  # fmt: skip
    assert len(kept) == len(set(kept)) == 200
    for mine in said.values():
        assert [id_ for id_ in kept if id_ in mine] == mine


async def test_the_same_command_delivered_three_times_opens_one_collection(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    id_ = gateway.write(LIN, room, "收款 90 均摊")
    for _ in range(3):
        gateway.tell(MESSAGE, messageId=id_)
        await product.kept(id_)
    assert sum(text.startswith("💰") for text in gateway.texts(room.id)) == 1


async def test_odd_events_are_counted_and_the_rest_goes_on(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    for kind, payload in (
        (MESSAGE, "no json"),
        (MESSAGE, "[]"),
        (MESSAGE, "{}"),
        (MESSAGE, '{"messageId": "never"}'),
        (999, "{}"),
        (ERROR, '{"gerror": "boom"}'),
        (20, '{"roomId": null}'),
        (20, '{"roomId": "1@chatroom", "timestamp": "soon"}'),
        (19, '{"roomId": "1@chatroom", "inviteeIdList": 7}'),
        (21, '{"roomId": ["x"]}'),
        (16, ""),
    ):
        gateway.tell_raw(kind, payload)
    await product.say(LIN, room, "收款 90 均摊")
    assert "💰 #1" in product.heard(room.id)
    assert product.wechat._client.tally.odd_events == 2


async def test_a_message_that_cannot_be_fetched_at_once_is_fetched_a_little_later(
    product: Product, gateway: Gateway
) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    gateway.hidden = 2
    await product.say(LIN, room, "收款 90 均摊")
    assert "💰 #1" in product.heard(room.id)


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 5, 6, 8, 13, 15, 16, 99])
async def test_a_message_of_any_other_kind_is_no_command_and_no_trouble(
    product: Product, gateway: Gateway, kind: int
) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    await product.say(LIN, room, "收款 90 均摊", kind=kind)
    assert product.heard(room.id) == ""
    assert product.store.run(lambda work: work.inbox_depth())["dead"] == 0


# -- connections --------------------------------------------------------------------------------------------------


async def test_a_gateway_that_comes_late_is_waited_for(clock: ShiftedClock, tmp_path: Path) -> None:
    gateway = Gateway(clock)
    await gateway.up()
    await gateway.down()
    product = Product(gateway, clock, tmp_path)
    starting = asyncio.create_task(product.__aenter__())
    await asyncio.sleep(0.1)
    assert "no connection" in product.wechat.ready()
    await gateway.up()
    await starting
    room = gateway.room("Trip", "Lin", "Anna")
    await product.say(LIN, room, "收款 90 均摊")
    assert "💰 #1" in product.heard(room.id)
    await product.__aexit__()
    await gateway.down()


async def test_a_stream_that_ends_politely_is_opened_again(product: Product, gateway: Gateway) -> None:
    before = product.wechat._client.tally.connections
    gateway.hang_up()
    await until(lambda: product.wechat._client.tally.connections > before and gateway.heard)
    room = gateway.room("Trip", "Lin", "Anna")
    await product.say(LIN, room, "收款 90 均摊")
    assert "💰 #1" in product.heard(room.id)


async def test_a_gateway_that_takes_bytes_and_never_answers_is_noticed(
    product: Product, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "DEADLINE", 0.2)
    gateway.deaf.set()
    await until(lambda: product.wechat.ready() != "")
    gateway.deaf.clear()
    await until(lambda: product.wechat.ready() == "" and gateway.heard)


async def test_fifty_restarts_during_a_collection_lose_and_double_no_reminder(
    product: Product, gateway: Gateway, clock: ShiftedClock
) -> None:
    names = ["Lin", *(f"M{n}" for n in range(1, 30))]
    room = gateway.room("Trip", *names)
    await product.say(LIN, room, "收款 300 均摊")
    product.heard(room.id)
    for restart in range(50):
        await gateway.down()
        await product.advance(hours=1)
        await gateway.up()
        await until(lambda: gateway.heard and product.wechat.ready() == "")
        await product.advance(minutes=30)
        assert not product.app.health()["chat.wechat"], restart
    await product.advance(hours=12)
    slots = [
        text for text in gateway.texts(room.id) if "次提醒，" in text or "次提醒\n" in text or "/12 次提醒" in text
    ]
    numbers = [text.split("第 ")[1].split("/")[0] for text in slots if "第 " in text]
    assert len(numbers) == len(set(numbers)), numbers
    assert numbers == [str(n) for n in range(1, 13)]
    assert gateway.heard


async def test_after_an_outage_the_group_is_told_what_was_lost(
    product: Product, gateway: Gateway, clock: ShiftedClock
) -> None:
    room, quiet = gateway.room("Trip", "Lin", "Anna"), gateway.room("Other", "Cy", "Dora")
    await product.say(LIN, room, "收款 90 均摊")
    product.heard(room.id)
    await gateway.down()
    await until(lambda: product.wechat.ready() != "")
    clock.move_to(clock.now() + timedelta(minutes=20))
    await gateway.up()
    await product.moved("gap:")
    assert "断线" in product.heard(room.id)
    gateway.people["wxid_eva"] = room.members["wxid_eva"] = "Eva"
    await product.say(ANNA, room, "重新同步")
    assert "我认识 3 人。进行中：#1" in product.heard(room.id)
    assert product.heard(quiet.id) == ""


# -- sending ------------------------------------------------------------------------------------------------------

HELLO = Rendered(html="hello", text="hello")


async def test_without_an_id_from_the_puppet_a_message_still_has_one(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    gateway.nameless = True
    await product.say(LIN, room, "收款 90 均摊")
    await product.advance(minutes=10)
    assert sum(text.startswith("💰") for text in gateway.texts(room.id)) == 1


async def test_a_reminder_whose_answer_was_lost_is_not_said_again(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    await product.say(LIN, room, "收款 90 均摊")
    product.heard(room.id)
    await product.advance(hours=5, minutes=59)
    gateway.lose = 1
    await product.advance(minutes=30)
    assert product.heard(room.id).count("第 1/12 次提醒") == 1


async def test_trouble_is_put_into_our_words(product: Product, gateway: Gateway, clock: ShiftedClock) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    wechat = product.wechat
    with pytest.raises(Declined):
        await wechat.post("nowhere", HELLO)
    gateway.violations.clear()
    clock.move_to(clock.now() + timedelta(minutes=1))
    gateway.refuse = 1
    with pytest.raises(Unknown):
        await wechat.post(room.id, HELLO)
    with pytest.raises(Unreachable):
        await wechat.write(ANNA, HELLO)
    await gateway.down()
    await until(lambda: wechat.ready() != "")
    with pytest.raises(Unavailable) as away:
        await wechat.post(room.id, HELLO)
    assert away.value.retry_after
    await gateway.up()


async def test_messages_are_spaced(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    await product.wechat.post(room.id, HELLO)
    await product.wechat.post(room.id, HELLO)
    with pytest.raises(Unavailable) as busy:
        await product.wechat.post(room.id, HELLO)
    assert busy.value.retry_after == pytest.approx(6.0)


async def test_a_long_text_is_cut_but_keeps_its_numbers(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    text = "\n".join(["a line"] * 600) + "\n\n回复数字：1 好"
    rows = ((RenderedButton("好", data="yes.x"),),)
    await product.wechat.post(room.id, Rendered(html=text, text=text, buttons=rows))
    [sent] = gateway.sent
    assert len(sent.text) <= 2000
    assert sent.text.endswith("…\n\n回复数字：1 好")


async def test_the_operators_check_says_what_is_wrong(gateway: Gateway, clock: ShiftedClock) -> None:
    assert await WeChat(gateway.endpoint, "made up", wall=clock, pause=hurry).greet() == ""
    await gateway.down()
    assert "no answer" in await WeChat(gateway.endpoint, "made up", wall=clock, pause=hurry).greet()


async def test_the_token_is_never_written_anywhere(
    gateway: Gateway, clock: ShiftedClock, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with Product(gateway, clock, tmp_path, token="a-token-that-nobody-may-see") as product:
        room = gateway.room("Trip", "Lin", "Anna")
        await product.say(LIN, room, "收款 90 均摊")
        gateway.hang_up()
        await until(lambda: product.wechat._client.tally.connections > 1)
    said = capfd.readouterr()
    assert "wechat.connected" in said.out + said.err
    assert "a-token-that-nobody-may-see" not in said.out + said.err


async def test_who_left_unheard_is_missed_when_the_list_is_read_again(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna", "Ben")
    await product.say(LIN, room, "收款 90 均摊")
    product.heard(room.id)
    del room.members[BEN]
    await product.advance(minutes=11)
    await product.say(LIN, room, "hello")
    await product.moved("e:20:")
    await product.advance(hours=6)
    assert "Ben" not in product.heard(room.id).replace("Ben 退群", "")


async def test_a_new_name_of_the_group_is_its_name(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    await product.say(LIN, room, "收款 90 均摊")
    gateway.tell(21, roomId=room.id, newTopic="Journey", oldTopic="Trip", changerId=LIN, timestamp=1795485600)
    await product.moved("e:21:")
    select = "SELECT title FROM chat WHERE platform = 'wechat' AND external = ?"
    title = product.store.run(lambda work: work.connection.exec_driver_sql(select, (room.id,)).scalar())
    assert title == "Journey"


async def test_when_the_bot_is_removed_all_dunning_ends(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    await product.say(LIN, room, "收款 90 均摊")
    product.heard(room.id)
    gateway.tell(20, roomId=room.id, removeeIdList=["wxid_bot"], removerId=LIN, timestamp=1795485600)
    await product.moved("e:20:")
    await product.advance(days=4)
    assert product.heard(room.id) == ""


async def test_when_the_bot_comes_it_says_hello(product: Product, gateway: Gateway) -> None:
    room = gateway.room("Trip", "Lin", "Anna")
    gateway.tell(19, roomId=room.id, inviteeIdList=["wxid_bot"], inviterId=LIN, timestamp=1795485600)
    await product.moved("e:19:")
    assert "收款" in product.heard(room.id)
