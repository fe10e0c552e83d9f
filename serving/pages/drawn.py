"""A list drawn for somebody: as the page shows it, and as a phone keeps it."""

from dataclasses import dataclass, replace

from markupsafe import Markup
from sqlalchemy import Connection

from serving.access import Person, Role
from serving.api.served import Served
from serving.languages import Language
from serving.line import OfficerList
from serving.pages.document import Document, document
from serving.pages.found import form_to_clone
from serving.pages.list_view import ListView, Show, list_view
from serving.pages.rendering import rendered
from serving.pages.site import moment


@dataclass(frozen=True)
class Drawn:
    """A list in HTML.

    Parameters
    ----------
    html
        With what belongs to the session of whoever reads it.
    kept
        What a phone keeps, without that.
    """

    view: ListView
    html: Markup
    kept: Document


def drawn(
    connection: Connection,
    shared: Served,
    person: Person,
    language: Language,
    page: OfficerList,
) -> Drawn:
    """A list that somebody may see, drawn for them."""
    role = str(person.scope.role)
    plain = Show(page.list_id, page.check, enters=True, desk=person.scope.role is Role.DESK, csrf="")
    view = list_view(connection, page, language, shared.settings, moment(shared), plain, role)
    inner = rendered("_list.html", language, list=view)
    form = form_to_clone(language.code, role)
    kept = document(person.actor, language, page, view.title, f"{inner}{form}")
    if any(line.waiting for section in view.sections for line in section.lines):
        own = replace(view, show=replace(plain, csrf=person.csrf or ""))
        inner = rendered("_list.html", language, list=own)
    return Drawn(view, Markup(inner) + form, kept)  # noqa: S704 - made by our own templates, which escape
