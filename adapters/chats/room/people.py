"""Who lives in the room. Made up; the numbers are from the range kept free for fiction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """``in_touch``: has talked to the bot in private before. ``phone`` empty: has given no number."""

    id: str
    name: str
    colour: str
    admin: bool = False
    in_touch: bool = False
    phone: str = ""


GROUP: Final = "group"
PEOPLE: Final = (
    Inhabitant("lin", "Lin", "#0b7a57", admin=True, in_touch=True, phone="+12025550101"),
    Inhabitant("anna", "Anna", "#8a4fbf", in_touch=True, phone="+12025550102"),
    Inhabitant("ben", "Ben", "#b0552a", phone="+12025550103"),
    Inhabitant("xiaowang", "小王", "#1d6fa8", in_touch=True, phone="+12025550104"),
    Inhabitant("dora", "Dora", "#a3325d", phone="+12025550105"),
    Inhabitant("emil", "Emil", "#5f6b1f"),
)
