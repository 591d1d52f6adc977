"""Config → the payment channels it names: one maker a channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from starlette.responses import Response

from adapters import registry
from bot.config import Config, ConfigError
from bot.ports import Clock, PaymentChannel

TIMEOUT: Final = 10.0
"""Seconds that a channel gets for an answer."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a maker may use. ``page(name, locale, zone, **context)`` renders a template."""

    config: Config
    clock: Clock
    secret: str
    page: Callable[..., Response]

    def hook_url(self, name: str) -> str:
        """Where the channel sends its webhooks."""
        return f"{self.config.web.public_url}/hooks/{name}"


def channels(config: Config, clock: Clock, secret: str, page: Callable[..., Response]) -> Mapping[str, PaymentChannel]:
    """All that are configured, in the order of the payment page."""
    around = Surroundings(config, clock, secret, page)
    return {name: _made(name, around) for name in config.channels.configured}


def _made(name: str, around: Surroundings) -> PaymentChannel:
    try:
        made = registry.load(registry.CHANNELS[name])
    except ImportError as error:
        expected = f"expected the extra to be installed: pip install 'qunshou[{name}]' ({error})"
        raise ConfigError("config", f"channels.{name}", None, expected) from None
    channel: PaymentChannel = _MAKERS[name](made, getattr(around.config.channels, name), around)
    return channel


def _alipay(made: Any, own: Any, around: Surroundings) -> PaymentChannel:
    keys = registry.load("adapters.channels.alipay:Keys")
    try:
        private = _file(own.private_key)
        if own.app_cert is None:
            mode = keys.plain(private, _file(own.alipay_public_key))
        else:
            certificates = {"app": own.app_cert, "alipay": own.alipay_cert, "root": own.root_cert}
            mode = keys.certified(private, **{name: _file(path) for name, path in certificates.items()})
    except ValueError as error:
        raise ConfigError("config", "channels.alipay", None, str(error)) from None
    channel: PaymentChannel = made(
        app_id=own.app_id,
        seller_id=own.seller_id,
        keys=mode,
        notify_url=around.hook_url("alipay"),
        clock=around.clock,
        client=httpx.AsyncClient(timeout=TIMEOUT),
        base_url=own.base_url,
    )
    return channel


def _unionpay(made: Any, own: Any, around: Surroundings) -> PaymentChannel:
    try:
        keys = registry.load("adapters.channels.unionpay:Keys").read(
            _file(own.certificate),
            own.certificate_password.get_secret_value(),
            middle=_file(own.middle_cert),
            root=_file(own.root_cert),
            live=own.base_url == type(own).model_fields["base_url"].default,
        )
    except ValueError as error:
        raise ConfigError("config", "channels.unionpay", None, str(error)) from None
    channel: PaymentChannel = made(
        mer_id=own.mer_id,
        keys=keys,
        public_url=around.config.web.public_url,
        notify_url=around.hook_url("unionpay"),
        secret=around.secret,
        clock=around.clock,
        page=around.page,
        client=httpx.AsyncClient(timeout=TIMEOUT),
        base_url=own.base_url,
        file_url=f"{own.file_url}/",
    )
    return channel


def _file(path: Path) -> bytes:
    """``ValueError`` when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"expected a file at {path} that can be read ({error.strerror})") from None


def _sandbox(made: Any, own: Any, around: Surroundings) -> PaymentChannel:
    channel: PaymentChannel = made(
        secrets=[own.secret.get_secret_value() if own.secret else f"sandbox:{around.secret}"],
        public_url=around.config.web.public_url,
        hook_url=f"http://127.0.0.1:{around.config.web.port}/hooks/sandbox",
        clock=around.clock,
        page=around.page,
        hook_client=httpx.AsyncClient(timeout=TIMEOUT),
    )
    return channel


def _stripe(made: Any, own: Any, around: Surroundings) -> PaymentChannel:
    channel: PaymentChannel = made(
        secret_key=own.secret_key.get_secret_value(),
        hook_secrets=[secret.get_secret_value() for secret in own.webhook_secrets],
        account=own.account,
        base_url=own.base_url,
        timeout=TIMEOUT,
    )
    return channel


def _wechatpay(made: Any, own: Any, around: Surroundings) -> PaymentChannel:
    try:
        channel: PaymentChannel = made(
            mchid=own.mchid,
            appid=own.appid,
            serial=own.certificate_serial.upper(),
            private_key=_file(own.private_key),
            apiv3_key=own.apiv3_key.get_secret_value(),
            public_keys={own.public_key_id: _file(own.public_key)} if own.public_key else {},
            products=own.products,
            app_secret=own.app_secret.get_secret_value() if own.app_secret else "",
            algorithm=own.algorithm,
            base_url=own.base_url,
            oauth_url=own.oauth_url,
            authorize_url=own.authorize_url,
            public_url=around.config.web.public_url,
            hook_url=around.hook_url("wechatpay"),
            secret=around.secret,
            clock=around.clock,
            page=around.page,
        )
    except ImportError as error:
        expected = f"expected the extra to be installed: pip install 'qunshou[guomi]' ({error})"
        raise ConfigError("config", "channels.wechatpay.algorithm", None, expected) from None
    except ValueError as error:
        raise ConfigError("config", "channels.wechatpay", None, str(error)) from None
    return channel


def _paypal(made: Any, own: Any, around: Surroundings) -> PaymentChannel:
    try:
        channel: PaymentChannel = made(
            client_id=own.client_id,
            client_secret=own.client_secret.get_secret_value(),
            webhook_id=own.webhook_id,
            clock=around.clock,
            merchant_id=own.merchant_id,
            base_url=own.base_url,
            roots=own.roots,
            timeout=TIMEOUT,
        )
    except (ValueError, OSError) as error:
        raise ConfigError("config", "channels.paypal.roots", None, "expected a PEM file of certificates") from error
    return channel


def _wire(name: str, around: Surroundings) -> Any:
    """To the Bot API, as the bot that is in the chats."""
    telegram = around.config.telegram
    if telegram is None:
        raise ConfigError("config", f"channels.{name}", None, "expected a section [telegram] with the bot's token")
    token, client = telegram.token.get_secret_value(), httpx.AsyncClient(timeout=TIMEOUT)
    return registry.load("adapters.channels.telegram_invoice:Wire")(token, client, telegram.base_url)


def _telegram_payments(made: Any, own: Any, around: Surroundings) -> PaymentChannel:
    wire, token = _wire("telegram_payments", around), own.provider_token.get_secret_value()
    channel: PaymentChannel = made(wire, provider_token=token, currency=around.config.bot.currency)
    return channel


def _telegram_stars(made: Any, own: Any, around: Surroundings) -> PaymentChannel:
    channel: PaymentChannel = made(_wire("telegram_stars", around))
    return channel


def _manual(made: Any, own: Any, around: Surroundings) -> PaymentChannel:
    channel: PaymentChannel = made()
    return channel


_MAKERS: Final[Mapping[str, Callable[[Any, Any, Surroundings], PaymentChannel]]] = {
    "alipay": _alipay,
    "paypal": _paypal,
    "sandbox": _sandbox,
    "stripe": _stripe,
    "telegram_payments": _telegram_payments,
    "telegram_stars": _telegram_stars,
    "unionpay": _unionpay,
    "wechatpay": _wechatpay,
    "manual": _manual,
}
