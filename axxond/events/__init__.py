"""Events, pure: `types` (the value and the catalogue), `bus` (in-process, synchronous fan-out)."""
