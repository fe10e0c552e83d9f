"""`docs/results.md`, written by the studies and never by hand: each study owns one section."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "results.md"

HEAD = """# Results

Written by the studies that measured them; each section names its command. Intervals are 95 %, drawn over clients.
The claim is always "beats the best simple rule by so much", never a bare AUC.
"""


def write(section: str, title: str, body: str, page: Path = PAGE) -> None:
    """Put a section in the place of the one of that name, or at the end."""
    begin, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
    text = page.read_text(encoding="utf-8") if page.exists() else HEAD
    block = f"{begin}\n## {title}\n\n{body.strip()}\n{end}"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    text = pattern.sub(lambda _: block, text) if pattern.search(text) else f"{text.rstrip()}\n\n{block}\n"
    page.write_text(text, encoding="utf-8")


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
