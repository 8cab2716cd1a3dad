"""Where the queues are, for a command that talks to those of a running Leadmill."""

from cli import valkey
from cli.errors import CommandError
from cli.running import running
from settings import Settings


def queue_settings(settings: Settings) -> Settings:
    """The settings with the Redis that was set, else that of the Leadmill that runs here. Raises CommandError when there is neither."""
    if "redis_url" in settings.model_fields_set:
        return settings
    if running(settings.data_dir) is None:
        raise CommandError("LEADMILL_REDIS_URL is not set and no Leadmill runs here; set it, or start ./leadmill up")
    return settings.model_copy(update={"redis_url": valkey.url_of(settings.data_dir / "valkey")})
