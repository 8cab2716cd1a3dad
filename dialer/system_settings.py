"""The one row of system_settings, as far as Leadmill heeds it."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from db.remembered import remembered
from db.tables.system import system_settings as table

COLUMNS = (
    "use_non_latin",
    "custom_fields_enabled",
    "pass_hash_enabled",
    "pass_key",
    "pass_cost",
    "allow_ip_lists",
    "system_ip_blacklist",
    "webroot_writable",
    "agent_whisper_enabled",
    "active_modules",
    "auto_dial_limit",
    "enable_languages",
    "language_method",
    "admin_web_directory",
    "sounds_central_control_active",
    "sounds_web_server",
    "sounds_web_directory",
)
_STATEMENT = select(*(table.c[name] for name in COLUMNS)).limit(1)


def system_settings(connection: Connection) -> Mapping[str, str]:
    """Name to value, all text; what is NULL, or a row that is missing, is the empty text."""
    return remembered(connection, "system_settings", _load)


def _load(connection: Connection) -> Mapping[str, str]:
    row = connection.execute(_STATEMENT).first() or [None] * len(COLUMNS)
    return {name: "" if value is None else str(value) for name, value in zip(COLUMNS, row, strict=True)}
