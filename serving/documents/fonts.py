"""The typefaces paper is set in, one for each script, and which signs they hold; no font of the machine is used."""

import struct
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).with_name("fonts")
LATIN, DEVANAGARI = "Noto Sans", "Noto Sans Devanagari"
#: Every other typeface, with the blocks of its script as a regular expression has them. Names are printed in whatever
#: script the institution writes them.
SCRIPTS: Mapping[str, str] = MappingProxyType(
    {
        "Noto Sans Cyrillic": r"\u{400}-\u{52f}\u{1c80}-\u{1c8f}\u{2de0}-\u{2dff}\u{a640}-\u{a69f}",
        "Noto Sans Armenian": r"\u{530}-\u{58f}\u{fb13}-\u{fb17}",
        "Noto Sans Arabic": r"\u{600}-\u{6ff}\u{750}-\u{77f}\u{8a0}-\u{8ff}\u{fb50}-\u{fdff}\u{fe70}-\u{feff}",
        DEVANAGARI: r"\u{900}-\u{97f}\u{1cd0}-\u{1cff}\u{25cc}\u{a8e0}-\u{a8ff}",
        "Noto Sans Bengali": r"\u{980}-\u{9ff}",
        "Noto Sans Gurmukhi": r"\u{a00}-\u{a7f}",
        "Noto Sans Gujarati": r"\u{a80}-\u{aff}",
        "Noto Sans Oriya": r"\u{b00}-\u{b7f}",
        "Noto Sans Tamil": r"\u{b80}-\u{bff}",
        "Noto Sans Telugu": r"\u{c00}-\u{c7f}",
        "Noto Sans Kannada": r"\u{c80}-\u{cff}",
        "Noto Sans Malayalam": r"\u{d00}-\u{d7f}",
        "Noto Sans Sinhala": r"\u{d80}-\u{dff}",
        "Noto Sans Thai": r"\u{e00}-\u{e7f}",
        "Noto Sans Lao": r"\u{e80}-\u{eff}",
        "Noto Sans Myanmar": r"\u{1000}-\u{109f}\u{a9e0}-\u{a9ff}\u{aa60}-\u{aa7f}",
        "Noto Sans Georgian": r"\u{10a0}-\u{10ff}\u{1c90}-\u{1cbf}\u{2d00}-\u{2d2f}",
        "Noto Sans Ethiopic": r"\u{1200}-\u{139f}\u{2d80}-\u{2ddf}\u{ab00}-\u{ab2f}",
        "Noto Sans Khmer": r"\u{1780}-\u{17ff}\u{19e0}-\u{19ff}",
    }
)

#: What a sign is replaced by that no font holds.
REPLACEMENT = "?"

#: Invisible, and needed: a place where a line may break, and two joiners of many scripts.
_INVISIBLE = frozenset("\u200b\u200c\u200d")


def unprintable(text: str) -> set[str]:
    """Signs of a text that paper cannot show: no font holds them, or they only steer how others are laid out.

    >>> sorted(unprintable("Wanjikũ, Ọlá, क्षेत्र, রহিমা, አበበ"))
    []
    >>> sorted(unprintable("ama \u202e \U0001f600"))
    ['\u202e', '😀']
    """
    return {sign for sign in set(text) if not _printable(sign)}


def scripts_of(text: str) -> list[str]:
    """Typefaces a text needs beside the Latin one.

    >>> scripts_of("Wanjiku"), scripts_of("রহিমা"), scripts_of("क्षेत्र, አበበ")
    ([], ['Noto Sans Bengali'], ['Noto Sans Devanagari', 'Noto Sans Ethiopic'])
    """
    foreign = {ord(sign) for sign in set(text)} - held(LATIN)
    return [face for face in SCRIPTS if foreign & held(face)] if foreign else []


@cache
def held(face: str) -> frozenset[int]:
    """Code points that a typeface holds, in regular and in bold."""
    stem = face.replace(" ", "")
    return _mapped(FOLDER / f"{stem}-Regular.ttf") & _mapped(FOLDER / f"{stem}-Bold.ttf")


@cache
def _printable(sign: str) -> bool:
    if unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs") and sign not in _INVISIBLE:
        return False
    return ord(sign) in held(LATIN) or any(ord(sign) in held(face) for face in SCRIPTS)


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
