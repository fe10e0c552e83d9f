"""How clients leave, and what each way is to the model."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class LeaverType(StrEnum):
    """How a client came to leave; only some of them count as churn."""

    VOL = "VOL"
    PUSH_MFI = "PUSH_MFI"
    PUSH_GRP = "PUSH_GRP"
    WO = "WO"
    REST = "REST"
    GRAD = "GRAD"
    DIED = "DIED"
    MOVED = "MOVED"
    XFER = "XFER"
    GROUP_END = "GROUP_END"
    MERGE = "MERGE"
    UNK = "UNK"


class Cause(StrEnum):
    """What an exit is to the model: an event of interest, a competing risk, or no exit at all."""

    CHOICE = "choice"
    FORCED = "forced"
    NOT_AN_EXIT = "not_an_exit"


#: Died, transferred and merged ids are not exits; written off and pushed out compete with leaving by choice.
CAUSES: Mapping[LeaverType, Cause] = MappingProxyType(
    {
        LeaverType.VOL: Cause.CHOICE,
        LeaverType.REST: Cause.CHOICE,
        LeaverType.GRAD: Cause.CHOICE,
        LeaverType.MOVED: Cause.CHOICE,
        LeaverType.GROUP_END: Cause.CHOICE,
        LeaverType.UNK: Cause.CHOICE,
        LeaverType.PUSH_MFI: Cause.FORCED,
        LeaverType.PUSH_GRP: Cause.FORCED,
        LeaverType.WO: Cause.FORCED,
        LeaverType.DIED: Cause.NOT_AN_EXIT,
        LeaverType.XFER: Cause.NOT_AN_EXIT,
        LeaverType.MERGE: Cause.NOT_AN_EXIT,
    }
)
