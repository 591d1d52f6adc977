"""Telegram, through the Bot API."""

from adapters.chats.telegram.adapter import Telegram

__all__ = ["Telegram"]
