"""What Telegram is shown."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from markupsafe import escape

from adapters.chats.telegram.present import is_public, present, present_answer, telegram_html, units
from bot.ports import OpenLink, Rendered, RenderedButton
from tests.botapi.markup import parsed

SHOP = "https://pay.example.com/pay/abc"


def rendered(html: str, *rows: tuple[RenderedButton, ...]) -> Rendered:
    return Rendered(html, html, buttons=rows)


# -- words --------------------------------------------------------------------------------------------------


def test_a_mention_becomes_a_link_to_the_person() -> None:
    assert telegram_html('<mention id="123">Mei &amp; Co</mention>') == '<a href="tg://user?id=123">Mei &amp; Co</a>'


def test_a_mention_of_nobody_that_telegram_knows_keeps_the_name() -> None:
    assert telegram_html('<mention id="room:1">Mei</mention>') == "Mei"
    assert telegram_html('<mention id="1&quot;>">Mei</mention>') == "Mei"


def test_the_tags_that_telegram_is_sent_are_few() -> None:
    source = '<b>b</b> <i>i</i> <code>c</code> <a href="https://example.com/?a=1&amp;b=2">a</a>'
    assert telegram_html(source) == source
    assert telegram_html("<p>one</p><br><u>two</u>") == "onetwo"
    assert telegram_html('<a href="javascript:alert(1)">a</a><b class="x">b</b>') == "a<b>b</b>"


def test_what_only_looks_like_markup_is_escaped() -> None:
    assert (
        telegram_html("5 &lt; 6 &amp;amp; 7 > 3 &#39;so&#34; & <3") == "5 &lt; 6 &amp;amp; 7 &gt; 3 'so\" &amp; &lt;3"
    )


def test_tags_are_closed_in_order_and_none_stands_in_its_own_kind_or_in_code() -> None:
    assert telegram_html("<b>a<b>b</b>c</b>d") == "<b>abc</b>d"
    assert telegram_html("<b>a<i>b</b>c</i>d") == "<b>a<i>b</i></b>cd"
    assert telegram_html("<code><b>a</b></code></i>") == "<code>a</code>"
    assert telegram_html("<i>a") == "<i>a</i>"


def test_a_long_text_is_cut_at_the_end_of_a_line() -> None:
    text = "\n".join(f"<b>line {n}</b> &amp; more" for n in range(400))
    shown, _ = parsed(telegram_html(text))
    assert units(shown) <= 4096
    assert shown.endswith("& more\n…")


def test_a_long_line_is_cut_within_but_never_within_a_character_or_a_tag() -> None:
    shown, entities = parsed(telegram_html("<b>" + "🍲" * 3000 + "</b>"))
    assert shown == "🍲" * 2047 + "…"
    assert [entity["type"] for entity in entities] == ["bold"]
    assert telegram_html("a &amp;&lt;b", 4) == "a &amp;…"


def test_a_text_that_fits_exactly_is_not_cut() -> None:
    assert telegram_html("x" * 4096) == "x" * 4096


@given(st.lists(st.sampled_from(["<b>", "</b>", "<i>", "</i>", "<code>", "</code>", "</a>", "</mention>", "\n", "🎉",
                                 '<a href="https://example.com">', '<mention id="5">', "word", "&amp;", "&lt;", "<3"])),
       st.integers(2, 60))  # fmt: skip
def test_whatever_comes_telegram_can_read_it_and_it_fits(pieces: list[str], limit: int) -> None:
    html = telegram_html("".join(pieces), limit)
    parsed(html)
    assert units(parsed("|" + html)[0]) <= limit + 1


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=50))
def test_escaped_text_arrives_as_it_was(text: str) -> None:
    assert parsed(telegram_html(f"<b>{escape(text)}</b>|"))[0] == f"{text}|".strip()


# -- buttons ------------------------------------------------------------------------------------------------


def test_buttons_carry_data_or_lead_to_public_addresses() -> None:
    shown = present(rendered("card", (RenderedButton("Pay", data="pay.1"), RenderedButton("Page", url=SHOP))))
    assert shown.keyboard is not None
    assert shown.keyboard.to_dict() == {
        "inline_keyboard": [[{"text": "Pay", "callback_data": "pay.1"}, {"text": "Page", "url": SHOP}]]
    }


def test_a_button_that_telegram_would_refuse_becomes_a_line_of_text() -> None:
    shown = present(rendered("Your page:", (RenderedButton("Pay", url="http://127.0.0.1:8080/pay/a?b=1&c=2"),)))
    assert shown.keyboard is None
    assert shown.html == "Your page:\nPay: http://127.0.0.1:8080/pay/a?b=1&amp;c=2"


def test_the_line_of_such_a_button_survives_a_cut() -> None:
    shown = present(rendered("x" * 5000, (RenderedButton("Pay", url="http://localhost/pay"),)))
    text, _ = parsed(shown.html)
    assert units(text) == 4096
    assert text.endswith("…\nPay: http://localhost/pay")


@pytest.mark.parametrize(
    ("url", "public"),
    [
        (SHOP, True),
        ("http://pay.example.com", True),
        ("https://8.8.8.8/pay", True),
        ("https://localhost/pay", False),
        ("https://shop.localhost/pay", False),
        ("https://box.local/pay", False),
        ("http://127.0.0.1:8080/", False),
        ("http://192.168.1.5/", False),
        ("http://[::1]/", False),
        ("http://[broken/", False),
        ("ftp://example.com/", False),
        ("https:///pay", False),
        ("", False),
    ],
)
def test_only_public_web_addresses_may_stand_behind_a_button(url: str, public: bool) -> None:
    assert is_public(url) is public


def test_a_keyboard_keeps_to_a_hundred_buttons_and_eight_in_a_row() -> None:
    row = tuple(RenderedButton(str(n), data=f"yes.{n}") for n in range(60))
    shown = present(rendered("who?", row, row))
    assert shown.keyboard is not None
    rows = shown.keyboard.inline_keyboard
    assert sum(map(len, rows)) == 100
    assert max(map(len, rows)) == 8
    assert all(rows)


def test_a_picture_carries_up_to_1024_characters() -> None:
    assert present(rendered(f"<b>{'x' * 1024}</b>")).fits_caption
    assert not present(rendered("x" * 1025)).fits_caption


# -- answers ------------------------------------------------------------------------------------------------


def test_an_answer_is_cut_to_200_characters() -> None:
    assert present_answer(Rendered("", "好" * 200), "CollectBot").text == "好" * 200
    shown = present_answer(Rendered("", "🎉" * 200, alert=True), "CollectBot")
    assert (shown.text, shown.alert) == ("🎉" * 99 + "…", True)


def test_an_answer_that_opens_leads_to_the_private_chat_with_the_bot() -> None:
    shown = present_answer(Rendered("", "Pay here", open=OpenLink(SHOP, "pay_12")), "CollectBot")
    assert (shown.url, shown.text) == ("https://t.me/CollectBot?start=pay_12", "")


@pytest.mark.parametrize(("name", "start"), [("", "pay_12"), ("CollectBot", "pay 12"), ("CollectBot", "x" * 65)])
def test_an_answer_that_cannot_open_says_its_words(name: str, start: str) -> None:
    shown = present_answer(Rendered("", "Pay here", open=OpenLink(SHOP, start)), name)
    assert (shown.url, shown.text) == ("", "Pay here")
