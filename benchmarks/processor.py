"""What each program takes of the processors while something is measured: it shows which of them is the limit."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers import Server, children

TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def processors(programs: Mapping[str, Sequence[Server]]) -> Iterator[dict[str, float]]:
    """How many processors each program had on the mean within: filled in at the end."""
    found: dict[str, float] = {}
    spent, began = {name: _seconds(servers) for name, servers in programs.items()}, time.perf_counter()
    yield found
    took = time.perf_counter() - began
    found |= {name: (_seconds(servers) - spent[name]) / took for name, servers in programs.items()}


def _seconds(servers: Sequence[Server]) -> float:
    """CPU time that the servers, and what they run, have had."""
    return sum(_of(process) for server in servers for process in (*children(server.running.pid), server.running.pid))


def _of(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS  # utime and stime: fields 14 and 15 of proc(5), the name being the second
