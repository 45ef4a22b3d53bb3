"""Recording and reading back.

Who does what: `archive` (the whole: volumes, one recorder, one reader), `store` (one volume:
open, close, keep the quota), `recorder` + `link` (event loop: packets from hubs to clusters),
`lane` (one volume as the recorder writes to it), `seating` (which link goes where; pure),
`cutter`, `thinning`, `ledger`, `retention`, `protections`, `plan`, `merged`, `coverage`,
`planner`, `matroska/` (pure), `volume` + `segment` (writer thread: files), `ledgerfile` (index
thread: files), `disk` (syncing, on a thread of its own), `health` (event loop: troubles told
once), `index` (SQLite, on the index's thread; `source` reads it on a connection and a thread of
its own), `catalog` (event loop: what the index does not know yet), `reader` with `segmentfile`
and `stored` (passed on as it is), `opening`, `recovery` and `check` (index against files),
`export/` (libav, in a thread).

On the disk, in every volume's folder: `<YYYY-MM-DD>/<camera>_<HHMMSS>Z_<uid>.mkv`, one GOP (or
about a second of a longer one) a cluster with CRC-32 appended in one write; `ledger/` with gaps,
wishes and protections as lines of JSON; `index.sqlite3`, which can be made anew from those two.
Each volume opens by itself, on any machine.

Threads of a volume: write, delete, sync, index, read.  A volume that hangs holds up its own links
for 2 s at most (then they go to another, with what is not on the disk) and no others ever.

What reaches the disk when, and what a power cut can cost:

    a cluster is full after          1.1 s (a GOP that is shorter: with its end)
    one that gets no more is cut     1.25 s after its first packet
    a batch begins every             0.25 s, appends every link's clusters, no fsync in it
    syncfs of the volume             with the next tick after a batch, on a thread of its own;
                                     not before the last one has ended
    so the newest that is lost       at most 1.6 s and the time of a sync: 2 s a camera while the
                                     disk syncs within 0.4 s; nothing older
    a torn cluster                   fails its CRC and is cut off at the next start
    index (WAL, synchronous NORMAL)  every 1 s; what it lacks is read from the segments
    ledger's lines                   with the index, kept by the same syncfs; a gap that goes on
                                     is written every 5 s to the index, every 5 minutes here
    protections                      fsync before the request is answered, in every volume
    deletion                         unlink, a file at a time; the index's row after it

Memory: 8 MiB of packets and 8 MiB of clusters a link at most while its disk hangs; pre-events of
all streams 512 MiB together (`stream.hub.PrerollBudget`).
"""
