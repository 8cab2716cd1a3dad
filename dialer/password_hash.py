"""The dialer's password hash: bcrypt with one salt for the whole system (spec 00, section 6).

A dialer keeps the last 31 characters of the hash in vicidial_users.pass_hash. Its default cost is 2, less than the
bcrypt library takes, and sites that switched hashing on have such hashes; so costs 0 to 3 are computed here.
"""

import struct
from functools import cache

import bcrypt

ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
LEAST_LIBRARY_COST = 4
LONGEST_PASSWORD = 72

_WORD = 0xFFFFFFFF
_SUBKEYS, _BOXES = 18, 1024


def digest(password: str, key: str, cost: int) -> str:
    """What pass_hash holds for the password; `key` is system_settings.pass_key, 16 bytes.

    Raises ValueError where no hash can be computed: a key of another length, a cost over 31, a NUL in the password.
    """
    salt, secret = key.encode(), password.encode()
    if len(salt) != 16 or b"\0" in secret:
        raise ValueError("pass_key must be 16 bytes, and a password must not hold a NUL")
    secret = secret[:LONGEST_PASSWORD]
    if cost >= LEAST_LIBRARY_COST:
        return bcrypt.hashpw(secret, f"$2a${cost:02}${encoded(salt)}".encode())[-31:].decode()
    return encoded(_bcrypt((secret + b"\0")[:LONGEST_PASSWORD], salt, cost))


def encoded(data: bytes) -> str:
    """Base 64 in bcrypt's own alphabet, without padding."""
    size = -(-len(data) * 8 // 6)
    bits = int.from_bytes(data) << (size * 6 - len(data) * 8)
    return "".join(ALPHABET[bits >> 6 * place & 63] for place in reversed(range(size)))


def _bcrypt(secret: bytes, salt: bytes, cost: int) -> bytes:
    """The 23 bytes of the hash, as the paper "A Future-Adaptable Password Scheme" defines it."""
    state = list(_digits_of_pi())
    key = struct.unpack(">18I", (secret * LONGEST_PASSWORD)[:LONGEST_PASSWORD])
    salt_words = struct.unpack(">4I", salt)
    _expand(state, key, salt_words)
    for _ in range(1 << cost):
        _expand(state, key, (0, 0, 0, 0))
        _expand(state, (salt_words * 5)[:_SUBKEYS], (0, 0, 0, 0))
    words = struct.unpack(">6I", b"OrpheanBeholderScryDoubt")
    hashed: list[int] = []
    for left, right in zip(words[::2], words[1::2], strict=True):
        for _ in range(64):
            left, right = _encrypted(state, left, right)
        hashed += (left, right)
    return struct.pack(">6I", *hashed)[:23]


def _expand(state: list[int], key: tuple[int, ...], salt: tuple[int, ...]) -> None:
    """One round of the key schedule: mix the key into the subkeys, then replace subkeys and boxes."""
    for at, word in enumerate(key):
        state[at] ^= word
    left = right = 0
    for at in range(0, _SUBKEYS + _BOXES, 2):
        left, right = _encrypted(state, left ^ salt[at % 4], right ^ salt[at % 4 + 1])
        state[at], state[at + 1] = left, right


def _encrypted(state: list[int], left: int, right: int) -> tuple[int, int]:
    """One block of Blowfish; `state` is the 18 subkeys, then the four boxes of 256 words."""
    for at in range(0, 16, 2):
        left ^= state[at]
        mixed = (state[18 + (left >> 24)] + state[274 + (left >> 16 & 255)]) ^ state[530 + (left >> 8 & 255)]
        right ^= (mixed + state[786 + (left & 255)]) & _WORD ^ state[at + 1]
        mixed = (state[18 + (right >> 24)] + state[274 + (right >> 16 & 255)]) ^ state[530 + (right >> 8 & 255)]
        left ^= (mixed + state[786 + (right & 255)]) & _WORD
    return right ^ state[17], left ^ state[16]


@cache
def _digits_of_pi() -> tuple[int, ...]:
    """The fraction of pi in words of 32 bits: Blowfish begins with it."""
    count = _SUBKEYS + _BOXES
    bits = 32 * count + 64
    pi = 16 * _arctangent_of_inverse(5, bits) - 4 * _arctangent_of_inverse(239, bits)
    fraction = (pi >> 64) & ((1 << 32 * count) - 1)
    return struct.unpack(f">{count}I", fraction.to_bytes(4 * count))


def _arctangent_of_inverse(number: int, bits: int) -> int:
    power = (1 << bits) // number
    total, odd, sign = 0, 1, 1
    while power:
        total += sign * (power // odd)
        power //= number * number
        odd, sign = odd + 2, -sign
    return total
