"""The list on paper: everything on one page, nothing cut, the same bytes each time, and names that are only names."""

import hashlib
import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from officer_lists import bound, longest, officer_list
from paper import Run, pages, runs, squeezed
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import ContentStream

from serving.documents import pdf
from serving.documents.content import Content, content
from serving.documents.pdf import as_code_sheet, as_pdf, printed
from serving.languages import LANGUAGES, language
from serving.line import DESK, OfficerList
from serving.outcome_codes import DESK as DESK_ROLE
from serving.outcome_codes import KEPT_BACK, OFFICER
from serving.settings import Settings

ENGLISH = language("en")
SETTINGS = Settings(institution="Mwangaza Savings and Credit")
TONGUES = sorted(LANGUAGES)


def read(page: OfficerList, code: str = "en") -> list[str]:
    return pages(as_pdf(page, language(code), SETTINGS))


def fields(said: Content) -> list[str]:
    """Every text the paper must show."""
    texts = [said.title, said.who, said.institution, said.span, said.list_id, said.rule, said.valid, said.drawn]
    texts += [said.labels[name] for name in said.labels if name not in ("page", "shows", "new", "reasons")]
    texts += [text for pair in (*said.keys.kinds, *said.keys.codes) for text in pair]
    for section in said.sections:
        texts += [section.day, section.group]
    for entry in said.entries:
        line, spoken = entry.line, entry.spoken
        texts += [spoken.name, line.client_id, spoken.action, spoken.avoid, spoken.news, spoken.loan_label]
        texts += [line.card.group, entry.village, entry.speaks, *entry.reasons, *entry.tags]
        texts += [text for fact in entry.facts for text in fact]
    return [squeezed(text) for text in texts]


@pytest.mark.parametrize("code", TONGUES)
@pytest.mark.parametrize("seed", [1, 2])
def test_eight_lines_stand_on_one_page_and_all_of_each(code: str, seed: int) -> None:
    page = officer_list(8, seed, language=code)

    (text,) = read(page, code)

    assert [field for field in fields(content(page, language(code), SETTINGS)) if field not in text] == []


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("code", TONGUES)
def test_ten_lines_stand_on_one_page_too(code: str, seed: int) -> None:
    assert len(read(officer_list(10, seed, language=code), code)) == 1


def test_lines_follow_the_week_under_their_headings() -> None:
    page = officer_list(8)
    (text,) = read(page)
    said = content(page, ENGLISH, SETTINGS)

    expected = []
    for section in said.sections:
        expected += [section.day + section.group, *(entry.spoken.name for entry in section.entries)]
    places = [text.index(squeezed(part)) for part in expected]

    assert len(said.sections) > 2
    assert places == sorted(places)


def test_the_band_is_a_word_and_no_figure_of_a_risk_is_on_paper() -> None:
    (text,) = read(officer_list(8))

    assert "HIGH" in text
    assert not re.search(r"risk|margin|probab|0\.\d{3,}", text)


def test_the_desks_list_goes_over_several_pages_that_know_their_number() -> None:
    page = officer_list(43, officer=DESK)
    found = read(page)
    said = content(page, ENGLISH, SETTINGS)

    assert len(found) > 3
    assert [field for field in fields(said) if field not in "".join(found)] == []
    for number, text in enumerate(found, start=1):
        assert f"Page{number}of{len(found)}" in text
        assert squeezed(said.list_id) in text
        assert squeezed(said.valid) in text
        assert "SStays,willborrowagain" in text
    for entry in said.entries:
        (where,) = [text for text in found if squeezed(entry.line.client_id) in text]
        assert all(squeezed(part) in where for part in (entry.spoken.name, entry.spoken.avoid, *entry.reasons))


def test_an_officers_paper_does_not_tell_of_a_complaint_and_the_desks_does() -> None:
    (line, *_) = officer_list(1, officer=DESK).lines
    assert line.card.open_complaint

    assert "opencomplaint" not in read(bound([line]))[0]
    assert "opencomplaint" in read(bound([line], DESK))[0]


