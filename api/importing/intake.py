"""The way of an uploaded file, from the request to a job. Reads top to bottom."""

from collections.abc import Mapping, Sequence

from api.database import Database
from api.importing import records
from api.importing.allowed import columns_told, refuse_caller, refuse_campaign, refuse_columns, refuse_list, refuse_updates
from api.importing.load import Load, Queue, in_use, payload_hash, reused
from api.importing.options import Options, options_of
from api.importing.reading import Reading
from api.importing.templates import template_given
from api.importing.upload import Upload
from api.importing.webhooks import webhook_asked
from dialer.import_columns import Column
from dialer.import_jobs import JobState, Kind
from protocol.functions import Caller
from settings import Settings


class Intake:
    """Receives files of leads."""

    def __init__(self, settings: Settings, database: Database, queue: Queue) -> None:
        self._settings = settings
        self._database = database
        self._queue = queue

    async def receive(self, upload: Upload, caller: Caller, given: Mapping[str, str], *, key: str, non_latin: bool) -> str:
        """Id of the job that loads the file. Raises Problem; nothing is stored unless it names a job."""
        refuse_caller(caller)
        earlier = await self._earlier(caller, key) if key else None
        reading = Reading(upload)
        await reading.first_block()
        template = await template_given({**upload.fields, **given}, caller, self._database)
        options = asked_of(upload, template, given, non_latin=non_latin)
        refuse_updates(options, caller)
        if earlier is not None and earlier.row["state"] != JobState.INTERRUPTED:
            return await self._same(earlier, caller, key, reading, options)
        await reading.begin(options.file(self._settings.import_chunk))
        load = Load(
            settings=self._settings,
            database=self._database,
            queue=self._queue,
            caller=caller,
            options=options,
            columns=await self._database.run(lambda: self._columns(reading.header, options, caller)),
            key=key,
            webhook=webhook_asked(options.webhook, upload.request.headers.get("webhook-secret", ""), self._settings),
            non_latin=non_latin,
        )
        if earlier is None:
            await load.begin()
        elif earlier.row["options"] == options.shown():
            await load.resume(earlier)
        else:
            raise reused()
        await load.take(reading, lambda: asked_of(upload, template, given, non_latin=non_latin) == options)
        return load.job_id

    async def find(self, job_id: str, caller: Caller, kinds: Sequence[Kind] = records.IMPORTS) -> records.Job | None:
        """A job of these kinds that the caller may see; one whose upload was lost has become interrupted."""
        return await self._database.run(lambda: self._find(job_id, caller, kinds))

    async def _earlier(self, caller: Caller, key: str) -> records.Job | None:
        """The job that an earlier upload under the key made. Raises Problem while that is still coming in."""
        known = await self._database.run(lambda: self._find_key(caller, key))
        job = await self.find(known[0], caller) if known else None
        if job is not None and job.receiving:
            raise in_use()
        return job

    async def _same(self, earlier: records.Job, caller: Caller, key: str, reading: Reading, options: Options) -> str:
        """The earlier job, if the same file was sent again. Raises Problem if it was another."""
        known = await self._database.run(lambda: self._find_key(caller, key))
        payload = payload_hash(await reading.content_hash(), options)
        if known and known[1] not in ("", payload):  # "": the earlier upload failed before its end
            raise reused()
        return earlier.id

    # What follows runs in a thread.

    def _find_key(self, caller: Caller, key: str) -> tuple[str, str] | None:
        with self._database.reading() as connection:
            return records.find_key(connection, caller.user, key)

    def _find(self, job_id: str, caller: Caller, kinds: Sequence[Kind]) -> records.Job | None:
        with self._database.reading() as connection:
            job = records.find_job(connection, job_id, caller, kinds)
        if job is None or not job.stale:
            return job
        with self._database.writing() as connection:
            records.interrupt_stale(connection)
            return records.find_job(connection, job_id, caller, kinds)

    def _columns(self, header: Sequence[str], options: Options, caller: Caller) -> list[Column]:
        """What the columns of the file give. Raises Problem."""
        with self._database.reading() as connection:
            columns = columns_told(header, options, connection)
            refuse_columns(columns, options)
            given = {column.parameter for column in columns}
            refuse_list(options, given, caller, connection)
            refuse_campaign(options, given, connection)
        return columns


def asked_of(upload: Upload, template: Mapping[str, str], given: Mapping[str, str], *, non_latin: bool) -> Options:
    """The options of the query, else of the form, else of the template. Raises Problem for one that means nothing."""
    return options_of({**template, **upload.fields, **given}, filename=upload.filename, non_latin=non_latin)
