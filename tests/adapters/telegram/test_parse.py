"""Updates of the Bot API, read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.chats.telegram.parse import parse
from bot.ports import (
    BotRemoved,
    ChatMoved,
    CheckingOut,
    Document,
    Edited,
    Inbound,
    InvoicePaid,
    Joined,
    Left,
    Person,
    Place,
    Pressed,
    Said,
)

NAMES = frozenset({"collectbot"})
GROUP = {"id": -100123, "type": "supergroup", "title": "Trip"}
MEI = {
    "id": 11,
    "is_bot": False,
    "first_name": "Mei",
    "last_name": "Lin",
    "username": "mei",
    "language_code": "zh-hans",
}
OLE = {"id": 12, "is_bot": False, "first_name": "Ole"}
BOT = {"id": 1, "is_bot": True, "first_name": "Collect", "username": "CollectBot"}
OTHER_BOT = {"id": 2, "is_bot": True, "first_name": "Other", "username": "OtherBot"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}

TRIP = Place("-100123", "Trip")
MEI_SEEN = Person("11", "Mei Lin", "mei", "zh-hans")
OLE_SEEN = Person("12", "Ole")
AT = datetime.fromtimestamp(1764000000, UTC)


def message(text: str = "", **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"message_id": 7, "date": 1764000000, "chat": GROUP, "from": MEI} | more
    return body | ({"text": text} if text else {})


def events(names: frozenset[str] = NAMES, **kind: Any) -> tuple[Inbound, ...]:
    return parse(json.dumps({"update_id": 900} | kind).encode(), names=names)


def said(text: str = "", **more: Any) -> Said:
    [event] = events(message=message(text, **more))
    assert isinstance(event, Said)
    return event


def mention(user: dict[str, Any], offset: int, length: int) -> dict[str, Any]:
    return {"type": "text_mention", "offset": offset, "length": length, "user": user}


def membership(old: str, new: str, user: dict[str, Any], chat: dict[str, Any] = GROUP) -> dict[str, Any]:
    def member(status: str) -> dict[str, Any]:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"status": status, "user": user} | until

    change = {"old_chat_member": member(old), "new_chat_member": member(new)}
    return {"chat": chat, "from": MEI, "date": 1764000000} | change


# -- words --------------------------------------------------------------------------------------------------


def test_a_text_message_is_said_by_its_sender() -> None:
    assert said("/collect 200 equal") == Said(
        TRIP, MEI_SEEN, (MEI_SEEN,), anonymous=False, text="/collect 200 equal", message="7", at=AT
    )


def test_a_private_chat_is_named_after_the_person() -> None:
    private = {"id": 11, "type": "private", "first_name": "Mei", "last_name": "Lin"}
    assert said("/start pay_1", chat=private).place == Place("11", "Mei Lin", private=True)


def test_a_person_without_a_username_is_mentioned_by_position() -> None:
    event = said("/collect 20 Ole and Mei Lin", entities=[mention(OLE, 12, 3), mention(MEI, 20, 7)])
    assert event.text == "/collect 20 @[0] and @[1]"
    assert event.mentions == (OLE_SEEN, MEI_SEEN)


def test_offsets_count_utf16_units_so_emoji_before_a_mention_do_not_shift_it() -> None:
    text = "/收款 20 🍲👨‍👩‍👧 Ole 火锅🎉"
    offset = len(text[: text.index("Ole")].encode("utf-16-le")) // 2
    assert offset > text.index("Ole")
    assert said(text, entities=[mention(OLE, offset, 3)]).text == "/收款 20 🍲👨‍👩‍👧 @[0] 火锅🎉"


def test_mentions_by_username_and_of_bots_stay_as_text() -> None:
    entities = [{"type": "mention", "offset": 12, "length": 4}, mention(OTHER_BOT, 17, 5)]
    event = said("/collect 20 @mei Other", entities=entities)
    assert (event.text, event.mentions) == ("/collect 20 @mei Other", ())


def test_an_entity_that_reaches_into_another_is_left_out() -> None:
    assert said("Ole Lin", entities=[mention(OLE, 0, 7), mention(MEI, 4, 3)]).text == "@[0]"


def test_half_an_emoji_does_not_travel_on() -> None:
    said("a \ud83d b").text.encode()


def test_sender_mentioned_and_replied_to_are_seen_once_and_bots_are_not() -> None:
    entities = [mention(OLE, 0, 3)]
    assert said("Ole", entities=entities, reply_to_message=message("hi", **{"from": OLE})).seen == (MEI_SEEN, OLE_SEEN)
    assert said("hi", reply_to_message=message("card", **{"from": BOT})).seen == (MEI_SEEN,)


def test_a_photo_brings_its_largest_size_and_its_caption() -> None:
    sizes = [
        {"file_id": name, "file_unique_id": name, "width": side, "height": side}
        for name, side in (("small", 90), ("large", 1280), ("middle", 320))
    ]
    event = said(photo=sizes, caption="/paid Ole", caption_entities=[mention(OLE, 6, 3)])
    assert (event.text, event.picture, event.mentions) == ("/paid @[0]", "large", (OLE_SEEN,))


def test_a_picture_sent_as_a_file_is_a_picture() -> None:
    document = {"file_id": "doc", "file_unique_id": "doc", "mime_type": "image/png"}
    assert said(document=document, caption="/paid").picture == "doc"
    assert said(document=document | {"mime_type": "application/pdf"}, caption="/paid").picture == ""


def test_a_list_comes_with_a_caption_or_as_what_is_answered() -> None:
    file = {"file_id": "f1", "file_unique_id": "f1", "file_name": "who.xlsx", "mime_type": "application/vnd.ms-excel"}
    sent = Document("f1", "who.xlsx")
    assert said(document=file, caption="/collect fixed").document == sent
    answered = message(document=file, **{"from": OLE})
    assert said("/collect fixed", reply_to_message=answered).document == sent
    assert said("/collect fixed").document is None
    assert said(document=file | {"mime_type": "image/png"}, caption="/paid").document is None


def test_a_message_without_words_only_shows_who_is_there() -> None:
    dice = {"emoji": "🎲", "value": 3}
    assert events(message=message(dice=dice)) == (Inbound(TRIP, MEI_SEEN, (MEI_SEEN,)),)


# -- commands for others ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["/collect@OtherBot 20", "/status@otherbot", " /收款@OtherBot 20"])
def test_a_command_for_another_bot_is_not_delivered(text: str) -> None:
    assert events(message=message(text)) == ()
    assert events(edited_message=message(text, edit_date=1764000001)) == ()


@pytest.mark.parametrize("text", ["/collect@CollectBot 20", "/collect@COLLECTBOT 20", "/collect 20 @OtherBot"])
def test_a_command_for_this_bot_is_delivered_whatever_its_case(text: str) -> None:
    assert said(text).text == text


def test_while_the_name_is_unknown_every_command_is_delivered() -> None:
    assert len(events(frozenset(), message=message("/collect@CollectBot 20"))) == 1


# -- who speaks ---------------------------------------------------------------------------------------------


def test_an_anonymous_admin_speaks_as_the_group_and_is_not_seen() -> None:
    event = said("/collect 20", **{"from": ANONYMOUS, "sender_chat": GROUP})
    assert event.anonymous
    assert (event.sender, event.seen) == (Person("-100123", "Trip"), ())


def test_a_channel_identity_speaks_anonymously() -> None:
    channel = {"id": -100777, "type": "channel", "title": "News"}
    event = said("/collect 20", **{"from": BOT | {"id": 136817688}, "sender_chat": channel})
    assert (event.sender, event.anonymous) == (Person("-100777", "News"), True)


def test_posts_that_a_linked_channel_forwards_by_itself_are_ignored() -> None:
    channel = {"id": -100777, "type": "channel", "title": "News"}
    forwarded = message("/collect 20", is_automatic_forward=True, sender_chat=channel, **{"from": OLE})
    assert events(message=forwarded) == ()


def test_bots_are_not_listened_to() -> None:
    assert events(message=message("/collect 20", **{"from": OTHER_BOT})) == ()


def test_posts_in_channels_are_none_of_our_business() -> None:
    assert events(message=message("/collect 20", chat={"id": -5, "type": "channel", "title": "News"})) == ()


# -- edits and presses --------------------------------------------------------------------------------------


def test_an_edit_is_told_as_an_edit() -> None:
    edited = message("/collect 300", edit_date=1764000001)
    assert events(edited_message=edited) == (
        Edited(TRIP, MEI_SEEN, (MEI_SEEN,), text="/collect 300", message="7", at=AT + timedelta(seconds=1)),
    )


def test_a_press_carries_its_data_and_the_message_it_was_on() -> None:
    query = {
        "id": "55",
        "from": OLE,
        "chat_instance": "x",
        "data": "pay.1",
        "message": message("card", **{"from": BOT}),
    }
    assert events(callback_query=query) == (
        Pressed(TRIP, OLE_SEEN, (OLE_SEEN,), press="55", data="pay.1", message="7"),
    )


def test_a_press_on_a_message_too_old_to_be_shown_is_still_a_press() -> None:
    gone = {"message_id": 7, "date": 0, "chat": GROUP}
    query = {"id": "55", "from": OLE, "chat_instance": "x", "data": "pay.1", "message": gone}
    [event] = events(callback_query=query)
    assert isinstance(event, Pressed)
    assert (event.place, event.message) == (TRIP, "7")


# -- coming and going ---------------------------------------------------------------------------------------


def test_new_members_are_seen_with_who_brought_them_but_bots_are_not() -> None:
    assert events(message=message(new_chat_members=[OLE, OTHER_BOT])) == (Joined(TRIP, MEI_SEEN, (MEI_SEEN, OLE_SEEN)),)


def test_the_bots_arrival_is_told_once() -> None:
    assert events(message=message(new_chat_members=[BOT])) == ()
    assert events(my_chat_member=membership("left", "member", BOT)) == (
        Joined(TRIP, MEI_SEEN, (MEI_SEEN,), bot_joined=True),
    )


def test_a_promotion_of_the_bot_is_no_arrival() -> None:
    rights = (
        "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
        "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
        "can_edit_stories", "can_delete_stories",
    )  # fmt: skip
    promoted = membership("member", "administrator", BOT)
    promoted["new_chat_member"] |= dict.fromkeys(rights, False)
    assert events(my_chat_member=promoted) == ()


@pytest.mark.parametrize("how", ["kicked", "left"])
def test_the_bots_removal_is_told(how: str) -> None:
    assert events(my_chat_member=membership("member", how, BOT)) == (BotRemoved(TRIP, MEI_SEEN, (MEI_SEEN,)),)


def test_being_blocked_in_private_is_no_removal() -> None:
    private = {"id": 11, "type": "private", "first_name": "Mei"}
    assert events(my_chat_member=membership("member", "kicked", BOT, private)) == ()
    assert events(my_chat_member=membership("kicked", "member", BOT, private)) == ()


def test_who_leaves_is_told_and_who_removed_them_is_seen() -> None:
    assert events(message=message(left_chat_member=OLE)) == (Left(TRIP, MEI_SEEN, (MEI_SEEN,), who=OLE_SEEN),)
    assert events(message=message(left_chat_member=BOT)) == ()


def test_membership_updates_tell_of_joining_and_leaving() -> None:
    assert events(chat_member=membership("left", "member", OLE)) == (Joined(TRIP, seen=(OLE_SEEN,)),)
    assert events(chat_member=membership("member", "kicked", OLE)) == (Left(TRIP, who=OLE_SEEN),)
    assert events(chat_member=membership("left", "kicked", OLE)) == ()
    assert events(chat_member=membership("left", "member", OTHER_BOT)) == ()


def test_a_group_that_becomes_a_supergroup_moves_told_from_either_side() -> None:
    old = {"id": -5, "type": "group", "title": "Trip"}
    assert events(message=message(chat=old, migrate_to_chat_id=-100123)) == (
        ChatMoved(Place("-5", "Trip"), to="-100123"),
    )
    assert events(message=message(migrate_from_chat_id=-5)) == (ChatMoved(Place("-5", "Trip"), to="-100123"),)


# -- poison -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"3",
        b"null",
        b"{}",
        b'{"update_id": 1, "message": {}}',
        b'{"update_id": 1, "message": "hi"}',
        b'{"update_id": 1, "message": {"message_id": 1, "date": 1e40, "chat": {"id": 1, "type": "private"}}}',
        b'{"update_id": 1, "callback_query": {"id": "1"}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_update_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError, match="no update"):
        parse(body, names=NAMES)


def test_a_kind_of_update_that_nobody_knows_is_nothing() -> None:
    assert events(something_of_next_year={"id": 1}) == ()


# -- invoices -----------------------------------------------------------------------------------------------


def test_the_question_before_checkout_names_who_pays_what() -> None:
    query = {"id": "77", "from": MEI, "currency": "CNY", "total_amount": 3333, "invoice_payload": "INTENT1"}
    [event] = events(pre_checkout_query=query)
    assert event == CheckingOut(
        Place("11", "Mei Lin", private=True),
        MEI_SEEN,
        press="checkout:77",
        payload="INTENT1",
        amount=3333,
        currency="CNY",
    )


def test_money_that_arrived_is_told_with_both_numbers_of_it() -> None:
    paid = {"currency": "CNY", "total_amount": 3333, "invoice_payload": "INTENT1"}
    numbers = {"telegram_payment_charge_id": "tg-1", "provider_payment_charge_id": "ch_1"}
    [event] = events(message=message(successful_payment=paid | numbers))
    assert isinstance(event, InvoicePaid)
    assert (event.payload, event.reference, event.provider) == ("INTENT1", "tg-1", "ch_1")
    assert (event.amount, event.currency, event.at) == (3333, "CNY", AT)


def test_an_invoice_that_stands_in_a_chat_is_nobodys_command() -> None:
    invoice = {"title": "/collect 5 each", "description": "x", "start_parameter": "a", "currency": "CNY"}
    [event] = events(message=message(invoice=invoice | {"total_amount": 1}))
    assert type(event) is Inbound
