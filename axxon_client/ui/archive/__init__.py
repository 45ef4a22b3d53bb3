"""Playing back: `line` (the time line widget), `bar` (with the transport buttons),
`desk` (the clock that all playing tiles share, and what the buttons do to it)."""
