"""Every notice, in both languages: it renders, is sound markup, survives hostile names, and has a use."""

from __future__ import annotations

import ast
import json
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.commands import ParseContext, parse
from bot.domain import press
from bot.domain.command import Actor, AskPreview
from bot.domain.dunning import Reason
from bot.domain.errors import Refusal
from bot.domain.model import (
    DIFFERENCES,
    Astray,
    Chat,
    ChatId,
    CollectionState,
    DueState,
    Listing,
    Member,
    MemberId,
    Stall,
)
from bot.domain.names import show_name, show_names
from bot.domain.notice import Medium, Notice, Reply
from bot.i18n import LOCALES, locale_of
from bot.ports import ChatTraits
from bot.render import Renderer
from tests.domain.group import ANN, MEI as ORGANISER, Group, told
from tests.render.scenes import REFUSALS, notices
from tests.render.words import NAMES, NOW, PAY_URL, RENDERER, TEMPLATES, Markup, words

ROOT = TEMPLATES.parent
HOSTILE = json.loads((ROOT / "tests" / "fixtures" / "hostile.json").read_text("utf-8"))
HOSTILE_NAMES = [str(case["input"]) for case in HOSTILE["cases"] if case["surface"] == "name" and case["input"]]
ONLY_TYPED = {
    "refused_unclear",
    "refused_sums_do_not_meet",
    "refused_list_does_not_fit",
    "refused_not_a_file",
    "refused_which_member",
    "refused_not_known",
}
"""Refusals of a line of text: never the answer to a press."""
NOT_SPOKEN = {"card", "card_plans"}
"""Rendered from the state, not from a notice (``test_card``)."""
SPEAKERS = {
    "answer": 1,
    "tell": 1,
    "inform": 1,
    "propose": 2,
    "announce": 0,
    "_say": 0,
    "_to_person": 1,
    "Notice": 0,
    "topic": 0,
}
"""What speaks, and which of its arguments is the key."""


