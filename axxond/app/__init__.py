"""Composition root: joins all rooms."""
