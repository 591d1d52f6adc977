"""A bank that signs what it says, also what it should not say."""

from __future__ import annotations

import json
from datetime import timedelta

import httpx

from adapters.channels.sandbox.sign import sign
from tests.dialogs.house import SECRET, House

HOOK = "/hooks/sandbox"


async def order(house: House, person: str, amount: str = "") -> str:
    """The id of an attempt that ``person`` has started."""
    return (await house.start(await house.link(person), amount)).rpartition("/")[2]


def event(house: House, intent: str, minor: object, **changed: object) -> bytes:
    """A webhook's body: money arrived. Numbers may be given as the JSON text that they should be."""
    facts = {
        "id": f"evt-{intent}",
        "intent": intent,
        "order": f"SB-{intent}",
        "state": "paid",
        "cause": "",
        "amount": "AMOUNT",
        "currency": "CNY",
        "at": house.clock.now().isoformat(),
    }
    return json.dumps(facts | changed).replace('"AMOUNT"', str(minor)).encode()


async def tell(house: House, body: bytes, *, ahead: int = 0, secrets: tuple[str, ...] = (SECRET,)) -> httpx.Response:
    """Post it, signed ``ahead`` seconds off our time."""
    headers = sign(body, secrets, house.clock.now() + timedelta(seconds=ahead))
    answer = await house.web.post(HOOK, content=body, headers=headers)
    await house.advance(seconds=4)
    return answer
