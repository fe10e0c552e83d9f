"""Password hashes that cost next to nothing, for tests."""

from argon2 import Parameters, Type

from serving.passwords import Passwords

PARAMETERS = Parameters(type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=8, parallelism=1)


def quick() -> Passwords:
    """Hashes of the same kind at the lowest cost."""
    return Passwords(PARAMETERS)
