"""From the operator's files to a channel that works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.channels.alipay import Alipay
from bot.app.build import pages
from bot.app.channels import channels
from bot.config import Config, ConfigError
from bot.ports import FakeClock, PaymentChannel
from tests.channels.alipay.conftest import NOW
from tests.channels.alipay.keys import APP_ID, SELLER_ID, certificate, private_pem, public_pem, roots


def _channel(folder: Path, **files: bytes) -> PaymentChannel:
    own: dict[str, object] = {"app_id": APP_ID, "seller_id": SELLER_ID}
    for name, content in files.items():
        (folder / name).write_bytes(content)
        own[name] = folder / name
    config = Config.model_validate({"room": {}, "channels": {"alipay": own}})
    return channels(config, FakeClock(NOW), "secret", pages().page)["alipay"]


async def test_with_a_public_key_or_with_certificates(tmp_path: Path) -> None:
    plain = _channel(tmp_path, private_key=private_pem("app"), alipay_public_key=public_pem("alipay"))
    own = {"app_cert": certificate("app"), "alipay_cert": certificate("alipay"), "root_cert": roots()}
    certified = _channel(tmp_path, private_key=private_pem("app"), **own)
    for channel in (plain, certified):
        assert isinstance(channel, Alipay)
        await channel.aclose()


@contextmanager
def _refused(words: str) -> Iterator[None]:
    with pytest.raises(ConfigError) as error:
        yield
    assert error.value.key == "channels.alipay"
    assert words in error.value.expected


def test_what_is_wrong_with_a_file_is_said(tmp_path: Path) -> None:
    with _refused("private key cannot be read"):
        _channel(tmp_path, private_key=b"?", alipay_public_key=public_pem("alipay"))
    with _refused("public key cannot be read"):
        _channel(tmp_path, private_key=private_pem("app"), alipay_public_key=b"?")
    own = {"app_id": APP_ID, "seller_id": SELLER_ID, "private_key": "nowhere", "alipay_public_key": "nowhere"}
    with _refused("expected a file at nowhere"):
        config = Config.model_validate({"room": {}, "channels": {"alipay": own}})
        channels(config, FakeClock(NOW), "secret", pages().page)
