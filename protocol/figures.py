"""What Leadmill counts of itself, in memory: each process hands the growth of its counts to Redis (FIGURES_KEY), and /metrics tells
the sums of all processes. Counting costs less than a microsecond, so that it can stand in the way of every request.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

FIGURES_KEY = "leadmill:figures"
"""Redis hash of all counts since the first process: by `field`."""
FIGURES_KEPT = 30 * 86_400
"""Seconds after the last growth in which the counts are kept. Prometheus takes their loss for a restart."""
FIGURES_EVERY = 2.0
"""Seconds between two times that a process hands over its growth; what a killed one had not handed over is lost."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
SIZES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0)


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One thing that is counted: a counter, or with `bounds` a histogram. `name` is Prometheus's, without its suffix."""

    name: str
    says: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


REQUESTS = Figure("leadmill_requests", "Requests of the legacy API, by function and kind of reply", ("function", "result"))
REQUEST_SECONDS = Figure("leadmill_request_seconds", "Seconds from a legacy request to its reply", ("function",), SECONDS)
HTTP_REQUESTS = Figure("leadmill_http_requests", "Requests of /v1 and the pages", ("method", "route", "status"))
HTTP_SECONDS = Figure("leadmill_http_request_seconds", "Seconds from such a request to its answer", ("method", "route"), SECONDS)
ROWS = Figure("leadmill_rows", "Requests, and rows of imports, that workers have done", ("kind",))
BATCH_ROWS = Figure("leadmill_batch_rows", "Requests or rows that were done together", ("kind",), SIZES)
BATCH_SECONDS = Figure("leadmill_batch_seconds", "Seconds that a worker took for one message", ("queue",), SECONDS)
REDELIVERIES = Figure("leadmill_redeliveries", "Messages that a worker got that had been delivered before", ("queue",))
RESENT = Figure("leadmill_resent", "Messages that were lost and sent again", ("queue",))
DEAD_LETTERS = Figure("leadmill_dead_letters", "Requests that could not be done and became dead letters", ("function",))
OUTAGES = Figure("leadmill_outages", "Times that the database or the queue failed a request or a batch", ("part",))
CONFLICTS = Figure("leadmill_conflicts", "Deadlocks and lock time-outs after which a batch was tried again")

FIGURES = (
    REQUESTS,
    REQUEST_SECONDS,
    HTTP_REQUESTS,
    HTTP_SECONDS,
    ROWS,
    BATCH_ROWS,
    BATCH_SECONDS,
    REDELIVERIES,
    RESENT,
    DEAD_LETTERS,
    OUTAGES,
    CONFLICTS,
)

Key = tuple[str, tuple[str, ...], str]
"""Name of a figure, values of its labels, and the part: "" of a counter, of a histogram a bound, "+Inf" or "sum"."""


class Figures:
    """The growth of one process's counts since it last handed them over. Any thread may count."""

    def __init__(self) -> None:
        self._growth: dict[Key, float] = {}
        self._lock = Lock()

    def add(self, figure: Figure, *labels: str, by: float = 1) -> None:
        """Count `by` more."""
        key = (figure.name, labels, "")
        with self._lock:
            self._growth[key] = self._growth.get(key, 0) + by

    def observe(self, figure: Figure, value: float, *labels: str) -> None:
        """Count one more value of a histogram."""
        place = bisect_left(figure.bounds, value)
        bound = repr(figure.bounds[place]) if place < len(figure.bounds) else "+Inf"
        counted, summed = (figure.name, labels, bound), (figure.name, labels, "sum")
        with self._lock:
            growth = self._growth
            growth[counted] = growth.get(counted, 0) + 1
            growth[summed] = growth.get(summed, 0) + value

    def take(self) -> dict[Key, float]:
        """The growth since the last time; it is the taker's now."""
        with self._lock:
            taken, self._growth = self._growth, {}
        return taken

    def give_back(self, growth: Mapping[Key, float]) -> None:
        """Keep for the next time what could not be handed over."""
        with self._lock:
            for key, value in growth.items():
                self._growth[key] = self._growth.get(key, 0) + value


def field(key: Key) -> str:
    """The field of the Redis hash that a count stands in."""
    name, labels, part = key
    return "\t".join((name, *labels, part))


def key_of(field: str) -> Key:
    """The count that stands in such a field."""
    name, *labels, part = field.split("\t")
    return name, tuple(labels), part
