"""How many messages one worker process has under way."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import Lock, Semaphore


class Places:
    """The places of a process for messages under way, one for each of its threads."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._free = Semaphore(count)
        self._alone = Lock()

    @contextmanager
    def taken(self, *, alone: bool) -> Iterator[None]:
        """Have a place, or with `alone` all of them, as soon as they are free.

        A message that has been delivered before may be what ends workers (workers/deliveries.py). It is alone, so that
        no other one is suspected with it.
        """
        wanted = self._count if alone else 1
        with self._alone if alone else nullcontext():
            for _ in range(wanted):
                self._free.acquire()
            try:
                yield
            finally:
                self._free.release(wanted)
