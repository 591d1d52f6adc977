"""What every chat platform keeps to. WeChat's turn is in the gate that installs its extra."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.ports import Attachment, ChatPort, MessageGone, Rendered, RenderedButton, Unreachable
from tests.contracts.stages import STAGES, Stage

WHERE = [pytest.param(name, marks=pytest.mark.wechat if name == "wechat" else ()) for name in STAGES]
HELLO = Rendered(html="hello <b>you</b>", text="hello you")


@pytest.fixture(params=WHERE)
async def stage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with STAGES[request.param]() as made:
        yield made


def _later(stage: Stage) -> None:
    """Past whatever spaces messages."""
    stage.clock.move_to(stage.clock.now() + timedelta(minutes=1))


async def test_it_is_a_chat_port_that_names_its_traits(stage: Stage) -> None:
    assert isinstance(stage.port, ChatPort)
    assert stage.port.traits.text_limit >= 1000
    assert stage.port.traits.answers <= stage.port.traits.buttons
    assert isinstance(stage.port.ready(), str)
    assert await stage.port.greet() == ""


async def test_messages_arrive_and_each_has_an_id_of_its_own(stage: Stage) -> None:
    first = await stage.port.post(stage.group, HELLO)
    _later(stage)
    second = await stage.port.post(stage.group, HELLO)
    assert first
    assert second
    assert first != second
    said = stage.said(stage.group)[-2:]
    assert all("hello" in text and "you" in text for text in said)


async def test_who_is_in_touch_is_written_to_and_a_stranger_is_not(stage: Stage) -> None:
    assert await stage.port.write(stage.lin, HELLO)
    assert "hello" in stage.said(stage.lin)[-1]
    with pytest.raises(Unreachable):
        await stage.port.write(stage.ben, HELLO)


async def test_a_mention_shows_the_name(stage: Stage) -> None:
    html = f'🔔 <mention id="{stage.ben}">Ben</mention>: come on'
    await stage.port.post(stage.group, Rendered(html=html, text="🔔 @Ben: come on"))
    assert "Ben" in stage.said(stage.group)[-1]
    assert "mention" not in stage.said(stage.group)[-1] or "data-" in stage.said(stage.group)[-1]


async def test_what_is_markup_to_others_is_text(stage: Stage) -> None:
    text = "<script>1 & 2</script> *bold* _under_ [x](y)"
    html = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    await stage.port.post(stage.group, Rendered(html=html, text=text))
    assert stage.said(stage.group)[-1] in (text, html)


async def test_a_text_that_is_too_long_arrives_shortened(stage: Stage) -> None:
    text = "\n".join(["a line of words"] * 700)
    await stage.port.post(stage.group, Rendered(html=text, text=text))
    assert "a line of words" in stage.said(stage.group)[-1]


async def test_an_edit_replaces_the_message_where_there_are_edits(stage: Stage) -> None:
    id_ = await stage.port.post(stage.group, HELLO)
    _later(stage)
    count = len(stage.said(stage.group))
    if stage.port.traits.edits:
        await stage.port.edit(stage.group, id_, Rendered(html="changed", text="changed"))
        await stage.port.edit(stage.group, id_, Rendered(html="changed", text="changed"))
        assert stage.said(stage.group)[-1] == "changed"
    else:
        with pytest.raises(MessageGone):
            await stage.port.edit(stage.group, id_, Rendered(html="changed", text="changed"))
    assert len(stage.said(stage.group)) == count


async def test_a_message_that_is_gone_cannot_be_edited(stage: Stage) -> None:
    with pytest.raises(MessageGone):
        await stage.port.edit(stage.group, "999999", HELLO)


async def test_buttons_are_no_hindrance(stage: Stage) -> None:
    rows = ((RenderedButton("Pay", data="pay.x"), RenderedButton("Page", url="https://pay.example/x")),)
    assert await stage.port.post(stage.group, Rendered(html="choose", text="choose", buttons=rows))


async def test_a_file_is_no_hindrance_and_its_words_arrive(stage: Stage) -> None:
    data = Attachment(b'{"person": 1}', "qunshou-1.json", "application/json")
    assert await stage.port.write(stage.lin, Rendered(html="<b>all</b> of it", text="all of it", file=data))
    assert "of it" in stage.said(stage.lin)[-1]


async def test_the_owner_is_an_admin_and_a_member_is_not(stage: Stage) -> None:
    assert await stage.port.is_admin(stage.group, stage.lin)
    assert not await stage.port.is_admin(stage.group, stage.ben)


async def test_heads_are_counted_without_the_bot(stage: Stage) -> None:
    assert await stage.port.head_count(stage.group) == stage.heads


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b"7", b'{"kind": "x"}', b"\xff\xfe", b'{"update_id": "x"}']
)
async def test_what_is_no_update_is_a_value_error_or_nothing(stage: Stage, body: bytes) -> None:
    try:
        events = stage.port.parse(body)
    except ValueError:
        return
    assert list(events) == []


async def test_closing_is_quiet(stage: Stage) -> None:
    await stage.port.close()
