"""The list as a page: the same as on paper, in the reader's language, needing nothing from elsewhere."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from officer_lists import AS_OF, bound, longest, officer_list

from serving.documents.content import content
from serving.documents.index import as_index
from serving.documents.page import as_page
from serving.languages import LANGUAGES, language
from serving.line import DESK
from serving.settings import Settings

ENGLISH = language("en")
SETTINGS = Settings(institution="Mwangaza Savings and Credit")
TONGUES = sorted(LANGUAGES)
#: As the issue of the first page was agreed: what a bad line carries.
LARGEST = 60_000


class Words(HTMLParser):
    """Text a reader sees, and the tags it stands in."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.skipping = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.skipping = tag in ("style", "title")
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if not self.skipping and data.strip():
            self.seen.append(" ".join(data.split()))


def read(html: str) -> Words:
    reader = Words()
    reader.feed(html)
    return reader


@pytest.mark.parametrize("code", TONGUES)
def test_a_page_says_everything_the_paper_says(code: str) -> None:
    page = officer_list(10, language=code)
    said = content(page, language(code), SETTINGS)
    found = read(as_page(page, language(code), SETTINGS))
    text = " | ".join(found.seen)

    expected = [said.title, said.who, said.institution, said.span, said.list_id, said.rule, said.valid, said.drawn]
    expected += [label for name, label in said.labels.items() if name not in ("page", "reasons")]
    expected += [meaning for pairs in (said.keys.kinds, said.keys.codes) for _, meaning in pairs]
    for section in said.sections:
        expected += [section.day, section.group]
    for entry in said.entries:
        spoken = entry.spoken
        expected += [spoken.name, spoken.band, spoken.action, spoken.avoid, spoken.news, spoken.meeting]
        expected += [entry.line.client_id, entry.village, entry.speaks, *entry.reasons, *entry.tags]
        expected += [part for fact in entry.facts for part in fact]
    assert [part for part in expected if " ".join(part.split()) not in text] == []
    assert ("html", {"lang": code}) in found.tags


def test_headings_lead_from_the_list_to_the_day_to_the_client() -> None:
    found = read(as_page(officer_list(8), ENGLISH, SETTINGS))
    levels = [int(tag[1]) for tag, _ in found.tags if re.fullmatch("h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert levels.count(3) == 8


def test_lines_bear_the_number_printed_on_paper() -> None:
    found = read(as_page(officer_list(8), ENGLISH, SETTINGS))

    assert [attrs["value"] for tag, attrs in found.tags if tag == "li" and "value" in attrs] == list("12345678")


@pytest.mark.parametrize("code", TONGUES)
def test_a_page_is_small_even_where_all_is_as_long_as_it_gets(code: str) -> None:
    assert len(as_page(longest(language(code)), language(code), SETTINGS).encode()) < LARGEST


def test_a_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    pages = [as_page(officer_list(8), ENGLISH, SETTINGS)]
    pages.append(as_index([officer_list(8)], "2024-W27", AS_OF, ENGLISH, SETTINGS))

    for html in pages:
        assert not re.search(r"<(script|link|img|iframe|form)|https?://|url\(|@import|\son\w+=", html)


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><b>evil', "{{ 7*7 }}", "</style><i>", "{% raw %}"])
def test_names_are_text_whatever_is_in_them(evil: str) -> None:
    line = officer_list(1).lines[0]
    hostile = replace(line, client_id=evil, card=replace(line.card, name=evil, village=evil, group=evil, phone=evil))
    page = replace(bound([hostile]), officer_name=evil, branch_name=evil, list_id=evil)

    for html in (
        as_page(page, ENGLISH, Settings(institution=evil)),
        as_index([page], "2024-W27", AS_OF, ENGLISH, Settings(institution=evil)),
    ):
        assert evil not in html or evil in ("{{ 7*7 }}", "{% raw %}")
        assert ">49<" not in html
        assert any(evil in text for text in read(html).seen)


def test_an_officers_page_does_not_tell_of_a_complaint_and_the_desks_does() -> None:
    line = officer_list(1, officer=DESK).lines[0]

    assert "open complaint" not in as_page(bound([line]), ENGLISH, SETTINGS)
    assert "open complaint" in as_page(bound([line], DESK), ENGLISH, SETTINGS)


def test_no_page_holds_a_risk() -> None:
    html = re.sub(r"<style>.*?</style>", "", as_page(officer_list(8), ENGLISH, SETTINGS), flags=re.DOTALL)

    assert not re.search(r"risk|margin|probab|0\.\d{3,}", html)


@pytest.mark.parametrize("code", TONGUES)
def test_the_weeks_front_page_links_every_file_of_every_list(code: str) -> None:
    lists = [officer_list(2, officer="o1", language=code), officer_list(2, officer="o2/ä", language=code)]
    html = as_index(lists, "2024-W27", AS_OF, language(code), SETTINGS)

    links = re.findall(r'href="([^"]+)"', html)
    assert links[:5] == [f"2024-W27-o1.{kind}" for kind in ("pdf", "html", "xlsx", "csv", "txt")]
    assert links[5] == "2024-W27-o2/%C3%A4.pdf"
    assert f'<html lang="{code}">' in html
