"""The payment page: personal, signed, and safe against other sites, damaged links and odd files."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from adapters.web.guard import HEADERS
from bot.ports import Person
from tests.dialogs.house import House
from tests.web.bank import event, order, tell

UNTOUCHED = "opened:0:6000:::True:6000"
"""What the page's script is told while nothing was done on it."""


@pytest.fixture
async def link(house: House) -> str:
    """Anna's page."""
    await house.say("lin", "/collect 60 each Bus")
    return await house.link("anna")


async def test_s03_the_amount_is_never_taken_from_the_address(house: House, link: str) -> None:
    assert "¥60.00" in await house.page(f"{link}?amount=1")
    answer = await house.web.post(f"{link}/start?amount=1", data={"channel": "sandbox"})
    assert answer.status_code == 303
    assert "¥60.00" in await house.page(link)


async def test_a_link_that_was_tampered_with_leads_nowhere(house: House, link: str) -> None:
    at = link.index("/pay/") + 5
    for changed in (link[:at] + "x" + link[at + 1 :], link[:-3], link + "x", f"{link[:at]}a.b.c", f"{link[:at]}%00"):
        for path in ("", "/state", "/payee"):
            assert (await house.web.get(changed + path)).status_code == 404, changed
        for path in ("/opened", "/start", "/claim", "/declare"):
            assert (await house.web.post(changed + path, data={"channel": "sandbox"})).status_code == 404, changed


async def test_a_link_grows_old(house: House, link: str) -> None:
    house.clock.move_to(house.clock.now().replace(year=2027))
    answer = await house.web.get(link)
    assert answer.status_code == 404
    assert "60" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
async def test_s01_another_site_cannot_act_through_a_visitors_browser(
    house: House, link: str, headers: dict[str, str]
) -> None:
    for path in ("/start", "/claim", "/opened"):
        answer = await house.web.post(link + path, data={"channel": "sandbox"}, headers=headers)
        assert answer.status_code == 404
    assert (await house.web.get(f"{link}/state")).json()["version"] == UNTOUCHED


async def test_the_sites_own_pages_can(house: House, link: str) -> None:
    headers = {"sec-fetch-site": "same-origin", "origin": "https://pay.example"}
    assert (await house.web.post(f"{link}/start", data={"channel": "sandbox"}, headers=headers)).status_code == 303


async def test_s05_a_page_that_is_open_twice_and_paid_twice_loses_no_money(house: House, link: str) -> None:
    first = await order(house, "anna")
    await tell(house, event(house, first, 6000))
    await tell(house, event(house, first, 6000, id="evt-2", order="SB-2"))
    assert "arrived beyond what was asked" in house.card()


async def test_s11_a_title_is_text_and_scripts_come_from_the_site_alone(house: House) -> None:
    await house.say("lin", '/collect 60 each "<script>alert(1)</script>"')
    answer = await house.web.get(await house.link("anna"))
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path", ["/nothing", "/healthz", "/readyz", "/metrics", "/static/page.css", "/static/../cashier.html"]
)
async def test_every_answer_carries_the_security_headers(house: House, path: str) -> None:
    answer = await house.web.get(path)
    assert HEADERS.items() <= {**dict.fromkeys(HEADERS), **_given(answer.headers)}.items()
    assert (answer.status_code == 404) == (path in ("/nothing", "/static/../cashier.html"))


def _given(headers: object) -> dict[str, str]:
    return {name: headers[name] for name in HEADERS}  # type: ignore[index]


async def test_looking_by_a_link_preview_is_not_looking(house: House) -> None:
    await house.say("lin", "/collect 60 each Bus")
    (collection,) = house.store.run(lambda work: tuple(work.collections()))
    anna = house.store.run(lambda work: work.member_of("room", Person("anna", "Anna")).id)
    link = house.app.pay_url(collection, anna)
    await house.web.get(link)
    assert (await house.web.get(f"{link}/state")).json()["version"].startswith("invited:")
    await house.web.post(f"{link}/opened")
    assert (await house.web.get(f"{link}/state")).json()["version"].startswith("opened:")


# -- proofs ---------------------------------------------------------------------------------------------------


def _picture(kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "white").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_screenshot_goes_to_the_organiser(house: House, link: str, kind: str) -> None:
    answer = await house.web.post(f"{link}/claim", files={"proof": ("proof", _picture(kind))})
    assert answer.status_code == 303
    heard = await house.advance(seconds=4)
    assert "Anna" in heard["lin"]
    assert house.room.board.phones["lin"][-1].picture


@pytest.mark.parametrize("data", [b"no picture", b"GIF89a", _picture()[:60], b"\x89PNG\r\n\x1a\n" + b"\0" * 100])
async def test_what_is_no_picture_is_refused_in_words(house: House, link: str, data: bytes) -> None:
    answer = await house.web.post(f"{link}/claim", files={"proof": ("proof.png", data)})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert (await house.web.get(f"{link}/state")).json()["version"] == UNTOUCHED


async def test_a_file_that_is_too_large_is_refused_in_words(house: House, link: str) -> None:
    answer = await house.web.post(f"{link}/claim", files={"proof": ("proof.png", b"x" * (5 * 1024 * 1024 + 1))})
    assert answer.status_code == 413
    assert 'role="alert"' in answer.text
    assert (await house.web.get(f"{link}/state")).json()["version"] == UNTOUCHED


async def test_the_picture_of_where_to_pay_is_only_for_those_who_pay(house: House, link: str) -> None:
    assert (await house.web.get(f"{link}/payee")).status_code == 404


# -- health ---------------------------------------------------------------------------------------------------


async def test_health_is_told_by_part(house: House) -> None:
    assert (await house.web.get("/healthz")).text == "ok"
    ready = await house.web.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"chat.room": ""})
    house.room.ready = lambda: "no connection"  # type: ignore[method-assign]
    ready = await house.web.get("/readyz")
    assert (ready.status_code, ready.json()) == (503, {"chat.room": "no connection"})


async def test_metrics_count_what_waits_and_what_was_sent(house: House, link: str) -> None:
    metrics = (await house.web.get("/metrics")).text
    assert "qunshou_collections_open 1.0" in metrics
    assert 'state="pending"' in metrics
    assert "Anna" not in metrics
