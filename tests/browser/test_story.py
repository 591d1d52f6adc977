"""What the product is for, done by hand in the browser: ask, pay, claim, stall, wait, be reminded, ask."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.room import Room

pytestmark = pytest.mark.browser

PAY, BANK, THANKS = "Pay", "Test bank", "Paid. Thank you!"


def test_money_is_collected_the_unpaid_are_reminded_for_three_days_and_who_stalls_is_followed_up(room: Room) -> None:
    room.be("lin").say("/collect 200 equal Hotpot")
    room.card("Hotpot")
    room.card("1/6 · ¥33.33 of ¥200.00")
    room.card(re.compile(r"at most 12 each, until \w{3} 10:00"))

    room.be("xiaowang").stall(PAY, BANK)
    room.wait(3)
    room.on_phone("sms", "¥33.33 for #1 Hotpot is still open")
    assert (room.count_on_phone("service_notice"), room.count_on_phone("call")) == (0, 0)
    for _ in range(4):
        room.wait(3)
    room.on_phone("service_notice", "#1 Hotpot")
    status = room.be("lin").status()
    expect(status).to_contain_text("1/6 settled · ¥33.33 of ¥200.00")
    expect(status).to_contain_text("4 never opened · 1 started, not finished")

    room.wait(360)
    room.reminded(1, "Ben", "Emil", "Dora")
    for person in ("anna", "ben", "dora"):
        room.be(person).pay(PAY, BANK, THANKS)
    room.be("emil").press("I've paid")
    room.card("4/6 · ¥133.34 of ¥200.00")
    room.card("1 to be checked by")
    room.be("anna").on_phone("private", "¥33.34 received. Thank you!")
    status = room.be("lin").status()
    expect(status).to_contain_text("4/6 settled · ¥133.34 of ¥200.00")
    expect(status).to_contain_text("Not paid yet: 1 started, not finished")
    expect(status).to_contain_text("To be checked: 1")
    room.on_phone("private", "小王")  # the names are for the organiser alone
    expect(status).not_to_contain_text("小王")

    room.wait(1440)
    room.be("xiaowang").on_phone("call", "¥33.33")
    assert (room.count_on_phone("sms"), room.count_on_phone("service_notice"), room.count_on_phone("call")) == (1, 1, 1)
    room.wait(1440).wait(1440)

    assert room.reminders("xiaowang") == [f"Reminder {n} of 12" for n in range(1, 13)]
    assert room.reminder_times("xiaowang") == [f"{hour:02}:00" for hour in (16, 22, 4, 10) * 3]
    assert room.reminders("anna") == ["Reminder 1 of 12"]
    # the group is reminded once: from the second slot on, who is left can be written to in private
    assert room.messages.filter(has_text=re.compile(r"Reminder \d+ of 12")).count() == 1
    room.be("lin").on_phone("private", "the reminders are over")
    room.on_phone("private", "4 of 6 settled, ¥133.34 of ¥200.00 received")
    status = room.status()
    expect(status).to_contain_text("4/6 settled · ¥133.34 of ¥200.00")
    expect(status).not_to_contain_text("Next reminder")


def test_the_same_in_chinese_and_what_was_claimed_is_confirmed(room_zh: Room) -> None:
    room = room_zh
    room.be("lin").say("收款 200 均摊 火锅")
    room.card("火锅")
    room.card("1/6")
    for person in ("anna", "xiaowang"):
        room.be(person).pay("去付款", "测试银行", "已付清")
    room.be("ben").press("我付了")
    room.card("3/6 · 已收 ¥100.00，共 ¥200.00")
    room.be("lin").press_on_phone("收到了")
    room.card("4/6 · 已收 ¥133.34，共 ¥200.00")
    room.wait(360)
    room.reminded(1, "Dora", "Emil")
    expect(room.status("状态")).to_contain_text("4/6")


def test_who_pays_from_a_reminder_gets_no_other(room: Room) -> None:
    room.be("lin").say("/collect 60 each Bus")
    room.wait(360)
    assert room.reminders("xiaowang") == ["Reminder 1 of 12"]
    room.be("xiaowang").press_on_phone("Open my payment page")
    room.finish(BANK, THANKS)
    room.wait(360)
    assert room.reminders("xiaowang") == ["Reminder 1 of 12"]
    assert room.reminders("anna") == ["Reminder 1 of 12", "Reminder 2 of 12"]
