"""``simulate``: what is foreseen is what then happens."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.domain.policy import Policy
from bot.service.simulate import foresee
from tests.dialogs.house import House


async def test_everything_foreseen_comes_and_nothing_else(tmp_path: Path) -> None:
    house = await House.build(tmp_path)
    await house.say("lin", "/collect 200 equal Hotpot")
    foreseen = foresee(house.store, Policy(channels=("sandbox", "manual")), house.clock.now())
    assert {step.sent for step in foreseen} == {True}
    assert {(step.via, step.count) for step in foreseen} == {("private", 2), ("chat", 3)}
    reminders = [step for step in foreseen if step.via == "chat"]
    assert len(reminders) == 12
    assert [step.at for step in reminders] == [reminders[0].at + n * timedelta(hours=6) for n in range(12)]
    for step in reminders:
        house.clock.move_to(step.at - timedelta(seconds=1))
        assert "Reminder" not in (await house.advance(milliseconds=1)).group
        assert "Reminder" in (await house.advance(seconds=1)).group
    assert foresee(house.store, Policy(), house.clock.now()) == []
    await house.leave()


async def test_what_will_be_skipped_is_listed_with_its_reason(tmp_path: Path) -> None:
    house = await House.build(tmp_path)
    await house.say("lin", "/collect 200 equal Hotpot")
    await house.start(await house.link("anna"))
    foreseen = foresee(house.store, Policy(channels=("sandbox", "manual")), house.clock.now())
    sms = [step for step in foreseen if step.via == "sms"]
    assert [(step.sent, step.count) for step in sms] == [(False, 1)]
    assert sms[0].reason
    await house.leave()


async def test_who_has_paid_is_foreseen_nothing(tmp_path: Path) -> None:
    house = await House.build(tmp_path)
    await house.say("lin", "/collect 200 equal @anna @ben")
    await house.pay("anna")
    foreseen = foresee(house.store, Policy(channels=("sandbox", "manual")), house.clock.now())
    assert {step.count for step in foreseen} == {1}
    await house.pay("ben")
    assert foresee(house.store, Policy(), house.clock.now()) == []
    await house.leave()
