"""Templates → ``Rendered``. Names and titles are data: never template source, always escaped, names isolated."""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from bot.domain.errors import Refusal
from bot.domain.model import MemberId
from bot.domain.money import Money
from bot.domain.names import isolate
from bot.domain.notice import Button, Medium, Notice, Value, Who
from bot.i18n import LOCALES, format_money, format_span, format_when
from bot.ports import ChatTraits, OpenLink, Rendered, RenderedButton
from bot.render.card import CardSheet
from bot.render.code import code_picture
from bot.render.picture import progress
from bot.render.plans import plans_params, plans_picture

_TAG: Final = re.compile(r"<(/?)(mention|a|b|i|code)\b([^>]*)>")
_BLANK_LINES: Final = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class _Reader:
    """For whom a text is made: what filters need to write money, times and names."""

    locale: str
    zone: str
    now: datetime
    names: Mapping[MemberId, str]
    ids: Mapping[MemberId, str]
    strings: Mapping[str, str]

    def money(self, value: Money) -> str:
        return format_money(value, self.locale)

    def when(self, at: datetime) -> str:
        return format_when(at, self.locale, self.zone, now=self.now)

    def span(self, value: timedelta) -> str:
        return format_span(value, self.locale)

    def name(self, who: Who) -> str:
        return isolate(self.names.get(who.member, f"#{who.member}"))

    def who(self, who: Who) -> Markup:
        """A name; a mention when it is to ping."""
        name = escape(self.name(who))
        if who.ping and who.member in self.ids:
            return Markup('<mention id="{}">{}</mention>').format(self.ids[who.member], name)
        return Markup("<b>{}</b>").format(name)

    def way(self, channel: str) -> str:
        """A payment channel as people call it; one that has no words yet, as the config calls it."""
        return self.strings.get(f"web.channel_{channel}", channel)

    def label(self, word: str, section: str) -> str:
        """The word for a state, a reason, a medium: from ``strings.toml``."""
        return self.strings[f"{section}.{word}"]

    def fault(self, code: str) -> str:
        """Why a row of a list does not fit."""
        return self.strings.get(f"lists.{code}") or self.strings[f"unclear.{code}"]


def _for_reader(name: str) -> Callable[..., Any]:
    """A filter that writes a value for whoever the text is made for. Bound when rendering, so that templates are
    compiled once."""

    @pass_context
    def written(context: Context, *values: Any) -> Any:
        return getattr(context[_READER], name)(*values)

    return written


_READER: Final = "_reader"
_FOLLOWED: Final = frozenset({"collected"})
"""Notices that the card follows at once: a number would mean what the card says by the time it is answered."""
_FILTERS: Final = {name: _for_reader(name) for name in ("money", "when", "span", "who", "way", "label", "fault")}


