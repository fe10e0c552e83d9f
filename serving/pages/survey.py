"""The page of the exit survey: samples, why clients say they left, and how far the answers can be trusted."""

import re
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from features.errors import UsageError
from serving.analysis import of_answers
from serving.analysis.of_answers import AT
from serving.analysis.section import Section
from serving.api.errors import not_found
from serving.api.served import Served, TheServed
from serving.charts.chart import NARROW, WIDE, Chart
from serving.charts.pictures import Pictures
from serving.events import Event
from serving.pages.analysis_page import Analyst, lay_out
from serving.pages.chart_files import as_file, as_picture
from serving.pages.rendering import PAGES
from serving.pages.site import moment
from serving.survey import kept, model_agreement, samples
from serving.survey.agreement import interviews_compared
from serving.survey.interviewers import interviewers
from serving.survey.progress import progress
from serving.survey.reasons import LINKS, ReasonTable, reasons_of_sample, reasons_of_year
from serving.survey.samples import Sample

router = APIRouter(prefix=AT, **PAGES)

_PICTURES = Pictures()
#: A chart's address says what it is of: the first or last link, a year or a sample.
_NAME = re.compile("(root|last)-(year|sample)-([A-Za-z0-9][A-Za-z0-9._-]{0,39})")
_YEARS = 3

SampleAsked = Annotated[str, Query(max_length=40)]


@router.get("")
def survey(
    request: Request,
    shared: TheServed,
    person: Analyst,
    sample: SampleAsked = "",
    year: Annotated[int | None, Query(ge=1990, le=2100)] = None,
) -> Response:
    """Samples and what they say; else what those say who were asked in a year without being drawn."""
    newest = moment(shared).today.year
    asked = newest if year is None else year
    with shared.store.read() as connection:
        if sample:
            of = _sample(connection, sample)
            sections, answers = _of_sample(connection, of)
        else:
            of = None
            sections, answers = _of_year(connection, asked)
    shared.record(person, Event.SURVEY_VIEWED, sample, what="reasons", answers=answers)
    years = [(f"{AT}?year={each}", str(each), each == asked) for each in range(newest - _YEARS + 1, newest + 1)]
    return lay_out(
        request,
        shared,
        person,
        "/survey",
        sections,
        "survey.html",
        title=f"Sample {of.sample_id}" if of else "",
        ways=[] if of else years,
        of=sample,
        first=of.again_of if of else "",
        sub=of is not None,
    )


@router.get("/agreement")
def agreement(request: Request, shared: TheServed, person: Analyst, sample: SampleAsked = "") -> Response:
    """Whether what the data showed before clients left is what they say."""
    with shared.store.read() as connection:
        if sample:
            _sample(connection, sample)
        told, unsaid = model_agreement.said_before(connection, shared.home, sample)
    try:
        sections = list(of_answers.of_model(model_agreement.compare(told, unsaid)))
    except UsageError:
        sections = [Section("Does the data show what clients say?", _TOO_FEW)]
    shared.record(person, Event.SURVEY_VIEWED, sample, what="model", answers=len(told))
    title = f"Data and clients, sample {sample}" if sample else "Data and clients"
    return lay_out(request, shared, person, "/survey", sections, "survey.html", title=title, of="", first="", sub=True)


@router.get("/chart/{name}/{width}")
def chart(shared: TheServed, person: Analyst, name: str, width: int) -> Response:
    """The drawing of shares of reasons, for a narrow or a wide screen."""
    if width not in (NARROW, WIDE):
        raise not_found()
    found, answers = _named(shared, name)
    drawn = _PICTURES.of(found, width)
    shared.record(person, Event.SURVEY_VIEWED, what=f"chart {name}", answers=answers)
    return as_picture(drawn)


@router.get("/table/{name}")
def table(shared: TheServed, person: Analyst, name: str) -> Response:
    """Shares of reasons, for a spreadsheet."""
    found, answers = _named(shared, name)
    shared.record(person, Event.SURVEY_VIEWED, what=f"table {name}", answers=answers)
    return as_file(found)


_TOO_FEW = (
    "Both is known of fewer than 20 clients: what the data showed before they left, and what they say. Go on asking, "
    "and keep scores for longer than it takes until clients are asked."
)


def _of_year(connection: Connection, year: int) -> tuple[list[Section], int]:
    tables = [reasons_of_year(connection, year, link) for link in LINKS]
    found = [progress(connection, each) for each in samples.samples(connection)]
    asked = [each.answer for each in kept.of_year(connection, year) if not each.answer.sample_id]
    whom = f"Asked in {year}, drawn samples aside"
    charts = [_chart(link, "year", str(year), table, whom) for link, table in zip(LINKS, tables, strict=True)]
    sections = [of_answers.of_samples(found), *_with_notes(charts, tables[0])]
    return [*sections, of_answers.of_interviewers(interviewers(asked))], tables[0].answers


def _of_sample(connection: Connection, of: Sample) -> tuple[list[Section], int]:
    sections = [of_answers.of_samples([progress(connection, of)])]
    answers = [each.answer for each in kept.of_sample(connection, of.sample_id)]
    if of.again_of:
        again, count = [of], len(answers)
    else:
        tables = [reasons_of_sample(connection, of.sample_id, link) for link in LINKS]
        charts = [
            _chart(link, "sample", of.sample_id, table, f"Sample {of.sample_id}")
            for link, table in zip(LINKS, tables, strict=True)
        ]
        sections += _with_notes(charts, tables[0])
        again = [each for each in samples.samples(connection) if each.again_of == of.sample_id]
        count = tables[0].answers
    sections.append(of_answers.of_interviewers(interviewers(answers)))
    return sections + list(_of_interviews(connection, again)), count


def _of_interviews(connection: Connection, again: list[Sample]) -> Iterator[Section]:
    for each in again:
        try:
            found = interviews_compared(connection, each.sample_id)
        except UsageError:
            found = []
        yield of_answers.of_interviews(each.sample_id, found)


def _with_notes(charts: list[Chart], table: ReasonTable) -> list[Section]:
    if not table.shares:
        return [Section("Why clients say they left", charts[0].said), of_answers.of_footnotes(table)]
    return [*(Section.of(each, AT) for each in charts), of_answers.of_footnotes(table)]


def _chart(link: str, kind: str, of: str, table: ReasonTable, whom: str) -> Chart:
    return of_answers.of_reasons(f"{link}-{kind}-{of}", table, whom)


def _named(shared: Served, name: str) -> tuple[Chart, int]:
    """The chart of a name, and of how many answers it tells."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise not_found()
    link, kind, of = found.groups()
    with shared.store.read() as connection:
        if kind == "sample":
            if _sample(connection, of).again_of:
                raise not_found()
            table, whom = reasons_of_sample(connection, of, link), f"Sample {of}"
        elif of.isascii() and of.isdigit() and len(of) == len("2024"):
            table, whom = _year_table(connection, int(of), link), f"Asked in {of}, drawn samples aside"
        else:
            raise not_found()
    if not table.shares:
        raise not_found()
    return _chart(link, kind, of, table, whom), table.answers


def _year_table(connection: Connection, year: int, link: str) -> ReasonTable:
    try:
        return reasons_of_year(connection, year, link)
    except UsageError:
        raise not_found() from None


def _sample(connection: Connection, name: str) -> Sample:
    found = samples.sample(connection, name)
    if found is None:
        raise not_found()
    return found
