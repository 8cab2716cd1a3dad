"""The API without a server, as in tests/api, and the small dialer of tests/writes."""

from tests.api.conftest import empty_database, wire, wire_of
from tests.writes.conftest import lead_bench_of

__all__ = ["empty_database", "lead_bench_of", "wire", "wire_of"]