def test_the_same_list_gives_the_same_bytes_in_another_process_in_another_zone_and_place(tmp_path: Path) -> None:
    page = officer_list(8, language="hi")
    here = hashlib.sha256(as_pdf(page, language("hi"), SETTINGS)).hexdigest()
    code = (
        "import hashlib; from officer_lists import officer_list; from serving.documents.pdf import as_pdf;"
        "from serving.languages import language; from serving.settings import Settings;"
        "page = officer_list(8, language='hi'); settings = Settings(institution='Mwangaza Savings and Credit');"
        "print(hashlib.sha256(as_pdf(page, language('hi'), settings)).hexdigest())"
    )
    root = Path(__file__).parents[3]
    paths = os.pathsep.join((str(root), str(root / "tests" / "serving" / "reference")))
    elsewhere = {"PYTHONPATH": paths, "PYTHONHASHSEED": "7", "TZ": "Asia/Kolkata", "LANG": "C", "HOME": str(tmp_path)}

    there = subprocess.run([sys.executable, "-c", code], env=elsewhere, cwd=tmp_path, capture_output=True, check=True)

    assert there.stdout.decode().strip() == here
    assert hashlib.sha256(as_pdf(page, language("hi"), SETTINGS)).hexdigest() == here


def test_the_document_says_what_it_is_and_not_when_it_was_made() -> None:
    document = PdfReader(io.BytesIO(as_pdf(officer_list(1, language="hi"), language("hi"), SETTINGS)))

    assert document.metadata is not None
    assert document.metadata.title == language("hi").text("Clients to see this week")
    assert not {"/CreationDate", "/ModDate"} & set(document.metadata)
    assert document.root_object["/Lang"] == "hi"
    assert document.root_object["/MarkInfo"]["/Marked"]


def test_every_font_is_one_of_ours_and_goes_along() -> None:
    document = PdfReader(io.BytesIO(as_pdf(officer_list(8, language="hi"), language("hi"), SETTINGS)))
    fonts = [font.get_object() for font in document.pages[0]["/Resources"]["/Font"].values()]

    names = {font["/BaseFont"].split("+")[1] for font in fonts}
    assert all(re.fullmatch(r"NotoSans(Devanagari)?(-(Regular|Bold))?", name) for name in names), names
    assert len(names) == 4
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


HOSTILE = [
    "#panic()",
    '#read("/etc/passwd")',
    '"); #panic("',
    "$x^2$ @ref <label> \\ * _ ` ~ = + - / //",
    "[#let x = 1] {data}",
    "{page} of {pages} %s {0}",
    "https://example.org/#x",
    "--- ... 'quoted' \"quoted\"",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_whatever_stands_in_it(name: str) -> None:
    line = officer_list(1).lines[0]
    hostile = replace(line, client_id=name, card=replace(line.card, name=f"Ama {name}", group=name, village=name))
    page = replace(bound([hostile]), officer_name=name, branch_name=name, list_id=f"L{name}")

    (text,) = pages(as_pdf(page, ENGLISH, Settings(institution=name)))

    assert text.count(squeezed(name)) >= 7
    assert "Page1of1" in text


@pytest.mark.parametrize(
    ("name", "shown", "count"),
    [
        ("Ama \U0001f600", "Ama?", 1),
        ("中国人 Omar", "???Omar", 3),
        ("Ama \u202eOmar", "Ama?Omar", 1),
        ("王小明", "???", 3),
        ("Ama\x07\ud800", "Ama??", 2),
        ("Ama\n\t Omar", "AmaOmar", 0),
        ("Ọláwálé Ŋgũgĩ", "ỌláwáléŊgũgĩ", 0),
        ("लक्ष्मी देवी", "लक्ष्मीदेवी", 0),
    ],
)
def test_a_sign_no_font_holds_is_shown_as_a_question_mark_counted_and_told(name: str, shown: str, count: int) -> None:
    line = officer_list(1).lines[0]

    made = printed(bound([replace(line, card=replace(line.card, name=name))]), ENGLISH, SETTINGS)

    (text,) = pages(made.data)
    assert shown in text
    assert made.replaced == count
    assert ("Signsthatcannotbeprintedareshownas?." in text) == bool(count)


def glyphs(name: str) -> list[Run]:
    """How a Hindi name is set, from an English list with nothing else in that script."""
    line = officer_list(1).lines[0]
    data = as_pdf(bound([replace(line, card=replace(line.card, name=name))]), ENGLISH, SETTINGS)
    return [run for run in runs(PdfReader(io.BytesIO(data)).pages[0]) if re.search("[\u0900-\u097f]", run.text)]


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("क्ष", 1),  # three signs, one conjunct
        ("ज्ञ", 1),
        ("त्र", 1),
        ("स्त", 2),  # half form and full form: the virama has no glyph of its own
        ("र्क", 2),  # the r goes above the next letter
    ],
)
def test_conjuncts_are_shaped_into_the_glyphs_a_reader_of_hindi_expects(word: str, count: int) -> None:
    assert "".join(run.text for run in glyphs(word)) == word
    assert sum(len(run.glyphs) for run in glyphs(word)) == count


