"""Invoices inside Telegram: over a payment provider (Telegram Payments), and in Telegram Stars for digital goods."""

from adapters.channels.telegram_invoice.payments import TelegramPayments
from adapters.channels.telegram_invoice.stars import TelegramStars
from adapters.channels.telegram_invoice.wire import Wire

__all__ = ["TelegramPayments", "TelegramStars", "Wire"]
