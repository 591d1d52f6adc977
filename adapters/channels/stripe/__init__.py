"""Stripe Checkout: the payer is sent to a page of Stripe's and comes back."""

from adapters.channels.stripe.adapter import Stripe

__all__ = ["Stripe"]
