"""The typefaces that are sent along: small, licensed, enough for every catalogue, and honest about what they lack."""

import unicodedata

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from serving.catalogues import catalogue_path, read, template
from serving.documents.fonts import DEVANAGARI, FOLDER, LATIN, SCRIPTS, held, scripts_of, unprintable
from serving.languages import LANGUAGES

#: Shaping rules without which Devanagari is spelt wrongly.
CONJUNCTS = {"akhn", "rphf", "rkrf", "blwf", "half", "vatu", "cjct", "pres", "abvs", "blws", "psts", "haln", "nukt"}


@pytest.mark.parametrize("face", [LATIN, *SCRIPTS])
@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_the_signs_a_font_holds_are_read_as_another_reader_reads_them(face: str, weight: str) -> None:
    with TTFont(FOLDER / f"{face.replace(' ', '')}-{weight}.ttf") as font:
        assert held(face) == set(font.getBestCmap())
        assert (font["name"].getDebugName(1), font["name"].getDebugName(2)) == (face, weight)


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_devanagari_keeps_its_shaping_rules(weight: str) -> None:
    with TTFont(FOLDER / f"NotoSansDevanagari-{weight}.ttf") as font:
        rules = {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
        marks = {record.FeatureTag for record in font["GPOS"].table.FeatureList.FeatureRecord}

    assert rules >= CONJUNCTS
    assert marks >= {"abvm", "blwm"}


def test_the_fonts_are_small_and_their_licence_lies_beside_them() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 5_000_000
    licence = (FOLDER / "OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE" in licence
    assert all(face.split()[-1] in licence for face in SCRIPTS)
    assert {file.suffix for file in FOLDER.iterdir()} == {".ttf", ".txt"}


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_every_text_of_every_catalogue_can_be_printed(code: str) -> None:
    messages = template() if code == "en" else tuple(read(catalogue_path(code)).entries.values())
    texts = [text for message in messages for text in ((message.one, message.many) if code == "en" else message.forms)]

    assert len(texts) > 200
    assert not unprintable("".join(texts).replace("\n", " "))


def test_letters_of_names_in_latin_script_can_be_printed_wherever_they_come_from() -> None:
    names = "Wanjikũ, Ọláwálé, Ŋọ̀ŋ, Ɗanjuma, Nguyễn, Šárka, İbrahim, Łukasz, Þór, O’Neill, Nʼdiaye, Kɔfi"

    assert not unprintable(unicodedata.normalize("NFC", names))


#: A woman's name as it is written where microfinance is at home.
NAMES = {
    "Noto Sans Cyrillic": "Айгүл Ибраева",
    "Noto Sans Armenian": "Անահիտ",
    "Noto Sans Arabic": "عائشة بنت عمر",
    DEVANAGARI: "सुनीता क्षेत्री",
    "Noto Sans Bengali": "রহিমা খাতুন",
    "Noto Sans Gurmukhi": "ਗੁਰਪ੍ਰੀਤ",
    "Noto Sans Gujarati": "ગીતાબેન",
    "Noto Sans Oriya": "ସୁଜାତା",
    "Noto Sans Tamil": "லக்ஷ்மி",
    "Noto Sans Telugu": "లక్ష్మి",
    "Noto Sans Kannada": "ಲಕ್ಷ್ಮಿ",
    "Noto Sans Malayalam": "ലക്ഷ്മി",
    "Noto Sans Sinhala": "කුමාරි",
    "Noto Sans Thai": "สมหญิง",
    "Noto Sans Lao": "ສົມສີ",
    "Noto Sans Myanmar": "ခင်မျိုး",
    "Noto Sans Georgian": "ნინო",
    "Noto Sans Ethiopic": "አበበች",
    "Noto Sans Khmer": "សុភា",
}


@pytest.mark.parametrize("face", SCRIPTS)
def test_a_name_in_another_script_is_set_in_the_face_of_that_script(face: str) -> None:
    assert not unprintable(NAMES[face])
    assert scripts_of(f"Group 4, {NAMES[face]}") == [face]


@pytest.mark.parametrize("sign", ["\U0001f600", "中", "\u202e", "\u2066", "\x07", "\ud800", "\ue000", "\ufeff"])
def test_what_no_font_holds_or_what_turns_a_text_about_is_told(sign: str) -> None:
    assert unprintable(f"ama {sign}") == {sign}


@given(st.text(max_size=20))
def test_what_can_be_printed_has_a_glyph_in_one_of_the_faces(text: str) -> None:
    assert {ord(sign) for sign in set(text) - unprintable(text)} <= held(LATIN).union(*map(held, SCRIPTS))
