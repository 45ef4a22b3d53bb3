"""Encoded media, pure: `packet` (the value all rooms pass on), `timeline` (stream clock to UTC),
`ring` (the newest groups of pictures of a stream).  No I/O, no clock, no threads."""
