"""A group on Telegram in which money is collected, with an invoice to pay."""

from __future__ import annotations

from dataclasses import dataclass

from tests.botapi.server import BotApi
from tests.botapi.world import Chat, User
from tests.dialogs.telegram.product import Product


@dataclass
class Trip:
    """Lin collects 90 from each; Anna and Ben owe. ``link`` is Anna's invoice."""

    group: Chat
    lin: User
    anna: User
    ben: User
    link: str = ""


async def trip_of(api: BotApi, product: Product, language: str = "en") -> Trip:
    lin, anna, ben = (api.user(name, language_code=language) for name in ("Lin", "Anna", "Ben"))
    group = api.group("Trip", lin, anna, ben, admins=[lin])
    for person in (lin, anna, ben):
        await api.say(person, group, "/status")
        await api.start(person)
    if language != "en":
        await api.say(lin, group, "/language zh")
    await api.say(lin, group, "/collect 90 each Hotpot")
    await product.quiet()
    trip = Trip(group, lin, anna, ben)
    page = await product.page_of(anna, group, "💳 Pay" if language == "en" else "💳 去付款")
    trip.link = await product.invoice(page)
    for person in (lin, anna, ben):
        await product.heard(person)
    return trip
