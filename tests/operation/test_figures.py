"""Counting in memory, and how the sums are told to Prometheus."""

from prometheus_client.parser import text_string_to_metric_families

from api.metrics import Collected, counts_of, family, generate_latest
from protocol.figures import CONFLICTS, FIGURES, REQUEST_SECONDS, REQUESTS, ROWS, Figure, Figures, Key, field, key_of


def told(growth: dict[Key, float], *figures: Figure) -> dict[tuple[str, ...], float]:
    """The samples that Prometheus reads: by name and labels."""
    text = generate_latest(Collected([family(f, counts_of(f, growth)) for f in figures])).decode()
    families = text_string_to_metric_families(text)
    return {(sample.name, *sample.labels.values()): sample.value for f in families for sample in f.samples}


def test_what_grew_is_taken_once() -> None:
    figures = Figures()
    figures.add(ROWS, "imports", by=1000)
    figures.add(ROWS, "imports", by=24)
    growth = figures.take()
    assert told(growth, ROWS) == {("leadmill_rows_total", "imports"): 1024}
    assert figures.take() == {}


def test_what_could_not_be_handed_over_is_not_lost() -> None:
    figures = Figures()
    figures.add(CONFLICTS)
    growth = figures.take()
    figures.add(CONFLICTS)
    figures.give_back(growth)
    assert list(figures.take().values()) == [2]


def test_a_histogram_counts_up_to_each_bound() -> None:
    figures = Figures()
    for seconds in (0.001, 0.0011, 4.0, 1000.0):
        figures.observe(REQUEST_SECONDS, seconds, "add_lead")
    samples = told(figures.take(), REQUEST_SECONDS)
    buckets = {key[2]: value for key, value in samples.items() if key[0].endswith("_bucket")}
    assert (buckets["0.001"], buckets["0.0025"], buckets["2.5"], buckets["5.0"], buckets["30.0"], buckets["+Inf"]) == (1, 2, 2, 3, 3, 4)
    assert samples["leadmill_request_seconds_count", "add_lead"] == 4
    assert samples["leadmill_request_seconds_sum", "add_lead"] == 1004.0021


def test_a_field_of_redis_is_read_as_it_was_written() -> None:
    key = ("leadmill_requests", ("add_lead", "success"), "")
    assert key_of(field(key)) == key


def test_what_another_version_counted_otherwise_is_left_out() -> None:
    growth: dict[Key, float] = {("leadmill_requests", ("add_lead",), ""): 3, ("leadmill_gone", ("x",), ""): 1}
    assert told(growth, REQUESTS) == {}


def test_names_and_labels_are_prometheus_own() -> None:
    growth: dict[Key, float] = {(f.name, tuple("x" for _ in f.labels), "sum" if f.bounds else ""): 1.0 for f in FIGURES}
    assert len({key[0] for key in told(growth, *FIGURES)}) >= len(FIGURES)
