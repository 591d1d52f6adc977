"""Service notices: a message from the bot, in the platform's private chat."""

from adapters.notifiers.service_notice.adapter import ServiceNotice

__all__ = ["ServiceNotice"]