def calls(*folders: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call in the code, with the name of what is called."""
    for file in (file for folder in folders for file in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""), node


def spoken() -> Iterator[str]:
    """The keys that are given to what speaks, written out."""
    for name, call in calls("bot/domain/decide", "bot/service", "bot/commands"):
        topics = [k.value for k in call.keywords if k.arg == "topic"]
        place = SPEAKERS.get(name)
        given = [*topics, *(call.args[place : place + 1] if place is not None else ())]
        yield from (x.value for x in given if isinstance(x, ast.Constant) and isinstance(x.value, str))


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        yield below
        yield from refusals(below)


def raised() -> Iterator[tuple[str, frozenset[str]]]:
    """Each refusal that is made somewhere in the product: its class and its params."""
    known = {kind.__name__ for kind in refusals()} - {"WhichMember"}
    for name, call in calls("bot"):
        if name in known:
            yield name, frozenset(k.arg or "" for k in call.keywords)


def test_the_scenes_play_every_notice_there_is() -> None:
    assert {notice.key for notice in notices()} == RENDERER.keys() - NOT_SPOKEN


def test_every_refusal_is_among_the_scenes_with_the_params_that_it_is_raised_with() -> None:
    assert {type(refusal) for refusal in REFUSALS} == set(refusals())
    played = {(type(refusal).__name__, frozenset(refusal.params)) for refusal in REFUSALS}
    assert set(raised()) <= played


def test_every_key_that_is_spoken_has_a_template() -> None:
    assert len(set(spoken())) > 30
    assert set(spoken()) <= RENDERER.keys()
    assert {kind.key for kind in refusals()} <= RENDERER.keys()


@pytest.mark.parametrize("locale", LOCALES)
def test_every_notice_is_sound_markup_and_says_the_same_in_plain_text(locale: str) -> None:
    for notice in notices():
        for traits in (ChatTraits(pictures=False), ChatTraits(buttons=False, pictures=False)):
            said = words(notice, locale, traits=traits)
            assert Markup(said.html).text == said.text, notice.key
            assert said.text.strip() == said.text
            assert said.text
            assert "\n\n\n" not in said.text
            assert "{" not in said.text, notice.key
            assert "None" not in said.text, notice.key


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_stay_names(name: str, locale: str) -> None:
    shown = {member: show_name(name, member) for member in NAMES}
    for notice in {(notice.key, notice.medium): notice for notice in notices()}.values():
        said = words(notice, locale, names=shown)
        assert Markup(said.html).text == said.text
        friendly = words(notice, locale)
        assert said.html.count("<") == friendly.html.count("<"), notice.key
        assert len(said.text.splitlines()) == len(friendly.text.splitlines()), notice.key


def test_a_name_cannot_turn_the_text_around() -> None:
    shown = words(Notice("start", Medium.PRIVATE, params=_start()), "en", names={ANN: "abc"})
    assert "\u2068abc\u2069" in shown.text


def _start() -> Any:
    return next(notice.params for notice in notices() if notice.key == "start")


@pytest.mark.parametrize("locale", LOCALES)
def test_answers_to_a_press_fit_whatever_the_names_and_amounts(locale: str) -> None:
    long = {member: show_name(f"{member} " + "W" * 40, member) for member in NAMES}
    for notice in notices():
        if notice.medium is Medium.ANSWER and notice.key not in ONLY_TYPED:
            text = words(notice, locale, names=long).text
            assert len(text.encode("utf-16-le")) // 2 <= ChatTraits().answer_limit, (notice.key, text)


@pytest.mark.parametrize("locale", LOCALES)
def test_buttons_are_labelled_in_the_language_and_carry_what_comes_back(locale: str) -> None:
    for notice in notices():
        for row in words(notice, locale).buttons:
            for button in row:
                assert button.label
                assert bool(button.data) is not bool(button.url)
                assert not button.data or press.decode(button.data) is not None


def test_pay_is_a_link_in_private_and_an_open_page_for_a_press() -> None:
    asks = [notice for notice in notices() if notice.key == "pay"]
    private = next(n for n in asks if n.medium is Medium.PRIVATE)
    pressed = next(n for n in asks if n.medium is Medium.ANSWER)
    assert words(private, "en").buttons[0][0].url == PAY_URL
    opened = words(pressed, "en").open
    assert opened is not None
    assert (opened.url, opened.start) == (PAY_URL, f"pay_{pressed.collection}")


def test_without_buttons_a_personal_reminder_carries_its_link() -> None:
    for key in ("reminder_private", "escalation_service_notice", "escalation_sms"):
        notice = next(notice for notice in notices() if notice.key == key)
        said = words(notice, "zh_CN", traits=ChatTraits(buttons=False))
        assert PAY_URL in said.text


def test_without_buttons_every_choice_has_a_number_in_the_order_of_its_data() -> None:
    for notice in notices():
        for locale, ask in (("en", "Answer with a number: "), ("zh_CN", "回复数字："))[: 2 if notice.buttons else 0]:
            said = words(notice, locale, traits=ChatTraits(buttons=False))
            labels = [button.label for row in said.buttons for button in row]
            if not labels:
                assert notice.key == "collected"  # the card with its own numbers follows at once
                continue
            choices = " · ".join(f"{n} {label}" for n, label in enumerate(labels, start=1))
            assert notice.medium.value in ("sms", "call") or said.text.endswith(ask + choices)
            assert all(button.data for row in said.buttons for button in row)


def test_the_preview_is_in_order_of_time() -> None:
    group = Group()
    group.collect(20_000)
    lines: Any = told(group.say(AskPreview, ORGANISER), "preview").params["lines"]
    at = [line["at"] for line in lines]
    assert at == sorted(at)
    assert len(at) == 12


@pytest.mark.parametrize("locale", LOCALES)
def test_help_is_short_and_its_three_examples_can_be_copied(locale: str) -> None:
    text = words(next(n for n in notices() if n.key == "help"), locale)
    assert len(text.text.splitlines()) <= 8
    assert len(copied(text.html)) == 3


@pytest.mark.parametrize("locale", LOCALES)
def test_every_line_to_copy_is_understood(locale: str) -> None:
    known = {"anna", "ben", "小王", "小李", "某人", "name", "me"}
    here = ParseContext(
        by=Actor(ORGANISER),
        reply=Reply(ChatId(7)),
        chat=Chat(ChatId(7), "room"),
        now=NOW,
        most_minor=10**9,
        who=lambda name: (Member(MemberId(2), "a"),) if name.removeprefix("@") in known else (),
    )
    lines = {line for n in notices() if n.key != "refused_unclear" for line in copied(words(n, locale).html)}
    assert len(lines) > 6
    for line in lines:
        assert parse(line, here) is not None, line


def copied(html: str) -> list[str]:
    return re.findall(r"<code>(.*?)</code>", html)


# -- strings --------------------------------------------------------------------------------------------------


def strings(locale: str, file: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in tomllib.loads((TEMPLATES / locale / file).read_text("utf-8")).items():
        found |= {f"{key}.{inner}": text for inner, text in value.items()} if isinstance(value, dict) else {key: value}
    return found


@pytest.mark.parametrize("file", ["strings.toml", "web.toml"])
def test_strings_have_the_same_keys_and_placeholders_in_both_languages(file: str) -> None:
    chinese, english = (strings(locale, file) for locale in LOCALES)
    assert chinese.keys() == english.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", chinese[key])), key
        assert text.strip() == text
        assert text


def test_every_label_of_a_value_exists() -> None:
    labels = strings("en", "strings.toml")
    for section, values in (("states", DueState), ("marks", DueState), ("stalls", Stall), ("reasons", Reason)):
        assert {f"{section}.{value.value}" for value in values} == {k for k in labels if k.startswith(f"{section}.")}
    assert {f"differences.{what.value}" for what in DIFFERENCES} <= labels.keys()
    assert {f"listings.{why.value}" for kind in (Listing, Astray) for why in kind} <= labels.keys()
    assert {f"collection.{state.value}" for state in CollectionState} <= labels.keys()


def test_a_placeholder_is_filled_as_data_and_an_unknown_one_is_left() -> None:
    assert RENDERER.text("en", "web.for_you", name="{name} <b>") == "For {name} <b>"
    assert RENDERER.text("en", "web.for_you") == "For {name}"


def test_names_alone_tell_two_alices_apart() -> None:
    shown = show_names({MemberId(1): "Alice", MemberId(2): "Alice"})
    assert shown == {1: "Alice #1", 2: "Alice #2"}


def test_a_language_nobody_speaks_here_becomes_english() -> None:
    assert [locale_of(tag) for tag in ("zh-hans", "ZH_tw", "en-GB", "fr", "")] == ["zh_CN", "zh_CN", "en", "en", "en"]


def test_a_template_missing_in_one_language_is_found_at_the_start(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES, tmp_path / "templates")
    (tmp_path / "templates" / "en" / "help.j2").unlink()
    with pytest.raises(ValueError, match=r"help\.j2"):
        Renderer(tmp_path / "templates")
