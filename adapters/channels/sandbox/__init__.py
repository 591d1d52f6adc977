"""A make-believe bank that plays what real ones do to us."""

from adapters.channels.sandbox.adapter import Sandbox

__all__ = ["Sandbox"]
