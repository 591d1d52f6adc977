"""From the operator's files to a channel that works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.channels.unionpay import UnionPay
from adapters.channels.unionpay.sign import COMPANY, TEST_SIGNER
from bot.app.build import pages
from bot.app.channels import channels
from bot.config import Config, ConfigError
from bot.ports import FakeClock, PaymentChannel
from tests.channels.unionpay.conftest import NOW
from tests.channels.unionpay.keys import MER_ID, PASSWORD, middle, pfx, root


def _channel(folder: Path, *, password: str = PASSWORD, **more: str) -> PaymentChannel:
    own: dict[str, object] = {"mer_id": MER_ID, "certificate_password": password, **more}
    for name, content in {"certificate": pfx(), "root_cert": root(), "middle_cert": middle()}.items():
        (folder / name).write_bytes(content)
        own[name] = folder / name
    config = Config.model_validate({"room": {}, "channels": {"unionpay": own}})
    return channels(config, FakeClock(NOW), "secret", pages().page)["unionpay"]


@contextmanager
def _refused(words: str) -> Iterator[None]:
    with pytest.raises(ConfigError) as error:
        yield
    assert words in error.value.expected


async def test_the_test_environments_signer_is_believed_there_only(tmp_path: Path) -> None:
    live, test = _channel(tmp_path), _channel(tmp_path, base_url="https://gateway.test.95516.com")
    assert isinstance(live, UnionPay)
    assert isinstance(test, UnionPay)
    assert live._keys.signers == {COMPANY}
    assert test._keys.signers == {COMPANY, TEST_SIGNER}
    await live.aclose()
    await test.aclose()


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    with _refused("is the password right"):
        _channel(tmp_path, password="wrong")


@pytest.mark.parametrize("mer_id", ["", "123", "77729005811004-"])
def test_a_merchants_number_has_fifteen_characters(tmp_path: Path, mer_id: str) -> None:
    with pytest.raises(ValueError, match="15 digits or letters"):
        _channel(tmp_path, mer_id=mer_id)
