"""All pages, and how they are put into the application."""

import os

from fastapi import FastAPI

from serving.api.served import Served
from serving.oidc import OpenID
from serving.pages import (
    accounts_page,
    analysis,
    analysis_drivers,
    analysis_effect,
    audit_log,
    branch,
    desk,
    findings_entry,
    handed,
    leaving_in_peace,
    objectives,
    officer,
    openid,
    paper,
    phone,
    reports,
    rights,
    sign_in,
    survey,
    survey_entry,
    visits,
)
from serving.pages.drawn import Drawings
from serving.pages.errors import add_error_pages
from serving.settings import OIDC_SECRET

_PARTS = (
    sign_in,
    openid,
    phone,
    officer,
    paper,
    desk,
    branch,
    visits,
    analysis,
    objectives,
    findings_entry,
    survey,
    survey_entry,
    reports,
    analysis_drivers,
    analysis_effect,
    handed,
    leaving_in_peace,
    rights,
    audit_log,
    accounts_page,
)


def add_pages(app: FastAPI, shared: Served) -> None:
    """Add every page to an application whose interface has its error handlers already."""
    app.state.openid = OpenID(shared.settings, os.environ.get(OIDC_SECRET))
    app.state.drawings = Drawings()
    for part in _PARTS:
        app.include_router(part.router)
    add_error_pages(app, shared)
