"""A strict Telegram Bot API server on loopback, to test against."""
