"""Decisions and the values they work with: pure, so no store, no loop, no clock."""
