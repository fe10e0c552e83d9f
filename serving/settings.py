"""Every setting of the working folder, each with its sentence. Read once and handed down."""

import tomllib
from datetime import time
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from features.errors import UsageError

#: No officer can be asked to see more clients in a week than this: `domain.md` 5.2, 30 to 60 minutes a visit.
LIST_CAP = 10


class Settings(BaseSettings):
    """What an MFI decides about its lists and its server.

    Values come from the environment (`EXITWATCH_LIST_LENGTH=6`), then from ``settings.toml`` in the working folder,
    then from the defaults below. How a model is trained is not a setting: that is a recipe.
    """

    model_config = SettingsConfigDict(env_prefix="EXITWATCH_", extra="forbid", frozen=True, validate_default=True)

    institution: str = Field(default="", max_length=80, description="Name printed at the head of every list.")
    list_length: int = Field(
        default=8,
        ge=1,
        le=LIST_CAP,
        description=f"Clients an officer is asked to see in a week; never more than {LIST_CAP}.",
    )
    desk_length: int = Field(
        default=40,
        ge=1,
        le=1000,
        description="Clients on the retention desk's list in a week, besides open complaints.",
    )
    rest_days: int = Field(
        default=14,
        ge=0,
        le=1096,
        description="Days after the last loan ended in which a resting client may still be listed; later a visit asks "
        "too late. Open complaints are listed whatever their age.",
    )
    lowest_band: Literal["high", "medium", "low"] = Field(
        default="low",
        description="Lowest band that is listed; `medium` leaves officers of quiet portfolios with short lists.",
    )
    band_high: float = Field(default=0.30, gt=0, lt=1, description="Risk from which a client is in band high.")
    band_medium: float = Field(default=0.12, gt=0, lt=1, description="Risk from which a client is in band medium.")
    cool_off_days: int = Field(
        default=28, ge=0, le=365, description="Days of peace after a visit, call or message that a list asked for."
    )
    contacts_per_loan: int = Field(
        default=3,
        ge=1,
        le=52,
        description="Contacts a list may ask for during one loan; after that the client is left alone.",
    )
    arrears_days: int = Field(
        default=1, ge=1, le=365, description="Days past due from which a client is in arrears and hears of no new loan."
    )
    many_loans: int = Field(
        default=3,
        ge=2,
        le=50,
        description="Open loans from which a client counts as over-indebted and hears of no new loan.",
    )
    reason_floor: float = Field(
        default=0.05, ge=0, description="Smallest contribution to the risk, in log-odds, that is spoken as a reason."
    )
    contact_from: time = Field(default=time(9, 0), description="Earliest hour of a contact, printed on every list.")
    contact_until: time = Field(default=time(18, 0), description="Latest hour of a contact, printed on every list.")
    chunk_clients: int = Field(
        default=50_000,
        ge=1,
        description="Clients scored at a time; fewer need less memory. Results do not depend on it.",
    )
    tokens_file: Path = Field(
        default=Path("tokens.json"), description="File of hashed access tokens, relative to the working folder."
    )
    host: str = Field(default="127.0.0.1", description="Address the server listens on; by default only this machine.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the server listens on.")
    history_weeks: int = Field(default=26, ge=1, le=520, description="Earlier scores shown with a client's risk.")
    request_bytes: int = Field(
        default=2_000_000, ge=1000, description="Largest request body the server reads, in bytes."
    )
    request_rows: int = Field(
        default=20_000, ge=1, description="Most rows one scoring request may carry, all tables together."
    )
    request_clients: int = Field(default=200, ge=1, description="Most clients one scoring request may carry.")
    request_seconds: float = Field(default=30.0, gt=0, description="Longest a scoring request may take, in seconds.")
    requests_at_once: int = Field(default=2, ge=1, le=64, description="Scoring requests worked on at the same time.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.band_high <= self.band_medium:
            raise ValueError(f"band_high={self.band_high!r} is not above band_medium={self.band_medium!r}")
        if self.contact_from >= self.contact_until:
            raise ValueError("contact_from is not before contact_until")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file; there are no dotenv files and no secret folders."""
        file = cls.model_config.get("toml_file")
        if file is None:
            return init_settings, env_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    def as_dict(self) -> dict[str, object]:
        """Plain values, as they are stored with every list."""
        return self.model_dump(mode="json")


#: Settings that decide what stands on a list; the others are about the server and the machine.
LIST_SETTINGS = (
    "institution",
    "list_length",
    "desk_length",
    "rest_days",
    "lowest_band",
    "band_high",
    "band_medium",
    "cool_off_days",
    "contacts_per_loan",
    "arrears_days",
    "many_loans",
    "reason_floor",
    "contact_from",
    "contact_until",
)


def load_settings(file: Path) -> Settings:
    """Settings of a working folder.

    Parameters
    ----------
    file
        ``settings.toml``; may be missing, then everything is the default or from the environment.

    Raises
    ------
    UsageError
        The file is not TOML, or a value cannot be used. The message names the setting and what it may be.
    """

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=file)

    try:
        return Settings(**FromFile().model_dump())
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file.name} is not TOML: {error}. Mend the line, or delete the file.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file.name} is not UTF-8. Save it as UTF-8, or delete the file.") from error
    except ValidationError as error:
        raise UsageError(_said(error, file)) from error


def as_toml() -> str:
    """A settings file in which every setting stands as a comment with its default."""
    lines = ["# Settings of exitwatch. Take the # away from a line to change it.", ""]
    for name, default in Settings.model_construct().model_dump(mode="json").items():
        lines += [f"# {Settings.model_fields[name].description}", f"# {name} = {_toml(default)}", ""]
    return "\n".join(lines)


def as_markdown() -> str:
    """Manual page of all settings.

    >>> "list_length" in as_markdown()
    True
    """
    head = [
        "# Settings",
        "",
        "`settings.toml` in the working folder; each can also be given in the environment as `EXITWATCH_` and its name",
        "in capitals. This page is written by `exitwatch manual`.",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    ]
    rows = [
        f"| {name} | `{_toml(default)}` | {Settings.model_fields[name].description} |"
        for name, default in Settings.model_construct().model_dump(mode="json").items()
    ]
    return "\n".join([*head, *rows, ""])


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _said(error: ValidationError, file: Path) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{file.name} has a setting {name!r} that does not exist; there are {', '.join(Settings.model_fields)}"
    what = str(first["msg"]).removeprefix("Value error, ")
    if not name:
        return f"the settings do not fit together: {what}. Change {file.name} or the environment."
    meaning = Settings.model_fields[name].description if name in Settings.model_fields else ""
    return f"setting {name}={first['input']!r} cannot be used: {what[:1].lower()}{what[1:]}. It means: {meaning}"
