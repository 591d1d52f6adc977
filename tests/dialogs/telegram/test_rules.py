"""What Telegram does to bots, and what must not come of it: doubles, edits, hidden senders, moves, restarts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import ShiftedClock
from tests.botapi.people import mention
from tests.botapi.server import BotApi
from tests.botapi.world import Chat, User
from tests.dialogs.telegram.product import Product, words


@dataclass
class Trip:
    """A group of three; Lin is an admin and collects, Anna is in touch with the bot, Ben is not."""

    group: Chat
    lin: User
    anna: User
    ben: User


async def _trip(api: BotApi) -> Trip:
    lin, anna, ben = (api.user(name) for name in ("Lin", "Anna", "Ben"))
    group = api.group("Trip", lin, anna, ben, admins=[lin], bot="administrator")
    for person in (lin, anna, ben):
        await api.say(person, group, "hello")
    for person in (lin, anna):
        await api.start(person)
    return Trip(group, lin, anna, ben)


@pytest.fixture
async def trip(api: BotApi, product: Product) -> Trip:
    """Everybody is known, and what the bot said so far is heard."""
    made = await _trip(api)
    for place in (made.group, made.lin, made.anna):
        await product.heard(place)
    return made


# -- twice, edited, hidden ------------------------------------------------------------------------------------


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_an_update_that_comes_again_changes_nothing(
    api: BotApi, clock: ShiftedClock, tmp_path: Path, webhook: bool
) -> None:
    async with Product(api, clock, tmp_path, webhook=webhook) as product:
        trip = await _trip(api)
        await api.say(trip.lin, trip.group, "/collect 90 equal")
        await product.quiet()
        said = len(api.messages(trip.group))
        for _ in range(3):
            api.deliver_again(api.last_update)
            await product.quiet()
        assert len(api.messages(trip.group)) == said
        assert "1/3" in words(product.card(trip.group))


async def test_an_edited_command_does_nothing_and_says_so(api: BotApi, product: Product, trip: Trip) -> None:
    said = await api.say(trip.lin, trip.group, "collect how much?")
    await api.edit(said, "/collect 90 equal")
    assert "Edits do not change money" in await product.heard(trip.group)
    talk = await api.say(trip.anna, trip.group, "nice weather")
    await api.edit(talk, "nicer weather")
    assert await product.heard(trip.group) == ""


async def test_an_edited_amount_leaves_the_collection_as_it_was(api: BotApi, product: Product, trip: Trip) -> None:
    said = await api.say(trip.lin, trip.group, "/collect 90 equal")
    await product.quiet()
    await api.edit(said, "/collect 900 equal")
    await product.quiet()
    assert "¥90.00" in words(product.card(trip.group))


async def test_an_anonymous_admin_is_told_to_post_as_themself(api: BotApi, product: Product, trip: Trip) -> None:
    hidden = api.as_anonymous_admin(trip.lin, trip.group)
    await api.say(hidden, trip.group, "/collect 90 equal")
    heard = await product.heard(trip.group)
    assert "yourself" in heard
    assert "💰" not in heard


# -- who is known ---------------------------------------------------------------------------------------------


async def test_people_are_learned_from_joins_mentions_and_taps(api: BotApi, product: Product, trip: Trip) -> None:
    cy, dora, emil = (api.user(name) for name in ("Cy", "Dora", "Emil"))
    await api.join(trip.group, cy, by=trip.lin)
    trip.group.members |= {dora.id: "member", emil.id: "member"}
    text = "look, Dora is here too"
    await api.say(trip.ben, trip.group, text, entities=[mention(text, "Dora", dora)])
    await api.say(trip.lin, trip.group, "/collect 100 equal")
    assert "5 people: 5 × ¥20.00" in await product.heard(trip.group)
    answer = await api.press(emil, product.card(trip.group), "➕ I'm in")
    assert answer.text
    await product.advance(seconds=4)
    assert "/6" in words(product.card(trip.group))


async def test_who_leaves_is_not_reminded_any_more(api: BotApi, product: Product, trip: Trip) -> None:
    await api.say(trip.lin, trip.group, "/collect 90 equal")
    await product.quiet()
    await api.leave(trip.group, trip.ben)
    await product.heard(trip.group)
    await product.advance(hours=6)
    assert "Ben" not in await product.heard(trip.group)


# -- the group moves, the bot is removed ----------------------------------------------------------------------


async def test_a_group_that_becomes_a_supergroup_takes_everything_along(
    api: BotApi, product: Product, trip: Trip
) -> None:
    await api.say(trip.lin, trip.group, "/collect 90 equal Boat")
    await product.quiet()
    page = await product.page_of(trip.anna, trip.group)
    new = await api.migrate(trip.group)
    await product.quiet()
    await product.pay(page)
    await product.advance(hours=6)
    said = await product.heard(new)
    assert "#1 Boat: 2 of 3 done" in said
    assert "Ben" in said
    await api.say(trip.lin, new, "/status")
    assert "2/3 settled" in await product.heard(new)


async def test_a_move_that_nobody_told_of_is_found_when_writing(api: BotApi, product: Product, trip: Trip) -> None:
    await api.say(trip.lin, trip.group, "/collect 90 equal Boat")
    await product.quiet()
    new = api.group("Trip", trip.lin, trip.anna, trip.ben, kind="supergroup")
    trip.group.moved_to = new
    await product.advance(hours=6)
    assert "#1 Boat: 1 of 3 done" in await product.heard(new)


async def test_when_the_bot_is_removed_all_dunning_ends(api: BotApi, product: Product, trip: Trip) -> None:
    await api.say(trip.lin, trip.group, "/collect 90 equal")
    await product.quiet()
    await api.kick_bot(trip.group, by=trip.lin)
    await product.quiet()
    calls = len(api.calls)
    await product.heard(trip.anna)
    await product.advance(days=4)
    assert "Reminder" not in await product.heard(trip.anna)
    assert not [method for method, _ in api.calls[calls:] if method.startswith(("send", "edit"))]


async def test_who_blocks_the_bot_is_reminded_in_the_group(api: BotApi, product: Product, trip: Trip) -> None:
    await api.say(trip.lin, trip.group, "/collect 90 equal")
    await product.quiet()
    await api.block(trip.anna)
    await product.advance(hours=12)
    assert "Anna" in await product.heard(trip.group)


# -- too fast, lost, down -------------------------------------------------------------------------------------


async def test_a_429_is_waited_for_and_then_everything_comes(api: BotApi, product: Product, trip: Trip) -> None:
    api.flood(trip.group, 30)
    await api.say(trip.lin, trip.group, "/status")
    assert await product.heard(trip.group) == ""
    await product.advance(seconds=29)
    assert await product.heard(trip.group) == ""
    await product.advance(seconds=2)
    assert "Nothing is being collected" in await product.heard(trip.group) or product.sent(trip.group, "collect")


async def test_a_reminder_whose_answer_was_lost_is_not_sent_again(api: BotApi, product: Product, trip: Trip) -> None:
    await api.say(trip.lin, trip.group, "/collect 90 equal")
    await product.quiet()
    await product.heard(trip.group)
    await product.advance(hours=5, minutes=59, seconds=50)
    api.lose_answer("sendMessage")
    await product.advance(minutes=30)
    everywhere = product.sent(trip.group, "Reminder 1 of 12"), product.sent(trip.anna, "Reminder 1 of 12")
    assert everywhere == (1, 1)


async def test_an_answer_that_was_lost_on_the_way_is_given_again(api: BotApi, product: Product, trip: Trip) -> None:
    api.lose_answer("sendMessage")
    await api.say(trip.lin, trip.group, "/help")
    await product.quiet()
    await product.advance(minutes=1)
    assert product.sent(trip.group, "/collect 200 equal") >= 1
    assert product.app.health()["chat.telegram"] == ""


async def test_what_was_said_while_the_bot_was_down_is_done_when_it_is_back(
    api: BotApi, clock: ShiftedClock, tmp_path: Path
) -> None:
    async with Product(api, clock, tmp_path) as product:
        trip = await _trip(api)
        await api.say(trip.lin, trip.group, "/collect 90 equal Boat")
        await product.quiet()
        api.world.chats[trip.group.id].last_message += 0
    await api.say(trip.anna, trip.group, "/paid")
    await api.say(trip.lin, trip.group, "/collect 30 equal Ice")
    await api.say(trip.lin, trip.group, "/waive @Ben #1 broke")
    clock.move_to(clock.now().replace(hour=23))
    async with Product(api, clock, tmp_path) as again:
        await again.quiet()
        await again.advance(seconds=10)
        assert "¥30.00" in words(again.card(trip.group, 2))
        assert "1 to be checked by" in words(again.card(trip.group, 1))
        [reminder] = [m for m in api.messages(trip.group) if "Reminder" in words(m) and "Boat" in words(m)]
        assert "Reminder 3 of 12" in words(reminder), "one to catch up, the passed ones are not repeated"


# -- buttons and the menu -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", ["", "x", "pay", "pay.", "pay.nothing", "confirm.a.b", "yes.nothing", "💥", "undo.x.y.z", "v" * 64]
)
async def test_every_press_is_answered_also_of_buttons_that_never_were(
    api: BotApi, product: Product, trip: Trip, data: str
) -> None:
    await api.say(trip.lin, trip.group, "/collect 90 equal")
    await product.quiet()
    answer = await api.forge(trip.ben, product.card(trip.group), data or "·")
    assert answer.text


async def test_b01_nobody_presses_the_organisers_buttons(api: BotApi, product: Product, trip: Trip) -> None:
    await api.say(trip.lin, trip.group, "/collect 90 equal")
    await product.quiet()
    await api.press(trip.anna, product.card(trip.group), "🙋 I've paid")
    await product.quiet()
    [data] = [str(b["callback_data"]) for b in api.private(trip.lin)[-1].buttons if "arrived" in b["text"]]
    answer = await api.forge(trip.ben, product.card(trip.group), data)
    assert answer.alert
    await product.advance(seconds=4)
    assert "1/3" in words(product.card(trip.group))


async def test_b03_a_button_of_another_group_is_worth_nothing(api: BotApi, product: Product, trip: Trip) -> None:
    await api.say(trip.lin, trip.group, "/collect 90 equal Secret")
    await product.quiet()
    [pay] = [str(b["callback_data"]) for b in product.card(trip.group).buttons if b["text"] == "💳 Pay"]
    eve, fay = api.user("Eve"), api.user("Fay")
    other = api.group("Other", eve, fay, bot="administrator")
    await api.say(fay, other, "hello")
    await api.say(eve, other, "/collect 10 each")
    await product.quiet()
    answer = await api.forge(eve, product.card(other), pay)
    assert "Secret" not in answer.text
    assert answer.url == ""
    assert answer.alert


async def test_the_menu_is_set_for_every_language_and_kind_of_chat(api: BotApi, product: Product, trip: Trip) -> None:
    menus = {
        (params["scope"]["type"], params.get("language_code", "")): params["commands"]
        for method, params in api.calls
        if method == "setMyCommands"
    }
    assert set(menus) == {
        (scope, language) for scope in ("all_group_chats", "all_private_chats") for language in ("", "zh")
    }
    in_group = {command["command"] for command in menus["all_group_chats", ""]}
    assert {"collect", "status", "help"} <= in_group
    assert all(command["description"] for menu in menus.values() for command in menu)
    assert menus["all_group_chats", ""] != menus["all_group_chats", "zh"]


# -- for one person only --------------------------------------------------------------------------------------


async def test_who_asks_in_the_group_and_cannot_be_written_to_sees_the_answer_alone(
    api: BotApi, product: Product, trip: Trip
) -> None:
    await api.say(trip.lin, trip.group, "/collect 90 equal")
    await product.quiet()
    await product.heard(trip.group)
    await api.say(trip.ben, trip.group, "/my")
    await product.quiet()
    (whisper,) = api.world.whispers
    assert whisper.body["receiver_user"]["id"] == trip.ben.id
    assert "¥30.00" in whisper.text
    assert not any("¥30.00" in line for line in await product.heard(trip.group))


async def test_the_buttons_under_a_question_go_when_it_is_answered(api: BotApi, product: Product, trip: Trip) -> None:
    await api.say(trip.lin, trip.group, "/collect 90 equal")
    await api.say(trip.lin, trip.group, "/adjust @anna 80")
    await product.quiet()
    asked = next(m for m in reversed(api.messages(trip.group)) if "Yes, do it" in str(m))
    await api.press(trip.lin, asked, "✅ Yes, do it")
    await product.quiet()
    assert "reply_markup" not in asked.body
    assert words(asked).endswith("✅ Lin: yes")
