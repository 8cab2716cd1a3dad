"""Staying with an import until it ends; Ctrl-C asks whether to leave it to itself or to cancel it."""

import sys
import time
from enum import StrEnum

import httpx

from cli.errors import CommandError
from cli.import_progress import ENDED, ImportProgress
from cli.server import Job, Server
from cli.upload import Upload

EVERY = 0.3


class Choice(StrEnum):
    """What the operator wants after Ctrl-C."""

    GO_ON = ""
    DETACH = "d"
    CANCEL = "c"


def follow_upload(upload: Upload, size: int | None) -> Job:
    """The job, once the file has been sent. Raises CommandError when it was refused or broken off."""
    with ImportProgress() as progress:
        while True:
            try:
                while not upload.wait(EVERY):
                    progress.show_sending(upload.sent, size, None)
                return upload.outcome()
            except KeyboardInterrupt:
                progress.pause()
                # Leaving is no choice here: nobody else would send the rest.
                if ask("The file is still being sent. c: break off, Enter: go on", Choice.CANCEL) is Choice.CANCEL:
                    upload.break_off()
                progress.go_on()


def follow_job(server: Server, job: Job) -> Job:
    """The job once it has ended, or as it is when the operator leaves it to itself."""
    with ImportProgress() as progress:
        while True:
            try:
                while job["state"] not in ENDED:
                    progress.show(job)
                    time.sleep(EVERY)
                    job = server.get(f"/v1/imports/{job['id']}")
                return job
            except KeyboardInterrupt:
                progress.pause()
                choice = ask("d: leave, the import goes on; c: cancel it; Enter: go on watching", Choice.DETACH)
                if choice is Choice.CANCEL:
                    job = cancel(server, job)
                if choice is Choice.DETACH:
                    return job
                progress.go_on()


def ask(question: str, otherwise: Choice) -> Choice:
    """What the operator answers; `otherwise` when there is nobody to ask, or on a second Ctrl-C."""
    if not sys.stdin.isatty():
        return otherwise
    try:
        return Choice(input(f"\n{question}: ").strip().lower()[:1])
    except ValueError:
        return Choice.GO_ON
    except (KeyboardInterrupt, EOFError):
        return otherwise


def cancel(server: Server, job: Job) -> Job:
    """The job after it was asked to stop. Raises CommandError when this server cannot cancel."""
    try:
        answer: Job = server.post(f"/v1/imports/{job['id']}/cancel", query={}, headers={})
    except CommandError as error:
        if error.status in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED):
            line = f"this server cannot cancel an import; {job['id']} goes on, ./leadmill jobs {job['id']} --watch shows it"
            raise CommandError(line, code=2) from error
        raise
    return answer
