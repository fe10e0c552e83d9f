"""The lot itself: whose turn in a stratum is left out, fixed by the seed before anybody has come.

Turns of a stratum come in blocks of `BLOCK`; in each block as many are left out as the share says, in an order that
only the seed knows (permuted blocks). Who enters a block, and when, changes nothing of it. So whoever comes next has
the same chance whatever is known about her, as long as it was not the arms of her own block that brought her there:
`serving.experiment.drawing` sees to that.
"""

import hmac
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from math import floor

#: Turns of a block: with a share of a tenth one in each is left out, so that no stratum goes long without any.
BLOCK = 10


class Arm(StrEnum):
    """What the lot said."""

    LISTED = "listed"
    HELD_OUT = "held_out"


@dataclass(frozen=True)
class Lot:
    """The seed and the share left out.

    Parameters
    ----------
    seed
        Whoever knows it knows every arm to come; it is shown nowhere.
    share
        Chance to be left out, from 0 to 0.5: of every turn alike.

    Examples
    --------
    >>> lot = Lot(b"a seed", 0.1)
    >>> sum(lot.arm("B1", place) is Arm.HELD_OUT for place in range(100))
    10
    """

    seed: bytes
    share: float

    def arm(self, stratum: str, place: int) -> Arm:
        """Arm of a turn.

        Parameters
        ----------
        place
            Number of the turn in its stratum, from 0.
        """
        block, within = divmod(place, BLOCK)
        wanted = self.share * BLOCK
        out = floor(wanted) + (self._number(stratum, block, "more") < wanted - floor(wanted))
        order = sorted(range(BLOCK), key=lambda turn: self._number(stratum, block, str(turn)))
        return Arm.HELD_OUT if within in order[:out] else Arm.LISTED

    @property
    def commitment(self) -> str:
        """SHA-256 of the seed: written to the audit log, so that another seed cannot be put in its place later."""
        return sha256(self.seed).hexdigest()

    def _number(self, *parts: object) -> float:
        """A number from 0 to 1 that only the seed tells beforehand."""
        text = "\x1f".join(map(str, parts)).encode()
        return int.from_bytes(hmac.digest(self.seed, text, sha256)[:8]) / 2**64
