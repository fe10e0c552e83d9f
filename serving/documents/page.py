"""A list as one self-contained page, readable at 320 px and printed in black and white."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from serving.documents.content import content
from serving.languages import Language
from serving.line import OfficerList
from serving.settings import Settings

_TEMPLATES = Path(__file__).with_name("templates")


def as_page(page: OfficerList, language: Language, settings: Settings) -> str:
    """A list as a page that needs nothing from elsewhere and runs nothing."""
    said = content(page, language, settings)
    return pages(language).get_template("list.html").render(said=said, style=style()) + "\n"


@cache
def pages(language: Language) -> Environment:
    """Templates that speak a language."""
    loader = FileSystemLoader(_TEMPLATES)
    return language.speak_in(Environment(loader=loader, autoescape=True, undefined=StrictUndefined))


@cache
def style() -> Markup:
    """The one stylesheet, to stand in a page itself."""
    return Markup((_TEMPLATES / "style.css").read_text(encoding="utf-8"))  # noqa: S704 - our own stylesheet
