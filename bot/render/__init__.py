"""Notice + locale → words, platform-neutral."""

from bot.render.card import CardSheet, Sending
from bot.render.renderer import Renderer

__all__ = ["CardSheet", "Renderer", "Sending"]
