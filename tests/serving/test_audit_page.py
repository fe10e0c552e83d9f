"""The page of the manual about the audit log."""

import re
from pathlib import Path

from serving.audit_page import manual
from serving.cli_manual import pages
from serving.events import Event


def test_the_committed_page_is_the_generated_one() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "audit.md"

    assert page.read_text("utf-8") == manual() == pages()["audit.md"], "run `exitwatch manual docs`"


def test_every_event_is_described_with_its_details() -> None:
    rows = re.findall(r"^\| (\w+) \| (.+) \| (.+) \|$", manual(), re.MULTILINE)

    assert [name for name, *_ in rows if name != "event"] == [str(event) for event in Event]
    for event, (_, meaning, details) in zip(Event, [row for row in rows if row[0] != "event"], strict=True):
        assert meaning == event.meaning
        assert meaning.endswith(".")
        assert tuple(details.split(", ")) == (event.details or ("–",))