class Renderer:
    """Loads all texts once; ``ValueError`` when a language lacks what another has."""

    def __init__(self, templates: Path) -> None:
        self._environments: dict[str, Environment] = {}
        self._strings: dict[str, dict[str, str]] = {}
        for locale in LOCALES:
            loader = FileSystemLoader(templates / locale)
            made = Environment(
                loader=loader,
                autoescape=True,
                undefined=StrictUndefined,
                trim_blocks=True,
                lstrip_blocks=True,
                auto_reload=False,
            )
            made.filters |= _FILTERS
            self._environments[locale] = made
            self._strings[locale] = _strings(templates / locale)
        self._agree()

    def _agree(self) -> None:
        first, *others = LOCALES
        have = set(self._environments[first].list_templates()), set(self._strings[first])
        for other in others:
            theirs = set(self._environments[other].list_templates()), set(self._strings[other])
            missing = [*(have[0] ^ theirs[0]), *(have[1] ^ theirs[1])]
            if missing:
                raise ValueError(f"not in every language: {sorted(missing)}")

    def keys(self) -> frozenset[str]:
        """The notices that can be rendered."""
        names = self._environments[LOCALES[0]].list_templates(extensions=["j2"])
        return frozenset(n.removesuffix(".j2") for n in names)

    # -- notices --------------------------------------------------------------------------------------------

    def render(
        self,
        notice: Notice,
        *,
        locale: str,
        zone: str,
        now: datetime,
        names: Mapping[MemberId, str],
        ids: Mapping[MemberId, str],
        traits: ChatTraits,
        pay_url: str = "",
    ) -> Rendered:
        """The words of ``notice`` for one reader, with its buttons, picture and link."""
        reader = _Reader(locale, zone, now, names, ids, self._strings[locale])
        params = {**notice.params, "pay_url": pay_url, "has_buttons": traits.buttons}
        text = self._text(notice.key, reader, params)
        if notice.amends is not None:
            name = escape(reader.name(Who(notice.amends.by)))
            text += "\n\n" + self.text(locale, f"outcomes.{notice.amends.outcome}", name=name)
        rows = self._buttons(notice.buttons, reader) if traits.buttons or notice.key not in _FOLLOWED else ()
        link = None
        if notice.open_pay and pay_url:
            if notice.medium is Medium.ANSWER:
                link = OpenLink(pay_url, f"pay_{notice.collection}")
            elif notice.medium in (Medium.PRIVATE, Medium.SERVICE_NOTICE) and traits.buttons:
                pay = RenderedButton(self.text(locale, "buttons.open_cashier"), url=pay_url)
                rows = ((pay,), *(tuple(b for b in row if not b.data.startswith("pay.")) for row in rows))
        page = "receipt" if notice.open_receipt else "board" if notice.open_board else ""
        if page and pay_url and traits.buttons and notice.medium is Medium.PRIVATE:
            rows = ((RenderedButton(self.text(locale, f"buttons.open_{page}"), url=pay_url),), *rows)
        picture = None
        if notice.picture == "progress" and traits.pictures:
            picture = progress(notice.params, locale, lambda key: self.text(locale, key))
        if notice.picture == "plans" and traits.pictures:
            picture = plans_picture(notice.params, locale, lambda key: self.text(locale, key))
        rows = tuple(row for row in rows if row)
        if notice.medium not in (Medium.SMS, Medium.CALL):
            text += self._numbered(rows, traits, reader)
        return Rendered(html=text, text=_plain(text), buttons=rows, picture=picture, open=link, alert=notice.alert)

    def card(
        self,
        sheet: CardSheet,
        *,
        locale: str,
        zone: str,
        now: datetime,
        names: Mapping[MemberId, str],
        ids: Mapping[MemberId, str],
        traits: ChatTraits,
        notice_board_url: str = "",
    ) -> Rendered:
        """The collection's living message. ``notice_board_url``: its page for everybody."""
        reader = _Reader(locale, zone, now, names, ids, self._strings[locale])
        c = sheet.collection
        params: dict[str, Any] = {
            "c": c,
            "sheet": sheet,
            "organiser": Who(c.organiser),
            "unpaid": tuple(Who(m) for m in sheet.unpaid),
            "paid": c.money(c.tally.paid),
            "total": c.money(c.tally.amount),
            "asked": c.money(c.amount) if c.amount is not None else None,
            "each": c.money(c.amount) if c.amount is not None else None,
            "goal": c.money(c.goal) if c.goal is not None else None,
            "minimum": c.money(c.minimum) if c.minimum is not None else None,
            "maximum": c.money(c.maximum) if c.maximum is not None else None,
            "suggested": c.money(c.suggested) if c.suggested is not None else None,
            "listed": c.money(sheet.listed),
            "has_buttons": traits.buttons,
        }
        if sheet.planning is not None and c.planning:
            params |= plans_params(sheet.planning, sheet.proposed, c)
        text = self._text("card_plans" if c.planning else "card", reader, params)
        rows = self._buttons(sheet.buttons, reader)
        text += self._numbered(rows, traits, reader)
        picture = (
            code_picture(c.number, sheet.shares, notice_board_url, locale)
            if notice_board_url and traits.code_on_card
            else None
        )
        return Rendered(html=text, text=_plain(text), buttons=rows, picture=picture)

    def sentence(
        self, refusal: Refusal, *, locale: str, zone: str, now: datetime, names: Mapping[MemberId, str]
    ) -> str:
        """A refusal as one plain text, for pages."""
        return _plain(
            self._text(refusal.key, _Reader(locale, zone, now, names, {}, self._strings[locale]), refusal.params)
        )

    def text(self, locale: str, key: str, **values: object) -> str:
        """A string of ``strings.toml`` (``section.key``) with ``{placeholders}`` filled as plain data."""
        source = self._strings[locale][key]
        return _PLACEHOLDER.sub(lambda match: str(values.get(match[1], match[0])), source)

    def _buttons(self, rows: tuple[tuple[Button, ...], ...], reader: _Reader) -> tuple[tuple[RenderedButton, ...], ...]:
        def label(button: Button) -> str:
            named = reader.name(Who(button.who)) if button.who is not None else ""
            if named and f"buttons.{button.label}" not in reader.strings:
                return named
            money = reader.money(button.money) if button.money is not None else ""
            label = self.text(reader.locale, f"buttons.{button.label}", money=money, name=named)
            return f"{label} {isolate(button.words)}" if button.words else label

        return tuple(tuple(RenderedButton(label(b), data=b.data) for b in row) for row in rows)

    def _numbered(self, rows: tuple[tuple[RenderedButton, ...], ...], traits: ChatTraits, reader: _Reader) -> str:
        """Where there are no buttons: what one can answer instead, by number."""
        labels = [] if traits.buttons else [escape(button.label) for row in rows for button in row]
        if not labels:
            return ""
        choices = " · ".join(f"{n} {label}" for n, label in enumerate(labels, start=1))
        return "\n\n" + self.text(reader.locale, "menu.answer", choices=choices)

    def _text(self, key: str, reader: _Reader, params: Mapping[str, Value | Any]) -> str:
        template = self._environments[reader.locale].get_template(f"{key}.j2")
        rendered = template.render({**params, _READER: reader})
        return _BLANK_LINES.sub("\n\n", rendered).strip()


def _plain(text: str) -> str:
    """The same words without markup; mentions become ``@name``."""
    words = _TAG.sub(lambda tag: "@" if tag[2] == "mention" and not tag[1] else "", text)
    return html.unescape(words)


def _strings(folder: Path) -> dict[str, str]:
    """``strings.toml`` by ``section.key``; ``web.toml`` by ``web.key``, ``board.toml`` by ``board.key``."""
    found: dict[str, str] = {}
    for section, words in tomllib.loads((folder / "strings.toml").read_text("utf-8")).items():
        found |= {f"{section}.{key}": text for key, text in words.items()}
    for section in ("web", "board"):
        words = tomllib.loads((folder / f"{section}.toml").read_text("utf-8"))
        found |= {f"{section}.{key}": text for key, text in words.items()}
    return found
