"""The composition root: config → store → adapters → loops."""

from bot.app.build import from_config, listen
from bot.app.clock import ShiftedClock, SystemClock, fresh_id
from bot.app.demo import demo
from bot.app.running import App, Parts

__all__ = ["App", "Parts", "ShiftedClock", "SystemClock", "demo", "fresh_id", "from_config", "listen"]
