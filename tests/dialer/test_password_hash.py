"""The hash of vicidial_users.pass_hash."""

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.password_hash import _bcrypt, digest, encoded

KEY = "0123456789abcdef"


def test_the_recorded_vector() -> None:
    assert encoded(KEY.encode()) == "KBCwKxOzLha2MUDgW0PjXe"
    assert digest("zzpass", KEY, 4) == "pCQF4P2thOq4GxyH36SGkbp7Enfzp8O"


@settings(max_examples=3)
@given(st.binary(min_size=1, max_size=80).map(lambda b: b.replace(b"\0", b"x")), st.binary(min_size=16, max_size=16))
def test_our_own_computation_is_that_of_the_library(password: bytes, salt: bytes) -> None:
    ours = encoded(_bcrypt((password[:72] + b"\0")[:72], salt, 4))
    assert ours == bcrypt.hashpw(password[:72], f"$2a$04${encoded(salt)}".encode())[-31:].decode()


def test_a_dialers_default_cost_of_2_works_and_differs() -> None:
    assert len({digest("zzpass", KEY, cost) for cost in (2, 3, 4)}) == 3


def test_what_lies_beyond_72_bytes_does_not_count() -> None:
    assert digest("p" * 72 + "a", KEY, 4) == digest("p" * 72 + "b", KEY, 4)
    assert digest("p" * 72 + "a", KEY, 0) == digest("p" * 72 + "b", KEY, 0)


@pytest.mark.parametrize(("password", "key", "cost"), [("x", "short", 4), ("x", "", 2), ("x", KEY, 32), ("a\0b", KEY, 4)])
def test_what_cannot_be_hashed_is_an_error(password: str, key: str, cost: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        digest(password, key, cost)
