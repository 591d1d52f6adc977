"""``[channels.NAME]``: one section a way to pay."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Self

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


class Channels(Section):
    """Ways to pay, in the order in which the payment page offers them."""

    alipay: Alipay | None = None
    sandbox: Sandbox | None = None
    stripe: Stripe | None = None
    unionpay: UnionPay | None = None
    manual: Manual | None = None

    @property
    def configured(self) -> tuple[str, ...]:
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not None)
