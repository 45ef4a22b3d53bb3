"""Clients of `wire`: sockets that say hello and then throw away what they read, cheaply.

When the server has closed them all, it says `{"cpu_s"}`, its processor time since the first byte.
"""

from __future__ import annotations

import json
import selectors
import socket
import ssl
import sys
import time

from protocol.connection import Connection
from protocol.messages import PROTOCOL_VERSION, Hello
from protocol.states import Side
from protocol.transport import client_context


def main() -> None:
    work = json.loads(sys.stdin.readline())
    hello = Connection(Side.CLIENT, Hello([PROTOCOL_VERSION], "bench"), 0).greet()
    selector = selectors.DefaultSelector()
    for _ in range(work["clients"]):
        plain = socket.create_connection(("127.0.0.1", work["port"]))
        found = client_context().wrap_socket(plain) if work["tls"] else plain
        found.sendall(hello)
        found.setblocking(False)
        selector.register(found, selectors.EVENT_READ)
    buffer = memoryview(bytearray(work["payload_bytes"]))  # as iperf3 reads
    began_s = time.process_time()
    while selector.get_map():
        for key, _ in selector.select():
            assert isinstance(key.fileobj, socket.socket)
            if _ended(key.fileobj, buffer):
                selector.unregister(key.fileobj)
                key.fileobj.close()
    sys.stdout.write(json.dumps({"cpu_s": time.process_time() - began_s}) + "\n")


def _ended(found: socket.socket, buffer: memoryview) -> bool:
    """Read what is there."""
    try:
        while count := found.recv_into(buffer):
            if count < len(buffer) and not isinstance(found, ssl.SSLSocket):
                return False
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except (ConnectionError, ssl.SSLError):
        return True
    return True


if __name__ == "__main__":
    main()
