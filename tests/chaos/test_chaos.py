"""A few rounds of chaos, with every fault there is. `make chaos` plays as many as one likes."""

import random
from pathlib import Path

import pytest

from tests.chaos.faults import faults_on
from tests.chaos.rounds import play
from tests.chaos.scene import scene_of
from tests.conftest import missing
from tests.databases import INNODB
from tests.servers import Leash, mariadb_programs

SEED = 1
SECONDS, ROWS = 4.0, 3000


@pytest.mark.timeout(600)
def test_nothing_is_lost_or_doubled_whatever_goes_wrong(tmp_path: Path, leash: Leash) -> None:
    try:
        mariadb_programs()
    except FileNotFoundError as error:
        missing(str(error))
    faults = faults_on(INNODB)
    random.Random(SEED).shuffle(faults)
    with scene_of(INNODB, tmp_path, leash) as scene:
        for number in (1, 2):
            played = play(scene, number, SEED, faults[number % 2 :: 2], rows=ROWS, seconds=SECONDS)
            assert played.writes > 1
            assert not played.complaints, "\n".join(
                [f"{played.faults}", *played.complaints, *(text for log in scene.system.logs() for text in log)]
            )
