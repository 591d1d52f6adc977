"""``[channels.NAME]``: one section a way to pay."""

from __future__ import annotations

from pydantic import SecretStr

from bot.config.values import Section


class Sandbox(Section):
    secret: SecretStr | None = None


class Manual(Section):
    """Payers send money by themselves and say so; the organiser confirms."""


class Channels(Section):
    """Ways to pay, in the order in which the payment page offers them."""

    sandbox: Sandbox | None = None
    manual: Manual | None = None

    @property
    def configured(self) -> tuple[str, ...]:
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not None)
