"""From the operator's files to a channel that works, or to a sentence that says what is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.channels.wechatpay import WeChatPay
from bot.app.build import pages
from bot.app.channels import channels
from bot.config import Config, ConfigError, read
from bot.ports import FakeClock
from tests.channels.wechatpay import keys
from tests.channels.wechatpay.merchant import NOW

OWN = {
    "mchid": "1900000109",
    "appid": "wxd678efh567hg6787",
    "certificate_serial": "5157f09efdc096de15ebe81a47057a72",
    "private_key": "apiclient_key.pem",
    "apiv3_key": keys.APIV3_KEY,
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files stand beside the config."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "apiclient_key.pem").write_bytes(keys.rsa_pair("merchant").private)
    (tmp_path / "pub_key.pem").write_bytes(keys.rsa_pair("platform").public)
    (tmp_path / "sm2.pem").write_bytes(keys.sm2_pair("merchant").private)


def built(**changed: Any) -> WeChatPay:
    config = Config.model_validate({"room": {}, "channels": {"wechatpay": OWN | changed}})
    made = channels(config, FakeClock(NOW), "secret", pages().page)["wechatpay"]
    assert isinstance(made, WeChatPay)
    return made


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"public_key_id": keys.PUBLIC_KEY_ID, "public_key": "pub_key.pem"},
        {"products": ["native", "h5", "jsapi"], "app_secret": "s"},
        {"private_key": "sm2.pem", "algorithm": "guomi"},
    ],
)
async def test_each_way_to_be_a_merchant_works(changed: dict[str, Any]) -> None:
    channel = built(**changed)
    assert bool(channel.routes()) is ("app_secret" in changed)
    await channel.aclose()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"private_key": "nowhere.pem"}, "expected a file at nowhere.pem"),
        ({"private_key": "pub_key.pem"}, ""),
        ({"private_key": "sm2.pem"}, ""),
        ({"algorithm": "guomi"}, "not an SM2 key"),
        ({"apiv3_key": "short"}, "32 bytes"),
    ],
)
async def test_files_that_do_not_fit_are_named(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        built(**changed)
    assert caught.value.key == "channels.wechatpay"
    assert said in caught.value.expected


@pytest.mark.parametrize(
    ("changed", "key", "said"),
    [
        ({"mchid": "１９００００"}, "mchid", "digits"),
        ({"appid": "1"}, "appid", "app id"),
        ({"certificate_serial": "x"}, "certificate_serial", "hexadecimal"),
        ({"public_key_id": "x", "public_key": "pub_key.pem"}, "public_key_id", "PUB_KEY_ID"),
        ({"public_key_id": keys.PUBLIC_KEY_ID}, "", "public_key_id and public_key, or neither"),
        ({"products": ["app"]}, "products", ""),
        ({"products": ["jsapi"]}, "", "app_secret"),
        ({"products": ["jsapi"], "app_secret": "s", "algorithm": "guomi"}, "", "guomi"),
    ],
)
def test_keys_that_do_not_fit_are_named(tmp_path: Path, changed: dict[str, Any], key: str, said: str) -> None:
    lines = [f"{name} = {value!r}" for name, value in (OWN | changed).items()]
    (tmp_path / "config.toml").write_text("\n".join(["[room]", "[channels.wechatpay]", *lines]), "utf-8")
    with pytest.raises(ConfigError) as caught:
        read(tmp_path / "config.toml")
    assert caught.value.key.startswith(f"channels.wechatpay{'.' if key else ''}{key}")
    assert said in caught.value.expected


def test_without_its_extra_guomi_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gmssl_pyx", None)
    monkeypatch.delitem(sys.modules, "adapters.channels.wechatpay.guomi", raising=False)
    with pytest.raises(ConfigError) as caught:
        built(private_key="sm2.pem", algorithm="guomi")
    assert "qunshou[guomi]" in caught.value.expected
