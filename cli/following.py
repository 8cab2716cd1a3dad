"""Staying with a job until it ends; Ctrl-C asks whether to leave it to itself or to cancel it."""

import time
from contextlib import suppress
from enum import StrEnum

import httpx

from cli.ctrl_c import CtrlC
from cli.errors import CommandError
from cli.import_progress import ImportProgress
from cli.server import Job, Server, path_of
from cli.upload import Upload

EVERY = 0.3


class Choice(StrEnum):
    """What the operator wants after Ctrl-C."""

    GO_ON = ""
    LEAVE = "l"
    CANCEL = "c"


def follow_upload(server: Server, upload: Upload, ctrl_c: CtrlC) -> Job:
    """The job, once the file has been sent or the job was cancelled. Raises CommandError when it was refused or broken off."""
    # The server keeps what it has received; nobody but us can send the rest.
    question = "The file is still being sent. l: leave, it can be sent again later; c: cancel the import; Enter: go on"
    try:
        with ImportProgress() as progress:
            while not upload.wait(EVERY):
                progress.show_sending(upload.rows_expected(), upload.under_way())
                choice = asked(progress, ctrl_c, question)
                if choice is Choice.LEAVE:
                    raise KeyboardInterrupt
                if choice is Choice.CANCEL and (job := upload.under_way()):
                    return cancel(server, job)
    except KeyboardInterrupt:
        raise CommandError(f"broken off; what was received is being loaded; {upload.resume}") from None
    return upload.outcome()


def follow_job(server: Server, job: Job, ctrl_c: CtrlC) -> Job:
    """The job once it has ended, or as it is when the operator leaves it to itself."""
    with ImportProgress() as progress, suppress(KeyboardInterrupt):
        while not job["finished"]:
            progress.show(job)
            time.sleep(EVERY)
            choice = asked(progress, ctrl_c, "l: leave, the job goes on; c: cancel it; Enter: go on watching")
            if choice is Choice.LEAVE:
                break
            if choice is Choice.CANCEL:
                cancel(server, job)
            job = server.get(path_of(job))
    return job


def asked(progress: ImportProgress, ctrl_c: CtrlC, question: str) -> Choice:
    """What the operator answers, if Ctrl-C has come, while the bar is away; to leave, when there is no answer."""
    if not ctrl_c.taken():
        return Choice.GO_ON
    progress.pause()
    typed = ctrl_c.answer(question)
    if typed is None:
        return Choice.LEAVE
    try:
        choice = Choice(typed.strip().lower()[:1])
    except ValueError:
        choice = Choice.GO_ON
    if choice is not Choice.LEAVE:  # a job that is cancelled still has its way to the end
        progress.go_on()
    return choice


def cancel(server: Server, job: Job) -> Job:
    """The job after it was asked to stop. Raises CommandError when this server cannot cancel."""
    try:
        answer: Job = server.post(f"{path_of(job)}/cancel", query={}, headers={})
    except CommandError as error:
        if error.status in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED):
            line = f"this server cannot cancel an import; {job['id']} goes on, ./leadmill jobs {job['id']} --watch shows it"
            raise CommandError(line) from error
        raise
    return answer
