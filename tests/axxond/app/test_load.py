from __future__ import annotations

import subprocess
import sys

import psutil

from axxond.app.load import OwnLoad


def test_those_who_work_for_the_server_count_and_may_end_at_any_time() -> None:
    alone = OwnLoad().memory_bytes()
    assert alone > 1_000_000
    script = "import sys\nheld = bytearray(50_000_000)\nsys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as other:
        load = OwnLoad(lambda: [other.pid])
        while psutil.Process(other.pid).memory_info().rss < 50_000_000:
            pass
        assert load.memory_bytes() > alone + 40_000_000
        assert 0 <= load.cpu_percent() <= 100
        other.kill()
    assert load.memory_bytes() < alone + 40_000_000
    assert 0 <= load.cpu_percent() <= 100
