"""PayPal: the payer approves on PayPal's page, and the money is taken when they have."""

from adapters.channels.paypal.adapter import PayPal

__all__ = ["PayPal"]
