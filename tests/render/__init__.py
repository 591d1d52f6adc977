"""Tests of the words: every notice as people get it, in both languages."""
