"""Composition root: joins all rooms.

`wanted` (pure: a tree of objects -> the parts that must run, and what a change of it stops and
starts), `runtime` (runs them), `cameras`, `footage`, `office` (the server's ports onto the running
system), `responder` (detectors -> events, alarms, recording), `admission` (when a detector's
events count), `status` (what tiles show), `daemon` (everything in order, first start included),
`governor` (what gives way when the processor is short; pure) with its shell `relief`,
`lifecycle` (lock, service manager, watch on the loop), `load` (own processor and memory), `demo`
(demo cameras), `summary` (what a run did), `check` (the data's health), `names` (of files).
On the event loop, but for `check`.
"""
