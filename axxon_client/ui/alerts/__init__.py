"""Alarms: `panel` (cards, filter), `card` (how one is drawn), `review` (loop and verdict)."""
