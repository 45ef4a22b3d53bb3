"""Capture cards: one device with several analogue channels, encoded here.

Without I/O: `address` (card, channel, encoding), `standard` (PAL and NTSC).  `port` says what a
card is; `v4l2` (Linux), `dshow` (Windows) and `virtual` are cards, `cards` finds them and keeps
the one standard of each.  `encoder` makes packets of pictures, `pool` does so on a bounded number
of threads.  `driver` has a thread a channel that waits for pictures, and hands packets to the
event loop.
"""
