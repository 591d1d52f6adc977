"""Tests of the commands: text in, values or refusals out."""
