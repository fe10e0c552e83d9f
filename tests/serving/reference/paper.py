"""Reads a PDF as a screen reader does: the text that stands for each run of glyphs, and the glyphs themselves."""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream


@dataclass(frozen=True)
class Run:
    """Glyphs that are shown together, by their numbers in the font, and the text they stand for."""

    text: str
    glyphs: tuple[int, ...]
    font: str


def pages(data: bytes) -> list[str]:
    """What each page says, without any blanks: where a line breaks is no matter."""
    return [squeezed("".join(run.text for run in runs(page))) for page in PdfReader(io.BytesIO(data)).pages]


def squeezed(text: str) -> str:
    """A text without blanks, and without the invisible places where it may break."""
    return re.sub(r"[\s\u200b]", "", text)


def runs(page: PageObject) -> Iterator[Run]:
    """Every run of a page, in the order they are shown."""
    fonts = {name: _unicode(font.get_object()) for name, font in page["/Resources"].get("/Font", {}).items()}
    contents = page.get_contents()
    if contents is None:
        return
    font, spans = "", []
    for operands, operator in ContentStream(contents, page.pdf).operations:
        match operator:
            case b"Tf":
                font = str(operands[0])
            case b"BDC" | b"BMC":
                properties = operands[1] if operator == b"BDC" else {}
                spans.append((properties.get("/ActualText"), []) if isinstance(properties, dict) else (None, []))
            case b"EMC":
                actual, glyphs = spans.pop()
                if actual is not None:
                    yield Run(str(actual), tuple(glyphs), font)
            case b"Tj" | b"TJ":
                shown = _glyphs(operands[0])
                inside = next((glyphs for actual, glyphs in reversed(spans) if actual is not None), None)
                if inside is not None:
                    inside.extend(shown)
                else:
                    yield Run("".join(fonts[font].get(glyph, "\ufffd") for glyph in shown), tuple(shown), font)


def _glyphs(operand: Any) -> list[int]:
    parts = operand if isinstance(operand, list) else [operand]
    found = []
    for part in parts:
        data = part if isinstance(part, bytes) else getattr(part, "original_bytes", b"")
        found += [int.from_bytes(data[n : n + 2], "big") for n in range(0, len(data), 2)]
    return found


def _unicode(font: Any) -> Mapping[int, str]:
    """Text of each glyph, from the font's own table."""
    table = font["/ToUnicode"].get_object().get_data().decode("ascii")
    found = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for glyph, text in re.findall(r"<([0-9A-F]+)>\s*<([0-9A-F]*)>", block):
            found[int(glyph, 16)] = bytes.fromhex(text).decode("utf-16-be")
    assert "beginbfrange" not in table
    return found
