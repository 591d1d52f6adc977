"""The default for SMS: written to a file that the operator sees; nothing leaves the machine."""

from adapters.notifiers.log.adapter import LogSms

__all__ = ["LogSms"]
