"""Paying by oneself: to the organiser's own account or QR code; the organiser confirms."""

from adapters.channels.manual.adapter import Manual

__all__ = ["Manual"]
