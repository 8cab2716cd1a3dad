"""Staying with an import until it ends; Ctrl-C asks whether to leave it to itself or to cancel it."""

import sys
import time
from enum import StrEnum

import httpx

from cli.errors import CommandError
from cli.import_progress import ImportProgress
from cli.server import Job, Server
from cli.upload import Upload

EVERY = 0.3


class Choice(StrEnum):
    """What the operator wants after Ctrl-C."""

    GO_ON = ""
    LEAVE = "l"
    CANCEL = "c"


def follow_upload(server: Server, upload: Upload) -> Job:
    """The job, once the file has been sent or the job was cancelled. Raises CommandError when it was refused or broken off."""
    with ImportProgress() as progress:
        while True:
            try:
                while not upload.wait(EVERY):
                    progress.show_sending(upload.rows_expected(), upload.under_way())
                return upload.outcome()
            except KeyboardInterrupt:
                # The server keeps what it has received; nobody but us can send the rest.
                choice = asked(
                    progress, "The file is still being sent. l: leave, it can be sent again later; c: cancel the import; Enter: go on"
                )
                if choice is Choice.LEAVE:
                    raise CommandError(f"broken off; what was received is being loaded; {upload.resume}") from None
                if choice is Choice.CANCEL and (job := upload.under_way()):
                    return cancel(server, job)


def follow_job(server: Server, job: Job) -> Job:
    """The job once it has ended, or as it is when the operator leaves it to itself."""
    with ImportProgress() as progress:
        while True:
            try:
                while not job["finished"]:
                    progress.show(job)
                    time.sleep(EVERY)
                    job = server.get(f"/v1/imports/{job['id']}")
                return job
            except KeyboardInterrupt:
                choice = asked(progress, "l: leave, the import goes on; c: cancel it; Enter: go on watching")
                if choice is Choice.CANCEL:
                    job = cancel(server, job)
                if choice is Choice.LEAVE:
                    return job


def asked(progress: ImportProgress, question: str) -> Choice:
    """What the operator answers, while the bar is away."""
    progress.pause()
    choice = ask(question)
    if choice is Choice.GO_ON:
        progress.go_on()
    return choice


def ask(question: str) -> Choice:
    """What the operator answers; to leave, when there is nobody to ask, or on a second Ctrl-C."""
    if not sys.stdin.isatty():
        return Choice.LEAVE
    try:
        return Choice(input(f"\n{question}: ").strip().lower()[:1])
    except ValueError:
        return Choice.GO_ON
    except (KeyboardInterrupt, EOFError):
        return Choice.LEAVE


def cancel(server: Server, job: Job) -> Job:
    """The job after it was asked to stop. Raises CommandError when this server cannot cancel."""
    try:
        answer: Job = server.post(f"/v1/imports/{job['id']}/cancel", query={}, headers={})
    except CommandError as error:
        if error.status in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED):
            line = f"this server cannot cancel an import; {job['id']} goes on, ./leadmill jobs {job['id']} --watch shows it"
            raise CommandError(line) from error
        raise
    return answer
