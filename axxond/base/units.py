"""Names for the factors between units."""

from __future__ import annotations

MS_US = 1_000
SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30
