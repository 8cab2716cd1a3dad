"""Every setting of Leadmill, in one typed place. Nobody else reads the environment.

Each field is read from the variable LEADMILL_<NAME>; `./leadmill settings` lists them with their present values.
"""

import os
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from protocol.public_addresses import networks_of

ROOT = Path(__file__).resolve().parent


def with_password(url: str, password: str) -> str:
    """The URL with the password in it, unless it has one."""
    scheme, separator, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    if not separator or ":" in user:
        return url
    return f"{scheme}://{user}:{quote(password, safe='')}@{host if at else rest}"


class FromFiles(PydanticBaseSettingsSource):
    """Settings out of files: LEADMILL_PASSWORD_FILE=/run/secrets/password."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """The text of the file without the end of its line. Raises ValueError when there is no such file."""
        variable = f"LEADMILL_{field_name.upper()}_FILE"
        path = os.environ.get(variable, "")
        try:
            return (Path(path).read_text(encoding="utf-8").rstrip("\r\n") if path else None), field_name, False
        except OSError as error:
            raise ValueError(f"{variable} names {path}, which cannot be read: {error.strerror}") from error

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    """The settings of one process, read once at its start."""

    model_config = SettingsConfigDict(env_prefix="LEADMILL_", frozen=True, extra="ignore")

    database_url: str = Field("", description="SQLAlchemy URL of the dialer's database; empty: SQLite in the data folder")
    read_database_url: str = Field(
        "", description="SQLAlchemy URL of a replica that answers reads; empty: the dialer's database, where callers see what they wrote"
    )
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0", description="Redis or Valkey of the results, and of the queues too unless broker_url is set"
    )
    broker_url: str = Field("", description="Where the queues live: redis:// or amqp://; empty: the same as redis_url")
    database_password: str = Field("", description="Password that is put into database_url and read_database_url where they have none")
    redis_password: str = Field("", description="Password that is put into redis_url where it has none")
    data_dir: Path = Field(ROOT / "data", description="Folder of the embedded database, the embedded Valkey and the log")
    host: str = Field("127.0.0.1", description="Address the API listens on")
    port: int = Field(8080, ge=0, le=65535, description="Port the API listens on")
    timezone: str = Field("", description="IANA zone of the dialer's wall clock, such as America/New_York; empty: this machine's zone")
    sync_wait: float = Field(4.0, ge=0, description="Seconds a legacy caller waits for its reply before it gets the QUEUED notice")
    caller_cache: float = Field(1.0, ge=0, description="Seconds that a caller's rights may be remembered; 0: never")
    session_idle: int = Field(3600, ge=60, description="Seconds after which a session on the page that nobody uses ends")
    session_longest: int = Field(43_200, ge=60, description="Seconds after which a session on the page ends in any case")
    settings_cache: float = Field(
        1.0,
        ge=0,
        description="Seconds that the dialer's system_settings may be remembered (phone codes: a minute at least); 0: never, "
        "and so without a value of its own where caller_cache is 0",
    )
    result_expires: int = Field(86400, ge=60, description="Seconds that the reply of a queued request is kept in Redis")
    visibility_timeout: int = Field(
        60, ge=2, description="Seconds after which a message of a vanished worker is delivered again; longer than the longest batch"
    )
    batch_limit: int = Field(256, ge=1, le=5000, description="Most requests that one message carries")
    batch_wait: float = Field(0.1, ge=0, description="Seconds that requests gather at most while every worker has a batch")
    queue_limit: int = Field(
        5000, ge=1, description="Messages that may wait in a queue of the API; more requests are refused with 503 until there is room"
    )
    body_limit: int = Field(1_048_576, ge=1024, description="Largest body of a legacy request in bytes")
    database_pool: int = Field(8, ge=1, description="Most database connections of one process")
    slow_reads: int = Field(4, ge=1, description="Most reports and exports that one process makes at a time")
    read_limit: float = Field(60.0, ge=0, description="Seconds that a read may take before it is ended with an ERROR line; 0: no limit")
    web_directory: str = Field("", description="Folder of the dialer's web pages, with its audio store (PATHweb of astguiclient.conf)")
    import_chunk: int = Field(1000, ge=1, le=10_000, description="Rows of an import that one message carries")
    import_threads: int = Field(
        2,
        ge=1,
        le=8,
        description="Chunks of imports that a worker which serves that queue alone has under way; 1: one after the other; SQLite: always 1",
    )
    import_ahead: int = Field(
        16, ge=1, description="Chunks of one import that may wait before reading its upload pauses; of all together four times as many"
    )
    results_kept: int = Field(7, ge=1, description="Days that the per-row results of an import are kept")
    webhook_secret: str = Field("", description="Secret that webhooks are signed with, where a job gives none of its own")
    webhook_networks: str = Field(
        "", description="Comma separated networks, such as 10.0.0.0/8, that webhooks may call although they are not public"
    )
    user: str = Field("", description="User that ./leadmill import and ./leadmill jobs sign in as")
    password: str = Field("", description="That user's password")
    debug: bool = Field(False, description="Whether a failing command shows its whole traceback")
    trusted_proxies: str = Field("", description="Comma separated addresses whose X-Forwarded-For is believed")
    ready_age: float = Field(
        300.0, ge=0, description="Seconds that the oldest request may wait before /readyz says that this system is not ready; 0: any"
    )
    metrics_token: str = Field("", description="Bearer token that /metrics asks for; empty: none")
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="How log lines are written: json, text, or auto: text on a terminal, JSON elsewhere"
    )
    log_errors: bool = Field(
        False, description="Whether logs tell the texts of errors, which may hold phone numbers and names; else only their kind and place"
    )
    log_requests: bool = Field(False, description="Whether each legacy request is a line in the log: function, result, seconds, ids")
    traces: bool = Field(False, description="Whether spans go to the OpenTelemetry collector that OTEL_EXPORTER_OTLP_ENDPOINT names")

    @field_validator("webhook_networks")
    @classmethod
    def _networks(cls, text: str) -> str:
        networks_of(text)
        return text

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """A value may stand in a file that LEADMILL_<NAME>_FILE names, as container secrets do; the variable itself comes first."""
        return init_settings, env_settings, FromFiles(settings_cls)

    @model_validator(mode="before")
    @classmethod
    def _with_passwords(cls, given: dict[str, Any]) -> dict[str, Any]:
        database, redis = given.get("database_password", ""), given.get("redis_password", "")
        for password, names in ((database, ("database_url", "read_database_url")), (redis, ("redis_url",))):
            given = {**given, **{name: with_password(given[name], password) for name in names if password and given.get(name)}}
        return given

    @model_validator(mode="before")
    @classmethod
    def _nothing_remembered(cls, given: dict[str, Any]) -> dict[str, Any]:
        never = "settings_cache" not in given and str(given.get("caller_cache")) in ("0", "0.0")
        return {**given, "settings_cache": 0} if never else given

    @cached_property
    def database(self) -> str:
        """URL of the database in use: the one set, else SQLite in the data folder."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'leadmill.sqlite3').resolve()}"

    @cached_property
    def broker(self) -> str:
        """URL of the message broker in use."""
        return self.broker_url or self.redis_url

    @cached_property
    def broker_is_redis(self) -> bool:
        """Whether the queues live in a Redis or Valkey, not in an AMQP broker."""
        return self.broker.startswith(("redis", "rediss", "sentinel"))

    @cached_property
    def zone(self) -> ZoneInfo | None:
        """Zone of the dialer's wall clock; None means the machine's own."""
        return ZoneInfo(self.timezone) if self.timezone else None
