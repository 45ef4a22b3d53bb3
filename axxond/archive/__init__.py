"""Recording and reading back.

Who does what: `archive` (the whole: open, close, keep the quota), `recorder` + `link` (event loop:
packets from hubs to clusters), `cutter`, `ledger`, `retention`, `plan`, `matroska/` (pure),
`volume` + `segment` (writer thread: files), `disk` (syncing, on a thread of its own), `health`
(event loop: troubles told once), `index` (SQLite, on the index's thread; the reader has
a connection and a thread of its own), `catalog` (event loop: what the index does not know yet),
`reader`, `recovery` and `check` (index against files), `export/` (libav, in a thread).

On the disk: `<folder>/<YYYY-MM-DD>/<camera>_<HHMMSS>Z_<uid>.mkv`, one GOP (or about a second of a
longer one) a cluster with CRC-32 appended in one write; `index.sqlite3` beside, which can be made
anew from the segments alone.
"""
