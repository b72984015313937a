"""Thin commands: arguments, one call chain, exit code."""
