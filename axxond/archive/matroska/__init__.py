"""Matroska by our own hands, pure (bytes in, bytes out): RFC 9559 (Matroska), RFC 8794 (EBML).

`ebml` element heads, a bounded parser; `ids` the element ids we use; `tracks` media formats as
track entries; `g726` sample order; `header` what a segment file begins with; `cluster` encoded
packets as a cluster with CRC-32 and back.

One tick of a segment is 100 µs (TimestampScale 100,000 ns): presentation times survive to
50 µs, and a block's signed 16-bit time reaches 3.2 s either side of its cluster's time stamp.
"""
