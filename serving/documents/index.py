"""The week's front page for the branch office: which lists there are, and the files of each."""

from collections.abc import Sequence
from datetime import date, timedelta

from serving.documents.page import pages, style
from serving.languages import Language
from serving.line import OfficerList
from serving.settings import Settings


def as_index(lists: Sequence[OfficerList], week: str, as_of: date, language: Language, settings: Settings) -> str:
    """One self-contained page that links to every list of a week."""
    text = (
        pages(language)
        .get_template("index.html")
        .render(
            lists=lists,
            week=week,
            as_of=as_of,
            first=as_of + timedelta(days=1),
            last=as_of + timedelta(days=7),
            institution=settings.institution,
            style=style(),
        )
    )
    return text + "\n"
