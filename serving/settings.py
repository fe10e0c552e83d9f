"""Every setting of the working folder, each with its sentence. Read once and handed down."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource
from pydantic_settings.exceptions import SettingsError

from features.errors import UsageError
from serving.list_settings import LIST_CAP, ListSettings
from serving.visit_settings import VisitSettings

__all__ = ["LIST_CAP", "LIST_SETTINGS", "Settings", "as_markdown", "as_toml", "load_settings"]

#: The secret of single sign-on is read from here and stands in no file.
OIDC_SECRET = "EXITWATCH_OIDC_CLIENT_SECRET"  # noqa: S105


class Settings(VisitSettings):
    """What an MFI decides about its lists and its server.

    Values come from the environment (`EXITWATCH_LIST_LENGTH=6`), then from ``settings.toml`` in the working folder,
    then from the defaults below. How a model is trained is not a setting: that is a recipe.
    """

    model_config = SettingsConfigDict(env_prefix="EXITWATCH_", extra="forbid", frozen=True, validate_default=True)

    chunk_clients: int = Field(
        default=50_000,
        ge=1,
        description="Clients scored at a time; fewer need less memory. Results do not depend on it.",
    )
    holdout_seed: str = Field(
        default="",
        max_length=200,
        description="Words from which the lot draws who is left out of lists, the same ones each time it is repeated; "
        "empty lets chance choose them once. Not shown to anybody who acts on lists, and fixed from the first draw on.",
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

    database_url: str = Field(
        default="",
        description="Address of the operational database, such as `postgresql://exitwatch@db.example/exitwatch`; empty "
        "means the SQLite file exitwatch.db in the working folder. An address with a password belongs in the "
        "environment.",
    )
    timezone: str = Field(
        default="UTC",
        description="Time zone in which a day begins and ends, by its IANA name such as `Africa/Nairobi`.",
    )
    session_hours: int = Field(
        default=12, ge=1, le=720, description="Hours without use after which a person has to sign in again."
    )
    lock_out_tries: int = Field(
        default=5, ge=1, le=100, description="Wrong passwords in a row after which an account is locked for a while."
    )
    lock_out_minutes: int = Field(default=15, ge=1, le=1440, description="Minutes a locked account stays locked.")
    password_length: int = Field(default=12, ge=8, le=128, description="Fewest characters of a password.")
    cookie_secure: Literal["auto", "always", "never"] = Field(
        default="auto",
        description="Whether the cookie of a session is sent over HTTPS alone; `auto` means always but for this very "
        "machine.",
    )
    oidc_issuer: str = Field(
        default="",
        description="Address of an OpenID Connect provider through which people may sign in; empty means there is "
        f"none. The client's secret is read from the environment, from {OIDC_SECRET}.",
    )
    oidc_client_id: str = Field(default="", description="What this server is called at the provider.")
    oidc_role_claim: str = Field(
        default="exitwatch_role", min_length=1, description="Claim that holds a person's role here."
    )
    oidc_scope_claim: str = Field(
        default="exitwatch_of",
        min_length=1,
        description="Claim that holds the officer's id or the manager's branch.",
    )
    keep_scores_months: int = Field(default=13, ge=1, le=240, description="Months for which scores and lists are kept.")
    keep_features_months: int = Field(
        default=36, ge=1, le=240, description="Months for which the figures behind scores are kept."
    )
    keep_outcomes_months: int = Field(default=36, ge=1, le=240, description="Months for which what was found is kept.")
    keep_survey_months: int = Field(
        default=36, ge=1, le=240, description="Months for which answers of the exit survey and its samples are kept."
    )
    keep_audit_months: int = Field(
        default=60, ge=1, le=240, description="Months for which the audit log keeps who saw and changed what."
    )
    keep_by_law_months: int = Field(
        default=0,
        ge=0,
        le=240,
        description="Months for which a law obliges the institution to keep what was found; until then a client's wish "
        "to be erased is refused and told the day. 0 where there is no such law.",
    )
    keep_by_law: str = Field(default="", max_length=200, description="That law, by its name: the client is told it.")

    @field_validator("timezone")
    @classmethod
    def _is_a_time_zone(cls, name: str) -> str:
        try:
            # A machine without a table of time zones still knows what UTC is.
            if name != "UTC":
                ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("it is not the name of a time zone, such as Africa/Nairobi or Asia/Kolkata") from None
        return name

    @model_validator(mode="after")
    def _server_in_order(self) -> Self:
        if bool(self.oidc_issuer) != bool(self.oidc_client_id):
            raise ValueError("oidc_issuer and oidc_client_id are given both or neither")
        if bool(self.keep_by_law_months) != bool(self.keep_by_law):
            raise ValueError("keep_by_law and keep_by_law_months are given both or neither")
        if self.keep_by_law_months > self.keep_outcomes_months:
            raise ValueError("keep_by_law_months is longer than keep_outcomes_months, so the law would be broken")
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


#: Settings that decide what stands on a list or how it looks; the others are about the server and the machine.
LIST_SETTINGS = tuple(ListSettings.model_fields)


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
    except SettingsError as error:
        # What stands in the environment may be a secret: it is not repeated.
        raise UsageError(
            f"{error}. A table in the environment is written as JSON, such as '{{\"O12\": 4}}'."
        ) from error
    except ValidationError as error:
        raise UsageError(_said(error, file)) from error


def as_toml() -> str:
    """A settings file in which every setting stands as a comment with its default; tables come last, as TOML asks."""
    lines = ["# Settings of exitwatch. Take the # away from a line to change it.", ""]
    defaults = Settings.model_construct().model_dump(mode="json")
    for name, default in sorted(defaults.items(), key=lambda each: isinstance(each[1], dict)):
        field = Settings.model_fields[name]
        lines += [f"# {field.description}"]
        if isinstance(default, dict):
            lines += [f"# [{name}]", *(f"#   {row}" for example in field.examples or () for row in _rows(example)), ""]
        else:
            lines += [f"# {name} = {_toml(default)}", ""]
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


def _rows(table: Mapping[str, object]) -> list[str]:
    return [f"{key} = {_toml(value)}" for key, value in table.items()]


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(_rows(value))}}}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _said(error: ValidationError, file: Path) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"{file.name} has a setting {name!r} that does not exist; there are {', '.join(Settings.model_fields)}"
    what = str(first["msg"]).removeprefix("Value error, ")
    if not name:
        return f"the settings do not fit together: {what}. Change {file.name} or the environment."
    meaning = Settings.model_fields[str(first["loc"][0])].description
    # An address of a database may hold a password.
    shown = name if name == "database_url" else f"{name}={first['input']!r}"
    return f"setting {shown} cannot be used: {what[:1].lower()}{what[1:]}. It means: {meaning}"
