"""A list drawn for somebody: as the page shows it, and as a phone keeps it. What was drawn is drawn once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from threading import Lock

from fastapi import Request
from markupsafe import Markup
from sqlalchemy import Connection

from serving.access import Person, Role
from serving.api.served import Served
from serving.issued import Issue
from serving.languages import Language
from serving.line import OfficerList
from serving.pages.document import Document, document
from serving.pages.found import form_to_clone
from serving.pages.list_view import ListView, Show, hours_now, list_view
from serving.pages.rendering import rendered
from serving.pages.site import moment
from serving.pages.state import State, state_of
from serving.pages.week_plan import WeekPlan, proposed

#: Drawn lists that are held: some 70 KB each, so about what one picture takes.
_HELD = 300


@dataclass(frozen=True)
class Drawn:
    """A list in HTML.

    Parameters
    ----------
    html
        The list and its form, without anything that belongs to a session.
    kept
        What a phone keeps of it.
    plan
        What the plan proposes for its week; None where there is none.
    """

    state: State
    view: ListView
    plan: WeekPlan | None
    html: Markup
    kept: Document


class Drawings:
    """Lists that were drawn before. A list that looks alike is found again; nothing else is ever given out."""

    def __init__(self) -> None:
        self._held: OrderedDict[Hashable, Drawn] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Drawn]) -> Drawn:
        """What was drawn under a key, or is drawn now."""
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
                return found
        made = make()
        with self._lock:
            self._held[key] = made
            while len(self._held) > _HELD:
                self._held.popitem(last=False)
        return made


def drawn(
    connection: Connection,
    request: Request,
    shared: Served,
    person: Person,
    language: Language,
    page: OfficerList,
    planned: Issue | None = None,
) -> Drawn:
    """A list that somebody may see, drawn for them.

    Parameters
    ----------
    planned
        The newest lists, where the page is one of them and its reader's own: then its plan stands above it.
    """
    now, role = moment(shared), str(person.scope.role)
    state = state_of(connection, page, role, now.today, language, shared.settings)
    plan = None if planned is None else proposed(shared, planned, state, language)

    def make() -> Drawn:
        show = Show(page.list_id, page.check, enters=True, desk=person.scope.role is Role.DESK, csrf="")
        view = list_view(state, language, shared.settings, now, show)
        form = form_to_clone(language.code, role)
        here = rendered("_list.html", language, list=view, plan=plan)
        anytime = rendered("_list.html", language, list=replace(view, show=replace(show, anytime=True)), plan=plan)
        kept = document(person.actor, language, page, view.title, f"{anytime}{form}")
        return Drawn(state, view, plan, Markup(here) + form, kept)  # noqa: S704 - made by our own templates, which escape

    drawings: Drawings = request.app.state.drawings
    hours = hours_now(state.page, shared.settings, now)
    return drawings.get((person.actor, role, language.code, now.today, hours, state, plan), make)


def with_forms(made: Drawn, person: Person, language: Language) -> Markup:
    """The list as somebody reads it: where entries wait for a decision, with forms that are theirs alone."""
    if not made.state.waiting:
        return made.html
    view = replace(made.view, show=replace(made.view.show, csrf=person.csrf or ""))
    form = form_to_clone(language.code, str(person.scope.role))
    return Markup(rendered("_list.html", language, list=view, plan=made.plan)) + form  # noqa: S704 - made by our own templates
