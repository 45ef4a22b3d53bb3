"""Watching: `panel` (saved layouts, camera tree), `grid` of tiles, `watch` (the page of both),
`control` (what stands behind a tile), `tile` with its parts: `overlay` (words and icons on the
picture), `absence` (no picture: why, what helps), `strip` and `commands` (buttons, menu), `image`
(contrast and so on); `feeds` and `gate` (where pictures come from)."""
