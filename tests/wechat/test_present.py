"""Our markup as WeChat shows it."""

from __future__ import annotations

import pytest

from adapters.chats.wechat.present import link_of, mentions_of, text_of
from bot.ports import Rendered

pytestmark = pytest.mark.wechat


def _said(html: str) -> Rendered:
    return Rendered(html=html, text="")


def test_a_mention_is_a_name_with_the_sign_that_ends_it() -> None:
    said = _said('🔔 <mention id="wxid_1">\u2068Ben\u2069</mention>、<mention id="a&amp;b">Cy</mention>: <b>now</b>')
    assert text_of(said) == "🔔 @Ben\u2005、@Cy\u2005: now"
    assert mentions_of(said) == ["wxid_1", "a&b"]


def test_what_was_escaped_is_shown_as_it_was() -> None:
    assert text_of(_said("&lt;b&gt; 1 &amp; 2 <code>收款 200</code>")) == "<b> 1 & 2 收款 200"


def test_names_from_right_to_left_stay_apart() -> None:
    assert "\u2068" in text_of(_said("\u2068שרה\u2069 ¥50.00"))


def test_the_address_of_a_page_is_found() -> None:
    assert (
        link_of(Rendered(html="", text="here: https://x.example/pay/abc.d-e_f\nbye"))
        == "https://x.example/pay/abc.d-e_f"
    )
    assert link_of(Rendered(html="", text="see https://x.example/about")) == ""
