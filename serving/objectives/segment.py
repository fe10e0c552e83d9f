"""Part of the clients, named by what they are today: ``area=rural, client_type=microenterprise``."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from features.book import Book
from features.errors import MissingColumn, UsageError
from features.measures.target_client import TargetRule, load_target, members
from serving.given import printable

#: The institution's own rule says who is a target client; it stands in `RULE_FILE` of the working folder.
TARGET, RULE_FILE = "target", "target.toml"
#: By what clients can be told apart here. What is audit-only is for reports on fairness and not for targets, unless the
#: institution's own rule names it.
ATTRIBUTES: tuple[str, ...] = ("area", "client_type", "branch_id", TARGET)
_WORDS: Mapping[str, tuple[str, ...]] = {
    "area": ("rural", "urban"),
    "client_type": ("microenterprise", "individual"),
    TARGET: ("yes", "no"),
}
_LONGEST = 100


@dataclass(frozen=True)
class Segment:
    """Clients who are so; without any attribute all of them.

    Examples
    --------
    >>> Segment.of_text("client_type=individual, area=rural").text
    'area=rural,client_type=individual'
    """

    attributes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, attributes: Mapping[str, object]) -> "Segment":
        """The segment of some attributes.

        Raises
        ------
        UsageError
            An attribute or its value is none.
        """
        for name, value in attributes.items():
            if name not in ATTRIBUTES:
                raise UsageError(f"a segment is made of {', '.join(ATTRIBUTES)}; {name!r} is none of them")
            words = _WORDS.get(name)
            if words is not None and value not in words:
                raise UsageError(f"{name} is {' or '.join(words)}")
            if not isinstance(value, str) or not 0 < len(value) <= _LONGEST or not printable(value) or "," in value:
                raise UsageError(f"{name} needs a value of at most {_LONGEST} signs without commas")
        return cls(tuple(sorted((name, str(value)) for name, value in attributes.items())))

    @classmethod
    def of_text(cls, text: str) -> "Segment":
        """The segment that a text names; an empty text names everybody.

        Raises
        ------
        UsageError
            It names none.
        """
        parts = [part.partition("=") for part in text.split(",") if part.strip()]
        if any(not sign for _, sign, _ in parts):
            raise UsageError("write a segment as area=rural,client_type=individual, or leave it empty for everybody")
        return cls.of({name.strip(): value.strip() for name, _, value in parts})

    @property
    def text(self) -> str:
        """As `of_text` reads it."""
        return ",".join(f"{name}={value}" for name, value in self.attributes)

    @property
    def branch_id(self) -> str:
        """The branch it is part of; empty where it reaches over branches."""
        return dict(self.attributes).get("branch_id", "")

    @property
    def by_rule(self) -> bool:
        """Whether the rule of target clients says who belongs to it."""
        return TARGET in dict(self.attributes)

    def clients(self, book: Book, rule: TargetRule | None = None) -> frozenset[str] | None:
        """Who belongs to it today; None is everybody.

        Parameters
        ----------
        rule
            Who is a target client, where the segment asks for that.

        Raises
        ------
        MissingColumn
            The book does not say which clients are so.
        UsageError
            It asks for target clients, and there is no rule.
        """
        if not self.attributes:
            return None
        people = book.current_clients()
        for name, value in self.attributes:
            if name == TARGET:
                if rule is None:
                    raise UsageError(
                        f"segment {self.text!r} needs the rule of target clients: write {RULE_FILE} into the working "
                        "folder; docs/measures.md shows how"
                    )
                people = people[people["client_id"].isin(members(book, rule, target=value == "yes"))]
                continue
            if not book.has(f"clients.{name}"):
                raise MissingColumn(f"table 'clients' has no column {name!r}, so segment {self.text!r} is not known")
            people = people[people[name] == value]
        return frozenset(map(str, people["client_id"]))


def rule_of(folder: Path) -> TargetRule | None:
    """The rule of target clients in a working folder; None where there is none.

    Raises
    ------
    UnreadableFile, RecipeError
        The file is no such rule.
    """
    file = folder / RULE_FILE
    return load_target(file) if file.exists() else None
