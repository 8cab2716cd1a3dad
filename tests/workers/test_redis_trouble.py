"""Redis is full, or has lost a worker: what is done is told later, and what is not done comes again soon."""

import threading
from pathlib import Path

import redis

from settings import Settings
from tests.conftest import Services
from tests.servers import Leash, start_valkey
from tests.waiting import wait_until
from workers.celery import create_celery


def test_a_result_waits_until_redis_has_room(tmp_path: Path, leash: Leash) -> None:
    server, url = start_valkey(tmp_path, leash)
    with redis.Redis.from_url(url) as client:
        client.config_set("maxmemory", 1)
        backend = create_celery(Settings(redis_url=url)).backend
        storing = threading.Thread(target=backend.store_result, args=("one", ["SUCCESS"], "SUCCESS"), daemon=True)
        storing.start()
        wait_until(lambda: int(client.info("stats")["total_error_replies"]) > 1, "Redis has refused it twice")
        assert storing.is_alive()
        client.config_set("maxmemory", 0)
        storing.join(30)
        assert backend.get_result("one") == ["SUCCESS"]
    server.stop()


def test_who_looks_for_messages_of_the_dead_and_dies_does_not_keep_others_from_it(services: Services) -> None:
    settings = Settings(redis_url=services.redis_database())
    with create_celery(settings).connection_for_read() as connection:
        assert connection.default_channel.unacked_mutex_expire < settings.visibility_timeout