def test_a_short_i_is_set_before_its_letter_and_a_long_one_behind() -> None:
    short, letter = (run.glyphs for run in glyphs("कि क"))
    long, same = (run.glyphs for run in glyphs("की क"))

    assert (short[1:], long[:1]) == (letter, same)


def test_a_name_in_devanagari_is_set_alike_on_an_english_and_on_a_hindi_list() -> None:
    line = officer_list(1).lines[0]
    page = bound([replace(line, card=replace(line.card, name="लक्ष्मी शर्मा"))])

    for code in ("en", "hi"):
        assert "लक्ष्मीशर्मा" in read(page, code)[0]


class Drawn:
    """A compiler that also draws what it sets, 100 dots to the inch."""

    def __init__(self) -> None:
        self.compiler = pdf._compiler()
        self.pictures: list[np.ndarray] = []

    def compile(self, **given: Any) -> bytes:
        found = self.compiler.compile(**{**given, "format": "png", "ppi": 100.0})
        sheets = found if isinstance(found, list) else [found]
        self.pictures = [np.asarray(Image.open(io.BytesIO(sheet)).convert("L")) for sheet in sheets]
        made = self.compiler.compile(**given)
        assert isinstance(made, bytes)
        return made


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    spy = Drawn()
    monkeypatch.setattr(pdf, "_compiler", lambda: spy)
    return spy


def assert_inside(picture: np.ndarray) -> None:
    """The margins are white, and so is the gap before the reply boxes but for the rules that cross the page."""
    ink = picture < 200
    dot = 100 / 25.4
    left, right, top, bottom = round(7.4 * dot), round(7.4 * dot), round(6.5 * dot), round(5.5 * dot)
    assert not ink[:, :left].any()
    assert not ink[:, -right:].any()
    assert not ink[:top].any()
    assert not ink[-bottom:].any()
    gap = slice(round((210 - 8 - 51 - 2.5) * dot), round((210 - 8 - 51 - 0.8) * dot))
    crossing = ink[:, round(20 * dot) : -round(20 * dot)].mean(axis=1) > 0.95
    *rules, last = np.flatnonzero(crossing)
    between = ~crossing
    between[: rules[0] if rules else top] = False
    between[last:] = False
    assert between.sum() > 100
    assert not ink[between][:, gap].any()


@pytest.mark.parametrize("code", TONGUES)
@pytest.mark.parametrize("count", [8, 10])
def test_the_longest_texts_of_a_language_are_all_there_and_inside_the_margins(
    drawn: Drawn, code: str, count: int
) -> None:
    page = longest(language(code), count)

    found = read(page, code)

    text = "".join(found)
    assert [field for field in fields(content(page, language(code), SETTINGS)) if field not in text] == []
    for picture in drawn.pictures:
        assert_inside(picture)


