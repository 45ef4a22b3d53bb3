"""Trajectories: where objects were, kept for months and read in milliseconds.

`points` (what is stored of an object at one moment, quantised), `thinner` (an object's frames to
the few points that say all of them), `block` (points to bytes and back), `files` (a camera's
blocks on disk), `log` (what is in no block yet), `store` (all of that together; blocks, one thread
writes, any reads), `recorder` (the event loop's side of it: a bounded queue, a thread, limits,
troubles), `tracks` (a period's points, object by object), `states` (what those are at each tick),
`judging` (what detectors would have told of each object by itself), `moments` (which moments of a
track a detector must see that counts them), `backtest` (detectors on stored tracks).

Everything but `recorder` is synchronous and runs in threads; `points`, `thinner`, `block`,
`tracks`, `states`, `judging`, `moments` and `backtest` do no I/O.

On disk, little-endian, in FOLDER/:

    c-CAMERA/FIRST_US.axt   a camera's points from that time on: 16 bytes "AXTRAJ1\\n" and zeros,
                            then blocks; at most 8 MiB, never changed but by appending
    log-NUMBER.axl          points that are in no block yet, of all cameras, in records

A block is a header of 96 bytes (`block.HEADER`: counts, time range, bounding box, largest size,
objects, the log's record that it goes up to, lengths and CRC-32 of both parts, and of itself)
and two parts, all columns.  The first is what a search looks at: of each run (one object's points
in this block, in order of time) the object u32, its first point u32, and its bounding box (left,
right, top, bottom, u16); of each point x and y (u16: where it stands, in 1/32768 of the frame
from half a frame before its edge).  The second, of each point: time (u32, ms after the block's
first), width, height (u16, 1/65535 of the frame), still (u16, 1/20 s since it last left its
place; 65535: longer), colour (u16, RGB 5-6-5; 0: none), flags (u8, `points.Flag`).  17 bytes a
point and 16 a run.

A record of the log: "AXTL", length of the body u32, CRC-32 of number and body u32, number u64,
body: per camera the length of its id u8, the id, the count u32, and as many `points.POINT`.
Points become blocks when a camera has 16 384 of them, when the log has 8 MiB, or after an hour; a
block names the last record that it holds, so that what a crash leaves in both counts once.

Crash: what has not been flushed (2 s) is lost; a torn tail of a log or of a file is left out, and
the file cut there before it is appended to.  A damaged block costs that block.
"""
