"""The command that writes the generated pages of the manual."""

from pathlib import Path
from typing import Annotated

import typer

from serving.cli_terminal import say


def manual(directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the pages.")]) -> None:
    """Write the manual pages that are made from code: audit, book, features, outcomes, settings."""
    from serving.whole import write_whole

    for name, text in pages().items():
        file = directory / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            write_whole(file, text.encode())
        say(str(file))


def pages() -> dict[str, str]:
    """Every generated page: file name to text."""
    from features import catalogue_page, schema
    from serving import audit_page, outcome_page, settings

    return {
        "audit.md": audit_page.manual(),
        "book.md": schema.manual(),
        "features.md": catalogue_page.manual(),
        "outcomes.md": outcome_page.manual(),
        "settings.md": settings.as_markdown(),
    }
