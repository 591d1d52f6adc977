"""HTML pages from templates: escaped, translated, money and times written for the reader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bot.domain.money import Money
from bot.domain.names import isolate, show_name
from bot.i18n import format_money, format_stamp, format_when, locale_of
from bot.render.code import code_path


class Pages:
    """Renders ``templates/web``. ``translate(locale, key, **values)`` finds the words (section ``web``)."""

    def __init__(self, folder: Path, translate: Callable[..., str]) -> None:
        self._translate = translate
        self._templates = Environment(
            loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    @staticmethod
    def locale(wanted: str) -> str:
        return locale_of(wanted)

    def page(self, name: str, wanted: str, zone: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        locale = locale_of(wanted)

        def word(key: str, **values: object) -> str:
            return self._translate(locale, key if "." in key else f"web.{key}", **values)

        def when(at: datetime) -> str:
            return format_when(at, locale, zone, now=context["now"])

        def stamp(at: datetime) -> str:
            return format_stamp(at, locale, zone)

        def money(value: Money) -> str:
            return format_money(value, locale)

        def person(name: str, number: int) -> str:
            return isolate(show_name(name, number))

        def channel(name: str) -> str:
            """A payment channel as people call it; one that has no words, as the config calls it."""
            try:
                return word(f"channel_{name}")
            except KeyError:
                return name

        def way(name: str) -> str:
            """The same of money that may have come by hand, or was credit."""
            own = {"manual": "receipt_hand", "credit": "receipt_credit"}.get(name)
            return word(own) if own else channel(name)

        html = self._templates.get_template(name).render(
            context,
            t=word,
            when=when,
            stamp=stamp,
            money=money,
            person=person,
            channel=channel,
            way=way,
            code=code_path,
            lang="zh-Hans" if locale == "zh_CN" else "en",
        )
        return HTMLResponse(html, status)
