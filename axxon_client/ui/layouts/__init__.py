"""Watching: `panel` (saved layouts, camera tree), `grid` of tiles, `tile` with its parts:
`overlay` (words and icons on the picture), `absence` (no picture: why, what helps), `strip`
(buttons on hover), `menu`, `image` (contrast and so on), `feeds` and `gate` (where pictures come from)."""
