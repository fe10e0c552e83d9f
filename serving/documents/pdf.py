"""A list on paper: one A4 page for an officer, as many as it takes for the desk."""

import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import typst

from serving.documents.content import Content, Entry, Key, Keys, Section, content, keys, labels
from serving.documents.fonts import FOLDER, REPLACEMENT, SCRIPTS, scripts_of, unprintable
from serving.languages import Language, language
from serving.line import OfficerList
from serving.settings import LIST_CAP, Settings

__all__ = ["Printed", "as_code_sheet", "as_pdf", "as_report", "printed", "unprintable"]

#: Sizes of the text in points. An officer's list is set as large as one page allows; below the smallest a poor printer
#: is not legible any more, and a second page is better.
SMALLEST, USUAL, LARGEST = 6.5, 8.0, 8.4
#: Height of a box that is written into, in millimetres.
ROOM = 4.2
#: Signs of a row over both columns, more or less, and the ways in which they may share it, in per cent.
ROW, SHARES = 100, (40, 44, 48, 52, 56, 60)
#: What head and foot leave of a page, in points, more or less.
PAGE = 720
#: A word longer than this may be broken anywhere; no column is narrower.
LONGEST_WORD = 16
#: A fact of no more signs than this is not broken over two rows.
SHORT_FACT = 56
#: A line with more text than this may itself be broken over two pages.
LONGEST_LINE = 1500

_JOINERS = r"\u{200c}\u{200d}"
# Not the spaces that keep together what belongs together.
_SPACE = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029 ]+")
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")


@dataclass(frozen=True)
class Printed:
    """A document, and how many signs in it had to be replaced because no font holds them."""

    data: bytes
    replaced: int


def as_pdf(page: OfficerList, language: Language, settings: Settings) -> bytes:
    """A list as PDF. The same list gives the same bytes on every machine.

    A sign that no font holds is shown as a question mark, and the foot of the page says so; `printed` counts them.
    """
    return printed(page, language, settings).data


def printed(page: OfficerList, language: Language, settings: Settings) -> Printed:
    """As `as_pdf`, with the number of signs that were replaced."""
    return _set("list.typ", _of_list(content(page, language, settings)), language)


def as_code_sheet(role: str, language: Language, settings: Settings) -> bytes:
    """The keys of the reply boxes on one page, to lie beside every list; the client's own reasons stand only here.

    Parameters
    ----------
    role
        officer or desk: who writes into the boxes.
    """
    data = {
        "title": language.text("Codes for the reply boxes"),
        "institution": settings.institution,
        "keys": _named(keys(role, language), labels(language), "kinds", "codes", "reasons"),
    }
    return _set("codes.typ", data, language).data


def as_report(data: Mapping[str, Any], pictures: Mapping[str, str]) -> bytes:
    """The report of a month, in English, as a tagged PDF that can be read aloud.

    It claims to be PDF/UA-1, except where drawings hold a script whose signs are shaped together: typst does not write
    the text behind the glyphs of a drawing. What stands in drawings stands in their tables too.

    Parameters
    ----------
    data
        What it says; see ``report.typ``.
    pictures
        SVG drawings by the names that stand in `data`.
    """
    try:
        return _set("report.typ", dict(data), language("en"), pictures, ["ua-1"]).data
    except typst.TypstError:
        if not scripts_of("".join(pictures.values())):
            raise
        return _set("report.typ", dict(data), language("en"), pictures).data


def _named(found: Keys, words: Mapping[str, str], *names: str) -> list[tuple[str, Key]]:
    return [(words[name], getattr(found, name)) for name in names]


def _of_list(said: Content) -> dict[str, Any]:
    return {
        "title": said.title,
        "who": said.who,
        "institution": said.institution,
        "span": said.span,
        "list": said.list_id,
        "rule": said.rule,
        "sections": [_of_section(section, said) for section in said.sections],
        "labels": dict(said.labels),
        "keys": _named(said.keys, said.labels, "kinds", "codes"),
        "valid": said.valid,
        "drawn": said.drawn,
        "fit": len(said.entries) <= LIST_CAP,
        "smallest": SMALLEST,
        "usual": USUAL,
        "largest": LARGEST,
        "share": _share(said.entries),
        "guess": _guess(said.sections),
        "room": ROOM,
    }


def _of_section(section: Section, said: Content) -> dict[str, Any]:
    return {
        "day": section.day,
        "group": section.group,
        "entries": [_of_entry(entry, section, said) for entry in section.entries],
    }


def _of_entry(entry: Entry, section: Section, said: Content) -> dict[str, Any]:
    """What stands in a heading is not said again in the line below it."""
    line, spoken = entry.line, entry.spoken
    group = "" if section.group else line.card.group
    meeting = [] if section.day else [(said.language.text("Meeting"), spoken.meeting)]
    known = [("", text) for text in (group, entry.village, entry.speaks) if text]
    texts = [spoken.name, line.client_id, group, *entry.reasons, spoken.news, spoken.action, spoken.avoid, *entry.tags]
    return {
        "place": str(line.place),
        "name": spoken.name,
        "id": "" if spoken.name == line.client_id else line.client_id,
        "tags": entry.tags,
        "band": line.band,
        "said": spoken.band,
        "facts": [
            (label, value, len(label) + len(value) <= SHORT_FACT) for label, value in [*known, *meeting, *entry.facts]
        ],
        "reasons": entry.reasons,
        "new": spoken.news,
        "do": spoken.action,
        "avoid": spoken.avoid,
        "long": sum(map(len, texts)) + sum(len(value) for _, value in entry.facts) > LONGEST_LINE,
    }