def test_a_word_without_end_is_broken_and_nothing_of_it_is_lost(drawn: Drawn) -> None:
    line = officer_list(1).lines[0]
    word = "Wanjikumwmw" * 30
    card = replace(line.card, name=word, village=word[::-1], group="W" * 90, phone="9" * 80, language="m" * 70)
    page = replace(bound([replace(line, client_id="W" * 200, card=card)]), officer_name=word, branch_name="W" * 99)

    text = "".join(read(page))

    for part in (word, word[::-1], "W" * 90, "9" * 80, "m" * 70, "W" * 200):
        assert part in text
    for picture in drawn.pictures:
        assert_inside(picture)


def test_a_line_longer_than_a_page_goes_on_on_the_next(drawn: Drawn) -> None:
    line = officer_list(1).lines[0]
    names = " ".join(f"name{n}" for n in range(2000))

    found = read(bound([replace(line, card=replace(line.card, name=names)), replace(line, place=2, client_id="last")]))

    text = "".join(found)
    assert len(found) > 1
    assert [name for name in names.split() if name not in text] == []
    assert "last" in text
    for picture in drawn.pictures:
        assert_inside(picture)


@pytest.mark.parametrize("code", TONGUES)
def test_no_text_is_smaller_than_a_poor_printer_can_print(code: str) -> None:
    document = PdfReader(io.BytesIO(as_pdf(officer_list(10, language=code), language(code), SETTINGS)))
    sizes = [
        float(operands[1])
        for page in document.pages
        for operands, operator in ContentStream(page.get_contents(), document).operations
        if operator == b"Tf"
    ]

    assert min(sizes) >= 0.9 * pdf.SMALLEST
    assert sum(size >= pdf.SMALLEST for size in sizes) > 0.5 * len(sizes)


def test_paper_is_black_and_white_and_no_ink_is_paler_than_a_dark_grey() -> None:
    document = PdfReader(io.BytesIO(as_pdf(officer_list(8), ENGLISH, SETTINGS)))
    inks = [
        tuple(float(part) for part in operands)
        for operands, operator in ContentStream(document.pages[0].get_contents(), document).operations
        if operator in (b"scn", b"SCN", b"rg", b"RG", b"k", b"K", b"g", b"G", b"sc", b"SC")
    ]

    assert {len(ink) for ink in inks} == {1}
    assert {ink for (ink,) in inks} - {1.0} == {ink for (ink,) in inks if ink < 0.25}
    assert inks.count((1.0,)) == sum(line.band == "high" for line in officer_list(8).lines)


def test_the_hours_of_contact_are_those_of_the_settings() -> None:
    settings = Settings(contact_from=time(8, 30), contact_until=time(16, 15))

    assert "Contactbetween08:30and16:15" in pages(as_pdf(officer_list(1), ENGLISH, settings))[0]


def test_a_list_without_lines_is_a_page_all_the_same() -> None:
    (text,) = read(bound([]))

    assert "Page1of1" in text
    assert "0lines" in text


@pytest.mark.parametrize("code", TONGUES)
@pytest.mark.parametrize("role", [OFFICER, DESK_ROLE])
def test_the_code_sheet_holds_every_code_on_one_page_and_no_reason_that_is_kept_back(code: str, role: str) -> None:
    tongue = language(code)
    (text,) = pages(as_code_sheet(role, tongue, SETTINGS))

    said = content(officer_list(1, officer=DESK if role == DESK_ROLE else "o17"), tongue, SETTINGS)
    for pairs in (said.keys.kinds, said.keys.codes, said.keys.reasons):
        assert all(squeezed(short + meaning) in text for short, meaning in pairs)
    assert not [short for short in KEPT_BACK if short in text]
