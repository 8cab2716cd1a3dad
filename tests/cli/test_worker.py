"""Workers leave the processor to whoever has a caller waiting."""

import os

import pytest

from cli.worker import BACKGROUND
from tests.conftest import SystemOf
from tests.databases import SQLITE

pytestmark = pytest.mark.skipif(os.getpriority(os.PRIO_PROCESS, 0) > BACKGROUND, reason="the tests themselves have stepped back further")


def test_only_workers_that_no_caller_waits_for_step_back(system_of: SystemOf) -> None:
    given = os.getpriority(os.PRIO_PROCESS, 0)
    with system_of(SQLITE, workers=["requests,imports", "imports,maintenance"]) as system:
        assert system.api is not None
        servers = (system.api, *system.workers)
        assert [os.getpriority(os.PRIO_PROCESS, server.running.pid) for server in servers] == [given, given, BACKGROUND]
