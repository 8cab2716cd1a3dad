"""How fast a job goes, and when it will probably be finished."""

from datetime import UTC, datetime, timedelta

from api.importing.held import held_seconds, moment_of
from api.importing.records import Job
from dialer.import_jobs import COUNTERS, JobState

LONGEST_PAUSE = 10


def held_of(job: Job) -> int:
    """Seconds in which the job was held since its first row began."""
    return held_seconds(job.row, _end(job))


def rate_of(job: Job) -> float | None:
    """Rows a second since the first one began, while the job was not held; None before that."""
    done = sum(job.counters[name] for name in COUNTERS)
    if not done or not job.row["started"]:
        return None
    taken = (_end(job) - moment_of(job.row["started"])).total_seconds() - held_of(job)
    return round(done / max(1.0, taken), 1)


def estimate_of(job: Job) -> str | None:
    """When the job will probably be finished; None if nobody can tell."""
    rate = rate_of(job)
    if job.state is not JobState.RUNNING or not rate:
        return None
    return (datetime.now(UTC) + timedelta(seconds=job.counters["waiting"] / rate)).strftime("%Y-%m-%dT%H:%M:%SZ")


def ask_again(job: Job) -> int | None:
    """Seconds after which it is worth asking again; None once the job is at its end."""
    if job.row["finished"]:
        return None
    rate = rate_of(job) or 1.0
    return max(1, min(LONGEST_PAUSE, round(job.counters["waiting"] / rate / 2)))


def _end(job: Job) -> datetime:
    return moment_of(job.row["finished"]) if job.row["finished"] else datetime.now(UTC)
