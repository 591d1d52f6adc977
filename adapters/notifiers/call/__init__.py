"""Outbound calls: a stub that writes a ticket for a person to call."""

from adapters.notifiers.call.adapter import CallStub

__all__ = ["CallStub"]
