"""Camera controls at the right of the tiles: steering, lens, presets, relays, talking."""
