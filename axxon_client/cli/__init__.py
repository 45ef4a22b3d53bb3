"""axxonctl: the product from a shell, without Qt.

`main` dispatches; `parser` describes the commands; `account` remembers servers; `client` is a
logged-in connection for blocking code; `names` finds objects by name; `times` reads and writes
times; `output` prints tables and JSON.  The commands: `manage` (tree, cameras, settings),
`devices` (discovery, PTZ, sensors, relays, talking), `records` (events, alarms), `watch` (live,
play, snapshot), `exporting` (start, wait, fetch), `exports` (the server's list) with `fetch`;
`verify` and `bundle` (evidence, without a server).
"""

from axxon_client.cli.main import main

__all__ = ["main"]