def _share(entries: Sequence[Entry]) -> int:
    """Part of the width, in per cent, that the reasons get beside what to do: the one that needs the fewest rows."""

    def rows(share: int) -> int:
        left, right = ROW * share // 100, ROW * (100 - share) // 100
        return sum(
            max(
                sum(-(-len(reason) // left) for reason in entry.reasons),
                -(-(len(entry.spoken.action) + 4) // right) - (-(len(entry.spoken.avoid) + 7) // right),
            )
            for entry in entries
        )

    return min(SHARES, key=lambda share: (rows(share), abs(share - 52)))


def _guess(sections: Sequence[Section]) -> float:
    """Size to try first. It decides only how often the list is laid out, so a rough one will do.

    The height of a page was measured on made-up lists; it grows with the number of lines and of headings, and with the
    square of the size as far as it comes of running text.
    """
    entries = [entry for section in sections for entry in section.entries]
    text = sum(map(_running, entries))
    fixed, running = 3.5 * len(entries) + 1.4 * len(sections), 0.0018 * text
    if not running:
        return LARGEST
    size = (math.sqrt(fixed * fixed + 4 * running * 0.97 * PAGE) - fixed) / (2 * running)
    return max(SMALLEST, min(LARGEST, math.floor(size * 10) / 10))


def _running(entry: Entry) -> int:
    """Signs that decide how tall a line is: reasons stand beside what to do, the rest below each other."""
    spoken = entry.spoken
    beside = max(sum(map(len, entry.reasons)), len(spoken.action) + len(spoken.avoid))
    return 2 * beside + len(spoken.news) + sum(len(label) + len(value) for label, value in entry.facts)


def _set(
    template: str,
    data: dict[str, Any],
    language: Language,
    pictures: Mapping[str, str] | None = None,
    standards: "Sequence[typst.PDFStandard]" = (),
) -> Printed:
    cleaner = _Cleaner()
    clean = cleaner.clean(data)
    drawn = {name: cleaner.drawing(picture) for name, picture in (pictures or {}).items()}
    clean["warning"] = ""
    if cleaner.replaced:
        clean["warning"] = language.text("Signs that cannot be printed are shown as {sign}.", sign=REPLACEMENT)
    clean["language"] = language.code
    scripts = scripts_of(json.dumps([clean, drawn], ensure_ascii=False))
    clean["scripts"] = scripts
    clean["latin"] = f"[^{''.join(SCRIPTS[face] for face in scripts)}{_JOINERS}]"
    clean["pictures"] = drawn
    compiler, source = _compiler(), _source(template)
    with _ONE_AT_A_TIME:
        made = compiler.compile(
            input=source, sys_inputs={"data": json.dumps(clean)}, format="pdf", pdf_standards=list(standards)
        )
    if not isinstance(made, bytes):
        raise TypeError(f"{template} gave no single document")
    return Printed(made, cleaner.replaced)


class _Cleaner:
    """Makes texts fit to be set, and counts what had to be replaced."""

    def __init__(self) -> None:
        self.replaced = 0

    def clean(self, value: Any) -> Any:
        """The same value with clean texts in it."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {key: self.clean(each) for key, each in value.items()}
        return [self.clean(each) for each in value] if isinstance(value, list | tuple) else value

    def drawing(self, svg: str) -> str:
        """A drawing whose words paper can show; of it nothing else is touched."""
        foreign = {sign for sign in unprintable(svg) if not sign.isspace()}
        return "".join(REPLACEMENT if sign in foreign else sign for sign in svg) if foreign else svg

    def _text(self, text: str) -> str:
        text = _SPACE.sub(" ", unicodedata.normalize("NFC", text)).strip()
        foreign = unprintable(text)
        if foreign:
            self.replaced += sum(sign in foreign for sign in text)
            text = "".join(REPLACEMENT if sign in foreign else sign for sign in text)
        return _LONG_WORD.sub(_breakable, text)


def _breakable(word: re.Match[str]) -> str:
    """The word with invisible places where a line may break, never before a mark or behind a joiner."""
    pieces, since = [], 0
    for sign, before in zip(word[0], " " + word[0], strict=False):
        if since >= LONGEST_WORD and not unicodedata.category(sign).startswith("M") and not _joins(before, sign):
            pieces.append("\u200b")
            since = 0
        pieces.append(sign)
        since += 1
    return "".join(pieces)


def _joins(before: str, sign: str) -> bool:
    """Whether two signs are shaped together: behind a virama or a joiner, or before a joiner."""
    return unicodedata.combining(before) == 9 or before in "\u200c\u200d" or sign in "\u200c\u200d"


_ONE_AT_A_TIME = Lock()


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FOLDER])
    return typst.Compiler(root=FOLDER, font_paths=fonts, ignore_system_fonts=True)


@cache
def _source(template: str) -> bytes:
    return Path(__file__).with_name(template).read_bytes()
