"""Diagnosis for the operator: each check returns findings (what, how bad, what to do)."""

from bot.doctor.checks import examine
from bot.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "examine"]
