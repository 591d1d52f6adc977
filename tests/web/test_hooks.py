"""Webhooks: what is not genuine does nothing, what is genuine counts once, and no acknowledgement before the commit.

The cases W01 to W21 are those of ``tests/fixtures/hostile.json``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from random import Random

import pytest
from starlette.requests import Request

from adapters.channels.sandbox.sign import HEADER, sign
from adapters.web.guard import MOST_BODY, BodyTooLarge, read_body
from tests.dialogs.house import SECRET, House
from tests.web.bank import HOOK, event, order, tell

BILL = "/collect 200 each Rent"


@pytest.fixture
async def intent(house: House) -> str:
    """An attempt of Anna's over 200.00."""
    await house.say("lin", BILL)
    return await order(house, "anna")


def _received(house: House) -> int:
    """Minor units that came through the sandbox."""
    return house.store.run(
        lambda work: sum(
            entry_posting.minor
            for collection in work.collections()
            for entry in work.entries(collection)
            for entry_posting in entry.postings
            if entry_posting.account == "received:sandbox"
        )
    )


async def test_money_that_arrived_is_acknowledged_and_counted(house: House, intent: str) -> None:
    answer = await tell(house, event(house, intent, 20000))
    assert (answer.status_code, answer.text) == (200, "ok")
    assert _received(house) == 20000
    assert "2/6" in house.card()


async def test_the_same_event_again_is_acknowledged_and_changes_nothing(house: House, intent: str) -> None:
    body = event(house, intent, 20000)
    assert [(await tell(house, body)).status_code for _ in range(5)] == [200] * 5
    assert _received(house) == 20000


async def test_another_event_about_the_same_money_changes_nothing(house: House, intent: str) -> None:
    await tell(house, event(house, intent, 20000))
    assert (await tell(house, event(house, intent, 20000, id="evt-other"))).status_code == 200
    assert _received(house) == 20000


async def test_w01_a_huge_body_is_refused_before_it_is_read(house: House) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < 10 * 1024 * 1024:
            taken += 16 * 1024
            yield b"x" * 16 * 1024

    announced = await house.web.post(HOOK, content=b"x" * (MOST_BODY + 1))
    assert announced.status_code == 413
    assert (await house.web.post(HOOK, content=endless())).status_code == 413

    async def receive() -> dict[str, object]:
        nonlocal taken
        taken += 16 * 1024
        return {"type": "http.request", "body": b"x" * 16 * 1024, "more_body": True}

    taken = 0
    with pytest.raises(BodyTooLarge):
        await read_body(Request({"type": "http", "headers": []}, receive))
    assert taken <= MOST_BODY + 16 * 1024


async def test_w03_a_body_that_trickles_in_is_given_up() -> None:
    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(TimeoutError):
        await read_body(Request({"type": "http", "headers": []}, receive), within=0)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "1e999", "199.999999999", "2e4", "true", '"20000"', "null", "[]"]
)
async def test_w05_w07_an_amount_is_an_integer_or_nothing(house: House, intent: str, number: str) -> None:
    assert (await tell(house, event(house, intent, number))).status_code == 400
    assert _received(house) == 0


@pytest.mark.parametrize("minor", ["0", "-1", "-20000"])
async def test_no_money_is_no_payment(house: House, intent: str, minor: str) -> None:
    assert (await tell(house, event(house, intent, minor))).status_code == 400


async def test_w09_too_little_is_kept_and_the_bill_stays_open(house: House, intent: str) -> None:
    assert (await tell(house, event(house, intent, 1))).status_code == 200
    assert _received(house) == 1
    assert "1/6" in house.card()
    assert "¥0.01 came from Anna, not the ¥200.00" in house.phone("lin")[-1]
    assert "¥200.00" in await house.page(await house.link("anna"))
    await house.press("lin", "Count it")
    assert "¥199.99" in await house.page(await house.link("anna"))


async def test_w11_an_event_counts_for_its_own_order_and_no_other(house: House, intent: str) -> None:
    await house.say("lin", "/collect 10 each Coffee")
    assert (await tell(house, event(house, intent, 20000))).status_code == 200
    assert "2/6" in house.card(1)
    assert "1/6" in house.card(2)


async def test_money_for_an_order_that_is_not_ours_is_kept_for_the_operator(house: House, intent: str) -> None:
    body = event(house, "nobodys", 20000)
    for _ in range(2):
        assert (await tell(house, body)).status_code == 200
    assert (await tell(house, event(house, "nobodys", 20000, id="evt-again"))).status_code == 200
    assert _received(house) == 0
    assert house.store.run(lambda work: work.strays_open())["unmatched"] == 1
    assert 'qunshou_stray_charges{reason="unmatched"} 1.0' in (await house.web.get("/metrics")).text
    assert "All money is where it belongs" in (await house.write("lin", "/money"))["lin"]


