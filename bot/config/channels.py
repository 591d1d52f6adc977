"""``[channels.NAME]``: one section a way to pay."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

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


class Channels(Section):
    """Ways to pay, in the order in which the payment page offers them."""

    sandbox: Sandbox | None = None
    stripe: Stripe | None = None
    manual: Manual | None = None

    @property
    def configured(self) -> tuple[str, ...]:
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not None)
