"""A real browser, and a real server on this machine for it to look at."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.types import ASGIApp

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def program() -> str | None:
    """Where Chromium lies; None where it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, with an empty profile."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program(), args=list(FLAGS))
        yield started
        started.close()


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """Address of a server over an application, on a port of its own."""
    config = uvicorn.Config(app, port=0, log_level="critical", lifespan="off", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


def settled(page: Page) -> None:
    """Wait until the page's script has done what it begins with."""
    expect(page.locator("body")).to_have_attribute("data-ready", "yes")


def kept_for_later(page: Page) -> None:
    """Wait until the phone would show the list without a network."""
    settled(page)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
