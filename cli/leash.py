"""Ending with the supervisor: nothing that it started may outlive it, even when it is killed.

The supervisor keeps the writing end of a pipe open and never writes. Its end, however it comes, closes the pipe, and
whoever reads from the other end learns of it at once. This works on every Unix, unlike Linux's PR_SET_PDEATHSIG.

Run as a program, it holds a program that knows nothing of this: python leash.py DESCRIPTOR PROGRAM [ARGUMENT ...]
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

# Seconds a process has to end in good order after the supervisor is gone.
GRACE = 20.0


def follow(descriptor: int) -> None:
    """From now on stop this process, first kindly, then by force, once the supervisor has gone."""
    watch(descriptor, kindly=lambda: os.kill(os.getpid(), signal.SIGTERM), by_force=lambda: os._exit(1))


def hold(descriptor: int, command: list[str]) -> int:
    """Run a program until it ends, or the supervisor goes; its exit code, 128 and more for a signal.

    It inherits every descriptor that was given to us.
    """
    child = subprocess.Popen(command, close_fds=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: child.terminate())
    watch(descriptor, kindly=child.terminate, by_force=child.kill)
    code = child.wait()
    return code if code >= 0 else 128 - code


def watch(descriptor: int, *, kindly: Callable[[], None], by_force: Callable[[], None]) -> None:
    """Start the thread that waits for the pipe's end."""

    def wait() -> None:
        while os.read(descriptor, 1):
            pass
        kindly()
        time.sleep(GRACE)
        by_force()

    threading.Thread(target=wait, name="leash", daemon=True).start()


if __name__ == "__main__":
    sys.exit(hold(int(sys.argv[1]), sys.argv[2:]))
