"""The working folder: where everything lies."""

import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from features.measures.target_client import TargetRule, load_target
from serving.settings import Settings, as_toml, load_settings
from serving.store.database import Store, open_store
from serving.whole import FOLDER_OF_OWNER, said_as_storage_error, write_whole


@dataclass(frozen=True)
class Home:
    """The working folder.

    ::

        settings.toml           what the MFI decides
        target.toml             who is a target client, where the MFI says so (docs/measures.md)
        mlflow.db  mlartifacts/ training runs
        models/<hash>/          model bundles
        backtests/<hash>.json   how each model did on dates it had not seen
        promotions.jsonl        which model was promoted when, and on what evidence
        scores/<as_of>/         scores.parquet, features.parquet, facts.parquet, people.parquet, drivers.json,
                                driver_tables.json, context.json
        measures/<as_of>.json   how many left, by period and segment, small numbers hidden
        reports/<month>.pdf     one report a month
        features/<as_of>/       the figures behind scores that are themselves too old to be kept
        lists/<ISO week>/       lists.csv, index.html, manifest.json; per list a PDF, XLSX, CSV, text and page
        lists/superseded/       lists that a later run of the same week replaced
        exitwatch.db            accounts, lists as issued, outcomes, audit log (unless `database_url` names a server)
    """

    path: Path

    def create(self) -> "Home":
        """Make the folder, its owner's alone, and a settings file full of comments, where they are missing.

        Raises
        ------
        StorageError
            The folder cannot be written.
        """
        with said_as_storage_error(self.path):
            self.path.mkdir(FOLDER_OF_OWNER, parents=True, exist_ok=True)
            if not self.settings_file.exists():
                write_whole(self.settings_file, as_toml().encode())
        return self

    @property
    def settings_file(self) -> Path:
        """Where the settings stand."""
        return self.path / "settings.toml"

    @property
    def scores(self) -> Path:
        """One folder per scored date."""
        return self.path / "scores"

    @property
    def features(self) -> Path:
        """One folder per date whose scores retention has erased and whose figures it still keeps."""
        return self.path / "features"

    @property
    def measures(self) -> Path:
        """One file per measured date."""
        return self.path / "measures"

    @property
    def reports(self) -> Path:
        """One file per month."""
        return self.path / "reports"

    @property
    def lists(self) -> Path:
        """One folder per ISO week."""
        return self.path / "lists"

    @property
    def lock(self) -> Path:
        """Held by whoever writes scores or lists, or takes from them: one at a time."""
        return self.path / ".weekly.lock"

    def target(self) -> TargetRule | None:
        """Who is a target client; None where the MFI does not say.

        Raises
        ------
        UnreadableFile, RecipeError
            The rule cannot be understood.
        """
        file = self.path / "target.toml"
        return load_target(file) if file.exists() else None

    def settings(self) -> Settings:
        """The settings in force."""
        return load_settings(self.settings_file)

    def database_url(self, settings: Settings) -> str:
        """Address of the operational database: the settings', else a SQLite file of this folder."""
        return settings.database_url or f"sqlite:///{(self.path / 'exitwatch.db').absolute()}"

    def store(self, settings: Settings) -> Store:
        """The operational database, opened.

        Raises
        ------
        StorageError
            It cannot be reached, or its tables are of another version.
        """
        return open_store(self.database_url(settings))

    def tokens_file(self, settings: Settings) -> Path:
        """Where the hashed tokens stand."""
        return self.path / settings.tokens_file

    def scored_dates(self) -> list[date]:
        """Dates that have been scored, oldest first."""
        return sorted(day for name in _folders(self.scores) if (day := _as_date(name)) is not None)

    def measured_dates(self) -> list[date]:
        """Dates that have been measured, oldest first."""
        files = self.measures.glob("*.json") if self.measures.is_dir() else ()
        return sorted(day for file in files if (day := _as_date(file.stem)) is not None)

    def weeks(self) -> list[str]:
        """ISO weeks that have lists, oldest first."""
        return [name for name in _folders(self.lists) if is_week(name)]


def week_of(as_of: date) -> str:
    """ISO week of a list drawn at the end of `as_of`: the week of the next day, when the officer goes out.

    >>> week_of(date(2024, 6, 30)), week_of(date(2024, 7, 1))
    ('2024-W27', '2024-W27')
    """
    year, week, _ = (as_of + timedelta(days=1)).isocalendar()
    return f"{year}-W{week:02d}"


def is_week(text: str) -> bool:
    """Whether a text names an ISO week as `week_of` writes it.

    >>> is_week("2024-W27"), is_week("2024-W54"), is_week("../etc")
    (True, False, False)
    """
    if (
        len(text) != 8
        or text[4:6] != "-W"
        or not (text[:4] + text[6:]).isascii()
        or not (text[:4] + text[6:]).isdigit()
    ):
        return False
    try:
        date.fromisocalendar(int(text[:4]), int(text[6:]), 1)
    except ValueError:
        return False
    return True


def _folders(parent: Path) -> list[str]:
    try:
        with os.scandir(parent) as there:
            return sorted(entry.name for entry in there if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _as_date(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None