async def test_money_in_another_currency_is_kept_and_told(house: House, intent: str) -> None:
    assert (await tell(house, event(house, intent, 20000, currency="EUR"))).status_code == 200
    assert _received(house) == 0
    assert "€200.00 from Anna on Test bank" in house.phone("lin")[-1]
    assert "in another currency than was asked for" in house.phone("lin")[-1]
    assert "is looking at it" in house.phone("anna")[-1]
    assert "SB-" in (await house.press("lin", "Dealt with")).answer
    assert "All money is where it belongs" in (await house.write("lin", "/money"))["lin"]


async def test_news_of_a_refund_that_was_made_elsewhere_is_acknowledged(house: House, intent: str) -> None:
    body = b'{"id":"evt-r","refund":"nobodys","order":"SR1","state":"refunded","cause":""}'
    assert (await tell(house, body)).status_code == 200


@pytest.mark.parametrize("ahead", [301, -301, 10**6])
async def test_w13_a_stamp_from_another_time_is_refused(house: House, intent: str, ahead: int) -> None:
    assert (await tell(house, event(house, intent, 20000), ahead=ahead)).status_code == 400


@pytest.mark.parametrize("ahead", [300, -300])
async def test_a_clock_that_is_a_little_off_is_none_the_worse(house: House, intent: str, ahead: int) -> None:
    assert (await tell(house, event(house, intent, 20000), ahead=ahead)).status_code == 200


async def test_w15_while_a_secret_is_changed_either_signature_will_do(house: House, intent: str) -> None:
    body = event(house, intent, 20000)
    assert (await tell(house, body, secrets=("the new one, not here yet", SECRET))).status_code == 200
    assert (await tell(house, body, secrets=("one that we never had",))).status_code == 400


async def test_w17_the_same_id_with_another_content_is_a_conflict_and_the_first_counts(
    house: House, intent: str
) -> None:
    await tell(house, event(house, intent, 20000))
    assert (await tell(house, event(house, intent, 15000))).status_code == 409
    assert _received(house) == 20000


async def test_w19_money_after_the_order_was_closed_is_counted_and_told(house: House, intent: str) -> None:
    await house.say("lin", "/close")
    assert (await tell(house, event(house, intent, 20000))).status_code == 200
    assert _received(house) == 20000


async def test_w21_without_a_database_nothing_is_acknowledged(house: House, intent: str) -> None:
    body = event(house, intent, 20000)
    submit = house.store.submit
    house.store.submit = _away  # type: ignore[method-assign]
    headers = sign(body, [SECRET], house.clock.now())
    assert (await house.web.post(HOOK, content=body, headers=headers)).status_code == 503
    house.store.submit = submit  # type: ignore[method-assign]
    assert (await tell(house, body)).status_code == 200
    assert _received(house) == 20000


def _away(_: object) -> None:
    raise ConnectionError("the database is away")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 60_000, b'{"id":"' + b"x" * 300 + b'"}']
)
async def test_what_is_no_event_is_refused_even_when_it_is_signed(house: House, body: bytes) -> None:
    assert (await tell(house, body)).status_code == 400


async def test_nobody_but_a_channel_has_a_door(house: House) -> None:
    assert (await house.web.post("/hooks/nobody", content=b"{}")).status_code == 404
    assert (await house.web.post("/hooks/manual", content=b"{}")).status_code == 400
    assert (await house.web.get(HOOK)).status_code == 405


async def test_of_thousands_of_changed_webhooks_none_is_believed(house: House, intent: str) -> None:
    """Each differs from a genuine one in its body, its signature or its stamp."""
    rng, now = Random(7), house.clock.now()
    body = event(house, intent, 20000)
    header = sign(body, [SECRET], now)[HEADER]
    seen: dict[int, int] = {}
    for _ in range(2_500):
        changed, mark = (_mutated(rng, body), header) if rng.random() < 0.6 else (body, _scratched(rng, header))
        if (changed, mark) == (body, header):
            continue
        headers = [(HEADER.encode(), mark.encode("latin-1"))]
        answer = await house.web.post(HOOK, content=changed, headers=headers)
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
    assert set(seen) <= {400, 413}
    assert seen[400] > 2_000
    assert _received(house) == 0
    assert (await tell(house, body)).status_code == 200


def _mutated(rng: Random, body: bytes) -> bytes:
    at = rng.randrange(len(body))
    return rng.choice(
        (
            lambda: body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :],
            lambda: body[:at],
            lambda: body[:at] + body[at + 1 :],
            lambda: body[:at] + b" " + body[at:],
            lambda: body + body,
            lambda: body.replace(b"20000", str(rng.randrange(10**6)).encode()),
            lambda: b"x" * (MOST_BODY + at),
        )
    )()


def _scratched(rng: Random, header: str) -> str:
    at = rng.randrange(len(header))
    return rng.choice(
        (
            lambda: header[:at] + rng.choice("0123456789abcdef,=tv \xff") + header[at + 1 :],
            lambda: header[:at],
            lambda: "",
            lambda: header.replace("v1=", "v0="),
            lambda: header + "," + header,
            lambda: header.replace("t=", "t=1"),
        )
    )()
