"""The two typefaces every paper is set in, and which signs they hold. No font of the machine is ever used."""

import struct
import unicodedata
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("fonts")
LATIN, DEVANAGARI = "NotoSans", "NotoSansDevanagari"

#: What a sign is replaced by that no font holds.
REPLACEMENT = "?"

#: Invisible, and needed: a place where a line may break, and the two joiners of Devanagari.
_INVISIBLE = frozenset("\u200b\u200c\u200d")


def unprintable(text: str) -> set[str]:
    """Signs of a text that paper cannot show: no font holds them, or they only steer how others are laid out.

    >>> sorted(unprintable("Wanjikũ, Ọlá, क्षेत्र"))
    []
    >>> sorted(unprintable("ama \u202e \U0001f600"))
    ['\u202e', '😀']
    """
    return {sign for sign in set(text) if not _printable(sign)}


@cache
def held(face: str) -> frozenset[int]:
    """Code points that a typeface holds, in regular and in bold."""
    return _mapped(FOLDER / f"{face}-Regular.ttf") & _mapped(FOLDER / f"{face}-Bold.ttf")


@cache
def _printable(sign: str) -> bool:
    if unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs") and sign not in _INVISIBLE:
        return False
    return ord(sign) in held(LATIN) or ord(sign) in held(DEVANAGARI)


def _mapped(file: Path) -> frozenset[int]:
    """Code points of a font's character map, from its segment table (cmap format 4)."""
    data = file.read_bytes()
    tables = struct.unpack_from(">H", data, 4)[0]
    records = [struct.unpack_from(">4sLLL", data, 12 + 16 * n) for n in range(tables)]
    (start,) = (offset for tag, _, offset, _ in records if tag == b"cmap")
    count = struct.unpack_from(">H", data, start + 2)[0]
    maps = [start + struct.unpack_from(">HHL", data, start + 4 + 8 * n)[2] for n in range(count)]
    at = next(offset for offset in maps if struct.unpack_from(">H", data, offset)[0] == 4)
    segments = struct.unpack_from(">H", data, at + 6)[0] // 2
    row = 2 * segments

    def column(offset: int, kind: str = "H") -> tuple[int, ...]:
        return struct.unpack_from(f">{segments}{kind}", data, offset)

    ends, starts = column(at + 14), column(at + 16 + row)
    deltas, places = column(at + 16 + 2 * row, "h"), column(at + 16 + 3 * row)
    found = set()
    for n, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for point in range(first, last + 1):
            if places[n]:
                where = at + 16 + 3 * row + 2 * n + places[n] + 2 * (point - first)
                glyph = struct.unpack_from(">H", data, where)[0]
            else:
                glyph = (point + deltas[n]) % 65536
            if glyph:
                found.add(point)
    return frozenset(found)
