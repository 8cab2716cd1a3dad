"""One trace from an HTTP request through the queue to its SQL, and nothing of it where it is not wanted."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from celery.contrib.testing.worker import start_worker
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.app import create_app
from db.engine import open_engine, writing
from db.schema import load_schema
from db.tracing import Tracing
from settings import Settings
from tests.api.wire import ASKED, PATH, USER
from tests.conftest import Services
from tests.dialer.rows import put
from tests.waiting import wait_until
from workers.celery import create_celery

ROOT = Path(__file__).parents[2]
INCOMING = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LIST = {"list_id": 101, "campaign_id": "TEST", "active": "Y"}

Spans = Callable[[], list[ReadableSpan]]


@pytest.fixture
def settings(tmp_path: Path, services: Services) -> Settings:
    url = f"sqlite:///{tmp_path / 'dialer.sqlite3'}"
    engine = open_engine(url)
    load_schema(engine)
    with writing(engine) as connection:
        put(connection, vicidial_users=[USER], system_settings=[{"use_non_latin": "0"}], vicidial_lists=[LIST])
    engine.dispose()
    return Settings(database_url=url, redis_url=services.redis_database(), caller_cache=0)


@pytest.fixture
def spans(settings: Settings) -> Iterator[tuple[Tracing, Spans]]:
    """A worker in a thread of ours, whose spans and the API's are kept in memory."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = Tracing(provider)
    app = create_celery(settings, tracing)
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["requests"], shutdown_timeout=30):
        yield tracing, lambda: list(exporter.get_finished_spans())


def answered(settings: Settings, tracing: Tracing, *requests: dict[str, dict[str, str]]) -> list[str]:
    """What requests of one moment are answered."""
    app = create_app(settings, tracing=tracing)

    async def run() -> list[str]:
        async with (
            app.app.router.lifespan_context(app.app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x", timeout=60) as client,
        ):
            return [answer.text for answer in await asyncio.gather(*(client.get(PATH, **options) for options in requests))]

    return asyncio.run(run())


def adding(phone: str, **headers: str) -> dict[str, dict[str, str]]:
    return {"params": ASKED | {"function": "add_lead", "phone_number": phone, "list_id": "101", "first_name": "Bob"}, "headers": headers}


def named(spans: list[ReadableSpan], name: str) -> list[ReadableSpan]:
    return [span for span in spans if span.name == name]


def test_a_trace_goes_from_http_to_sql(settings: Settings, spans: tuple[Tracing, Spans]) -> None:
    tracing, finished = spans
    (text,) = answered(settings, tracing, adding("6025550004", traceparent=INCOMING))
    assert text.startswith("SUCCESS: add_lead LEAD HAS BEEN ADDED"), text
    wait_until(lambda: named(finished(), "run requests"), "the span of the message has ended")
    (http,), (sent,), (ran,) = (named(finished(), name) for name in ("add_lead", "send requests", "run requests"))
    below = [span for span in finished() if span.parent and span.parent.span_id == ran.context.span_id]
    assert any("vicidial_list " in span.attributes["db.query.text"] for span in below)
    assert http.parent.span_id == 0xB7AD6B7169203331
    assert (sent.parent.span_id, ran.parent.span_id) == (http.context.span_id, sent.context.span_id)
    assert {span.context.trace_id for span in (http, sent, ran, *below)} == {0x0AF7651916CD43DD8448EB211C80319C}
    told = " ".join(span.to_json() for span in finished())
    assert not [value for value in ("6025550004", "Bob", "1234&", "pass=") if value in told]


def test_a_message_names_all_its_requests(settings: Settings, spans: tuple[Tracing, Spans]) -> None:
    tracing, finished = spans
    replies = answered(settings, tracing, *(adding(f"602555000{n}") for n in range(6)))
    assert all(text.startswith("SUCCESS") for text in replies)
    requests = {span.context.span_id for span in named(finished(), "add_lead")}
    reached = {span.parent.span_id for span in named(finished(), "send requests")}
    reached |= {link.context.span_id for span in named(finished(), "send requests") for link in span.links}
    assert reached == requests
    assert len(requests) == 6


def test_without_traces_nothing_of_them_is_imported() -> None:
    program = "import sys, api.app, workers.celery, cli.serve; print('db.tracing' in sys.modules)"
    assert run(program).stdout == "False\n"


def test_traces_without_their_packages_are_refused_with_the_remedy() -> None:
    program = """import sys; sys.modules["opentelemetry.sdk.resources"] = None
from cli.traces import tracing_of; from settings import Settings; tracing_of(Settings(traces=True), "api")"""
    said = run(program).stderr
    assert "CommandError: LEADMILL_TRACES needs packages that are not installed" in said
    assert "opentelemetry-exporter-otlp-proto-http" in said


def run(program: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
