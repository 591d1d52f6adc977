"""``[channels.NAME]``: one section a way to pay."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from bot.config.values import Address, Section


class Sandbox(Section):
    secret: SecretStr | None = None


class Stripe(Section):
    """Cards and wallets on Stripe's own page. ``webhook_secrets``: the endpoint's; two while it is being changed."""

    secret_key: SecretStr
    webhook_secrets: Annotated[tuple[SecretStr, ...], Field(min_length=1)]
    account: str = ""
    base_url: Address = "https://api.stripe.com"


class PayPal(Section):
    """``webhook_id`` is that of the webhook PUBLIC_URL/hooks/paypal, ``merchant_id`` that of the account that is paid.
    ``roots`` are trusted for webhooks' certificates instead of the usual ones."""

    client_id: str
    client_secret: SecretStr
    webhook_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,50}$")]
    merchant_id: Annotated[str, Field(pattern=r"^([2-9A-HJ-NP-Z]{13})?$")] = ""
    base_url: Address = "https://api-m.paypal.com"
    roots: Path | None = None


class Manual(Section):
    """Payers send money by themselves and say so; the organiser confirms."""


def _sixteen_digits(text: str) -> str:
    if not re.fullmatch(r"\d{16}", text, re.ASCII):
        raise ValueError("expected 16 digits")
    return text


def _fifteen(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9]{15}", text, re.ASCII):
        raise ValueError("expected 15 digits or letters")
    return text


class Alipay(Section):
    """Alipay's public key, or the three certificates (which count when there are both)."""

    app_id: Annotated[str, AfterValidator(_sixteen_digits)]
    seller_id: Annotated[str, AfterValidator(_sixteen_digits)]
    private_key: Path
    alipay_public_key: Path | None = None
    app_cert: Path | None = None
    alipay_cert: Path | None = None
    root_cert: Path | None = None
    base_url: Address = "https://openapi.alipay.com/gateway.do"

    @model_validator(mode="after")
    def _one_mode(self) -> Self:
        certificates = [cert is not None for cert in (self.app_cert, self.alipay_cert, self.root_cert)]
        if not all(certificates) and (any(certificates) or self.alipay_public_key is None):
            raise ValueError("expected alipay_public_key, or all of app_cert, alipay_cert and root_cert")
        return self


class UnionPay(Section):
    """``certificate`` (.pfx) is ours, the other two are UnionPay's; all come from the merchant's page."""

    mer_id: Annotated[str, AfterValidator(_fifteen)]
    certificate: Path
    certificate_password: SecretStr
    root_cert: Path
    middle_cert: Path
    base_url: Address = "https://gateway.95516.com"
    file_url: Address = "https://filedownload.95516.com"


def _form(pattern: str, expected: str) -> AfterValidator:
    def fits(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(expected)
        return text

    return AfterValidator(fits)


class WeChatPay(Section):
    """A merchant in mainland China. ``public_key`` with its id, or neither: then platform certificates are used."""

    mchid: Annotated[str, _form(r"[0-9]{8,10}", "expected 8 to 10 digits")]
    appid: Annotated[str, _form(r"wx[0-9a-zA-Z]{6,30}", "expected an app id such as wx0123456789abcdef")]
    certificate_serial: Annotated[str, _form(r"[0-9A-Fa-f]{8,64}", "expected a serial number in hexadecimal")]
    private_key: Path
    apiv3_key: SecretStr
    public_key_id: (
        Annotated[str, _form(r"PUB_KEY_ID_[0-9A-Za-z_]+", "expected an id such as PUB_KEY_ID_0116…")] | None
    ) = None
    public_key: Path | None = None
    products: tuple[Literal["native", "h5", "jsapi"], ...] = ("native",)
    app_secret: SecretStr | None = None
    algorithm: Literal["rsa", "guomi"] = "rsa"
    base_url: Address = "https://api.mch.weixin.qq.com"
    oauth_url: Address = "https://api.weixin.qq.com"
    authorize_url: Address = "https://open.weixin.qq.com"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.public_key_id is None) != (self.public_key is None):
            raise ValueError("expected public_key_id and public_key, or neither")
        if "jsapi" in self.products and self.app_secret is None:
            raise ValueError("expected app_secret beside the product jsapi")
        if "jsapi" in self.products and self.algorithm == "guomi":
            raise ValueError("expected no jsapi beside guomi: it is called with an RSA signature")
        return self


class TelegramPayments(Section):
    """``provider_token`` from BotFather, one a provider. The bot's own token is that of ``[telegram]``."""

    provider_token: Annotated[SecretStr, Field(min_length=1)]


class TelegramStars(Section):
    """Nothing to set: every bot can take Stars, for digital goods."""


class Channels(Section):
    """Ways to pay, in the order in which the payment page offers them."""

    alipay: Alipay | None = None
    sandbox: Sandbox | None = None
    stripe: Stripe | None = None
    telegram_payments: TelegramPayments | None = None
    telegram_stars: TelegramStars | None = None
    unionpay: UnionPay | None = None
    wechatpay: WeChatPay | None = None
    paypal: PayPal | None = None
    manual: Manual | None = None

    @property
    def configured(self) -> tuple[str, ...]:
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not None)
