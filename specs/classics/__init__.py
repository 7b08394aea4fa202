"""Classics with published answers."""
