"""All pages, and how they are put into the application."""

from fastapi import FastAPI

from serving.api.served import Served
from serving.pages import (
    accounts_page,
    audit_log,
    branch,
    desk,
    leaving_in_peace,
    officer,
    paper,
    phone,
    rights,
    sign_in,
)
from serving.pages.errors import add_error_pages

ROUTERS = tuple(
    part.router
    for part in (sign_in, phone, officer, paper, desk, branch, leaving_in_peace, rights, audit_log, accounts_page)
)


def add_pages(app: FastAPI, shared: Served) -> None:
    """Add every page to an application whose interface has its error handlers already."""
    for router in ROUTERS:
        app.include_router(router)
    add_error_pages(app, shared)
