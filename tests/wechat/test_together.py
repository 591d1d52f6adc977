"""WeChat, Telegram and the room in one process; and a gateway that speaks TLS."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import json
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.chats.room import Room as BrowserRoom
from adapters.chats.telegram import Telegram
from adapters.chats.wechat import WeChat
from bot.app import ShiftedClock
from bot.app.build import pages
from bot.commands import menu
from bot.ports import RawUpdate
from tests.botapi.server import BotApi
from tests.contracts.stages import Forgetful
from tests.wechat.gateway import Gateway
from tests.wechat.product import Product, hurry, until

pytestmark = pytest.mark.wechat
LIN = "wxid_lin"


async def test_three_platforms_in_one_process_keep_their_collections_apart(
    gateway: Gateway, clock: ShiftedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with BotApi(clock=clock) as api:
        telegram = Telegram(
            api.token,
            wall=clock,
            base_url=api.base_url.removesuffix("/bot"),
            commands=lambda locale, private: menu(locale, private=private),
            pause=hurry,
        )
        room = BrowserRoom(clock=clock, page=pages().page, title="Friday", zone="Asia/Shanghai")
        async with Product(gateway, clock, tmp_path, beside={"telegram": telegram, "room": room}) as product:
            wechat = gateway.room("微信群", "Lin", "Anna", "Ben")
            lin, anna = api.user("Lin"), api.user("Anna")
            group = api.group("Telegram group", lin, anna)
            for person in (anna, lin):
                await api.say(person, group, "/start@CollectBot")
            await api.say(lin, group, "/collect 80 equal Boat")
            await api.settled()
            said = json.dumps({"kind": "said", "as": "lin", "text": "/collect 60 each Bus", "message": "900"}).encode()
            await product.app.inbox.put("room", [RawUpdate("9", said)])
            await product.say(LIN, wechat, "收款 90 均摊 火锅")
            await product.advance(seconds=30)

            product.heard(wechat.id)
            await product.say(LIN, wechat, "状态")
            assert "#1 火锅" in (told := product.heard(wechat.id))
            assert "共 ¥90.00" in told
            await api.say(lin, group, "/status")
            await api.settled()
            await product.advance(seconds=30)
            telegram_says = "\n".join(message.text for message in api.messages(group))
            room_says = "\n".join(message.html for message in room.board.group)
            assert "#1 Boat" in telegram_says
            assert "¥80.00" in telegram_says
            assert "#1 Bus" in room_says
            assert "#1 火锅" not in telegram_says + room_says
            assert {name: wrong for name, wrong in product.app.health().items() if wrong} == {}
        assert api.violations == []


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody has signed but itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "gateway.pem", folder / "gateway.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, secret


async def test_a_gateway_that_speaks_tls_is_spoken_to_in_tls(clock: ShiftedClock, tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2"])
    gateway = Gateway(clock, tls=context)
    await gateway.up()
    trusting = WeChat(gateway.endpoint, "made up", wall=clock, tls=True, ca=certificate, pause=hurry)
    running = asyncio.create_task(trusting.run(Forgetful()))
    await until(lambda: trusting.ready() == "")
    assert await trusting.greet() == ""
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    stranger = WeChat(gateway.endpoint, "made up", wall=clock, tls=True, pause=hurry)
    assert "SSLCertVerificationError" in await stranger.greet()
    plain = WeChat(gateway.endpoint, "made up", wall=clock, pause=hurry)
    assert await plain.greet() != ""
    await gateway.down()
