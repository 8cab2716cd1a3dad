"""What became of a queued request: `function=job_status` on the legacy endpoint, `GET /v1/jobs/{id}` beside it."""

from api.queue import WriteQueue
from protocol.replies import REQUEST_FAILED, Reply, error, notice, reply

JOB_QUEUED = notice("job_status JOB QUEUED - {job_id}|{user}")
JOB_NOT_FOUND = error("job_status JOB NOT FOUND - {job_id}|{user}")


async def job_status(queue: WriteQueue, job_id: str, user: str) -> Reply:
    """The stored reply word for word once the job is done; not found if unknown, expired or another user's."""
    job = await queue.job(job_id, user)
    if job is None:
        return reply(JOB_NOT_FOUND(job_id=job_id, user=user))
    if job["state"] == "done":
        return Reply(job["reply"])
    if job["state"] == "failed":
        return reply(REQUEST_FAILED(function=job["function"], job_id=job_id, user=user))
    return reply(JOB_QUEUED(job_id=job_id, user=user))
