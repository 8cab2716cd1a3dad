"""Spans of OpenTelemetry, from an HTTP request through the queue to its SQL. Nothing of it is imported unless LEADMILL_TRACES is on.

Spans hold no value of a request: no query string, no bound parameter.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import Engine, event

from db.literals import without_rows
from db.round_trips import unseen

MOST_LINKS = 128
LONGEST_STATEMENT = 2000
_SPAN = "leadmill_span"


def exporting(process: str) -> TracerProvider:
    """Where spans go in production: to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names, in batches, from a thread."""
    provider = TracerProvider(resource=Resource.create({"service.name": "leadmill", "leadmill.process": process}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


class Tracing:
    """The spans of one process."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("leadmill")
        self._headers = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, method: str, path: str, headers: Mapping[str, str]) -> Iterator[Span]:
        """The span of an HTTP request; it goes on the trace that the headers name, if they do."""
        with self._tracer.start_as_current_span(
            f"{method} {path}",
            context=self._headers.extract(headers),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method, "url.path": path},
        ) as span:
            yield span

    def here(self) -> Span:
        """The span that is under way."""
        return trace.get_current_span()

    def sent(self, queue: str, spans: Sequence[Span]) -> Mapping[str, str]:
        """Headers of a message that carries the requests of these spans: it goes on the trace of the first, and names the others."""
        others = [Link(span.get_span_context()) for span in spans[1 : MOST_LINKS + 1]]
        attributes: dict[str, Any] = {"messaging.destination.name": queue, "messaging.batch.message_count": len(spans)}
        parent = trace.set_span_in_context(spans[0])
        span = self._tracer.start_span(f"send {queue}", parent, SpanKind.PRODUCER, attributes=attributes, links=others)
        carried: dict[str, str] = {}
        self._headers.inject(carried, trace.set_span_in_context(span))
        span.end()
        return carried

    @contextmanager
    def message(self, request: Any, queue: str) -> Iterator[Span]:
        """The span of a message that a worker does; `request` is Celery's own, which has its headers."""
        sent = getattr(request, "traceparent", None)
        carried = self._headers.extract({"traceparent": sent} if sent else {})
        attributes = {"messaging.destination.name": queue, "messaging.message.id": request.id}
        with self._tracer.start_as_current_span(f"run {queue}", carried, SpanKind.CONSUMER, attributes=attributes) as span:
            yield span

    def watch(self, engine: Engine) -> None:
        """A span for each round trip to the database: the text of its statements, in which names stand for the values."""

        def span(driver: object, statement: str) -> Span:
            attributes: dict[str, Any] = {"db.system.name": engine.dialect.name, "db.query.text": _shown(statement)}
            if together := [_shown(other) for other in unseen(driver)]:
                attributes["leadmill.sent_together"] = together
            return self._tracer.start_span(statement.partition(" ")[0], kind=SpanKind.CLIENT, attributes=attributes)

        def begin(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            connection.info.setdefault(_SPAN, []).append(span(connection.connection.driver_connection, statement))

        def end(connection: Any, *_: Any) -> None:
            connection.info[_SPAN].pop().end()

        def fail(context: Any) -> None:
            spans = context.connection.info.get(_SPAN) if context.connection is not None else None
            if spans:
                _fail(spans.pop(), context.original_exception)

        def commit(connection: Any) -> None:
            committing = span(connection.driver_connection, "COMMIT")
            try:
                plain_commit(connection)
            except Exception as error:
                _fail(committing, error)
                raise
            committing.end()

        event.listen(engine, "before_cursor_execute", begin)
        event.listen(engine, "after_cursor_execute", end)
        event.listen(engine, "handle_error", fail)
        # SQLAlchemy tells only before a COMMIT, and that is where a database waits for its disk.
        plain_commit, engine.dialect.do_commit = engine.dialect.do_commit, commit  # type: ignore[method-assign, assignment]


def _shown(statement: str) -> str:
    return without_rows(statement)[:LONGEST_STATEMENT]


def _fail(span: Span, error: BaseException) -> None:
    """End a span; the error's text may hold values."""
    span.set_status(Status(StatusCode.ERROR, type(error).__name__))
    span.end()
