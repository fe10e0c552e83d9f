"""Tables of the operational database, the same on SQLite and PostgreSQL. Alembic makes them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zone, so every moment is kept and read back as UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """As it is kept. A moment without a time zone is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """As it is read."""
        return None if value is None else value.replace(tzinfo=UTC)


class Number(TypeDecorator[float]):
    """A number kept as the text that reads back as the same number, so that every database holds it digit for digit."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """As it is kept."""
        return None if value is None else repr(float(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> float | None:  # noqa: ARG002
        """As it is read."""
        return None if value is None else float(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = Text()
_CODE = String(40)

#: Small facts of this installation, such as the salt of pseudonyms and the key that signs lists.
facts = Table("facts", metadata, Column("name", _CODE, primary_key=True), Column("value", Text, nullable=False))

#: People who sign in.
accounts = Table(
    "accounts",
    metadata,
    Column("username", String(80), primary_key=True),
    Column("display_name", String(120), nullable=False, default=""),
    Column("role", _CODE, nullable=False),
    Column("of", _ID, nullable=False, default=""),
    Column("language", String(10), nullable=False, default=""),
    Column("password_hash", Text, nullable=True),
    Column("oidc_subject", String(300), nullable=True, unique=True),
    Column("active", Boolean, nullable=False, default=True),
    Column("failed", Integer, nullable=False, default=0),
    Column("locked_until", Moment, nullable=True),
    Column("password_changed_at", Moment, nullable=True),
    Column("created_at", Moment, nullable=False),
)

#: Who is signed in: the hash of the cookie, never the cookie.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("username", ForeignKey("accounts.username", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

#: Browsers on which somebody has signed in before: the hash of a cookie, never the cookie.
devices = Table(
    "devices",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("username", ForeignKey("accounts.username", ondelete="CASCADE"), primary_key=True, index=True),
    Column("failed", Integer, nullable=False, default=0),
    Column("locked_until", Moment, nullable=True),
    Column("expires_at", Moment, nullable=False),
)

#: Sign-ins that were sent to the OpenID Connect provider and have not come back: each is good once.
openid_tries = Table(
    "openid_tries",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(128), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("back_to", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
)

#: Machines' way in: the hash of a token, never the token.
tokens = Table(
    "tokens",
    metadata,
    Column("name", _CODE, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scope", String(240), nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("created_at", Moment, nullable=False),
)

#: Who saw, exported and changed what. Rows are only ever added; triggers refuse anything else.
audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("role", _CODE, nullable=False),
    Column("event", _CODE, nullable=False, index=True),
    Column("subject", String(300), nullable=False, default="", index=True),
    Column("detail", Text, nullable=False, default="{}"),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
)

#: A week's lists, each time they were drawn anew. The newest revision of a week is the one in force.
issues = Table(
    "issues",
    metadata,
    Column("issue_id", Integer, primary_key=True),
    Column("week", String(8), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("model_version", String(64), nullable=False),
    Column("book_digest", String(64), nullable=False),
    Column("last_week", String(8), nullable=False, default=""),
    Column("settings", JSON, nullable=False),
    Column("files", JSON, nullable=False),
    Column("software", _CODE, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("issued_at", Moment, nullable=False),
    UniqueConstraint("week", "revision"),
)

#: One officer's list, or the desk's, and the SHA-256 of each file made of it. `check` is printed behind the list's id,
#: so that what is typed in from paper is never booked on another list, nor on an earlier draw of the same one.
lists = Table(
    "lists",
    metadata,
    Column("issue_id", ForeignKey("issues.issue_id", ondelete="CASCADE"), primary_key=True),
    Column("list_id", _ID, primary_key=True),
    Column("officer_id", _ID, nullable=False, index=True),
    Column("officer_name", String(200), nullable=False),
    Column("branch_id", _ID, nullable=False, index=True),
    Column("branch_name", String(200), nullable=False),
    Column("language", String(10), nullable=False),
    Column("check", String(4), nullable=False),
    Column("files", JSON, nullable=False),
)

#: One client on one list. `content` is what `serving.line` writes: codes and figures, in no language.
lines = Table(
    "lines",
    metadata,
    Column("issue_id", Integer, primary_key=True),
    Column("list_id", _ID, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("client_id", _ID, nullable=False, index=True),
    Column("content", JSON(none_as_null=True), nullable=True),
    Column("erased_at", Moment, nullable=True),
)
Index("ix_lines_issue_id_client_id", lines.c.issue_id, lines.c.client_id)

#: What the lot said of a unit (a client, a household or a group) when it would have been listed for the first time:
#: listed or left out, from when until when. Written before the lists of the week exist, never changed.
allocations = Table(
    "allocations",
    metadata,
    Column("stratum", Text, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("unit", _ID, nullable=False, index=True),
    Column("client_id", _ID, nullable=False, index=True),
    Column("arm", _CODE, nullable=False),
    Column("share", Number, nullable=False),
    Column("week", String(8), nullable=False),
    Column("from_on", Date, nullable=False, index=True),
    Column("until_on", Date, nullable=False, index=True),
    Column("officer_id", _ID, nullable=False),
    Column("branch_id", _ID, nullable=False),
    Column("band", _CODE, nullable=False),
    Column("risk", Number, nullable=False),
    Column("action", _CODE, nullable=False, server_default=""),
    Column("drawn_at", Moment, nullable=False),
)

#: A part of the clients whose lists stopped because contact seemed to make more of them leave, and the decision to let
#: them begin again. `segment` is a column of the lot's log such as band, or all; nobody's row is here.
stops = Table(
    "stops",
    metadata,
    Column("segment", _CODE, primary_key=True),
    Column("value", _ID, primary_key=True),
    Column("stopped_on", Date, primary_key=True),
    Column("since_on", Date, nullable=False),
    Column("clients", Integer, nullable=False),
    Column("held_out", Integer, nullable=False),
    Column("effect", Number, nullable=False),
    Column("low", Number, nullable=False),
    Column("said", Text, nullable=False),
    Column("stopped_at", Moment, nullable=False),
    Column("lifted_on", Date, nullable=True),
    Column("lifted_by", String(120), nullable=True),
    Column("why", Text, nullable=False, default=""),
    Column("changed", Text, nullable=False, default=""),
    Column("lifted_at", Moment, nullable=True),
)

#: What stands for a client who was erased, in rows that are kept for their counts; what follows it no two rows share.
NOBODY = "erased:"

#: What was found. An outcome is never changed; a later one replaces it, and a conflict waits for a person.
outcomes = Table(
    "outcomes",
    metadata,
    Column("outcome_id", String(36), primary_key=True),
    Column("list_id", _ID, nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("client_id", _ID, nullable=False, index=True),
    Column("officer_id", _ID, nullable=False),
    Column("branch_id", _ID, nullable=False, index=True),
    Column("status", _CODE, nullable=False),
    Column("replaces", String(36), nullable=True),
    Column("entered_by", String(120), nullable=False),
    Column("entered_role", _CODE, nullable=False),
    Column("channel", _CODE, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_on", Date, nullable=False, index=True),
    Column("happened_on", Date, nullable=False),
    Column("kind", _CODE, nullable=False),
    Column("code", _CODE, nullable=False),
    Column("reasons", String(200), nullable=False, default=""),
    Column("promised_on", Date, nullable=True),
    Column("do_not_contact", Boolean, nullable=False, default=False),
    Column("wrong", Boolean, nullable=False, default=False),
    Column("override", Text, nullable=False, default=""),
    Column("note", Text, nullable=False, default=""),
    Column("accepted_on", Date, nullable=True),
    Column("replaced_at", Moment, nullable=True),
    Column("replaced_on", Date, nullable=True),
    Column("settled_by", String(120), nullable=True),
    Column("settled_at", Moment, nullable=True),
)

Index(
    "uq_outcomes_accepted",
    outcomes.c.list_id,
    outcomes.c.client_id,
    unique=True,
    sqlite_where=outcomes.c.status == "accepted",
    postgresql_where=outcomes.c.status == "accepted",
)

#: Peace that somebody asked for or is owed: nobody under a hold is listed.
holds = Table(
    "holds",
    metadata,
    Column("hold_id", String(36), primary_key=True),
    Column("kind", _CODE, nullable=False),
    Column("reach", _CODE, nullable=False, index=True),
    Column("target", _ID, nullable=False, index=True),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=True),
    Column("note", Text, nullable=False, default=""),
    Column("outcome_id", String(36), nullable=True),
    Column("entered_by", String(120), nullable=False),
    Column("entered_at", Moment, nullable=False),
    Column("lifted_by", String(120), nullable=True),
    Column("lifted_at", Moment, nullable=True),
    Column("lifted_on", Date, nullable=True),
)

#: A line the desk gave to a branch.
handovers = Table(
    "handovers",
    metadata,
    Column("handover_id", String(36), primary_key=True),
    Column("list_id", _ID, nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("client_id", _ID, nullable=False, index=True),
    Column("branch_id", _ID, nullable=False, index=True),
    Column("note", Text, nullable=False, default=""),
    Column("handed_by", String(120), nullable=False),
    Column("handed_at", Moment, nullable=False),
    Column("done_by", String(120), nullable=True),
    Column("done_at", Moment, nullable=True),
)

#: What a client asked to have put right, until the MFI's own system says the same.
corrections = Table(
    "corrections",
    metadata,
    Column("correction_id", String(36), primary_key=True),
    Column("client_id", _ID, nullable=False, index=True),
    Column("what", _CODE, nullable=False),
    Column("value", Text, nullable=False),
    Column("entered_by", String(120), nullable=False),
    Column("entered_at", Moment, nullable=False),
)

#: A random sample of leavers, with the plan it was drawn by; one of clients to be asked once more names the first.
survey_samples = Table(
    "survey_samples",
    metadata,
    Column("sample_id", _CODE, primary_key=True),
    Column("again_of", _CODE, nullable=True),
    Column("plan", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("drawn_by", String(120), nullable=False),
    Column("drawn_at", Moment, nullable=False),
    Column("drawn_on", Date, nullable=False, index=True),
)

#: One client of a sample. `peace` says why she was never handed out to an interviewer; empty while nothing forbids it.
survey_sampled = Table(
    "survey_sampled",
    metadata,
    Column("sample_id", _CODE, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("client_id", _ID, nullable=False, index=True),
    Column("stratum", Text, nullable=False),
    Column("officer_id", _ID, nullable=False, default=""),
    Column("left_on", Date, nullable=False),
    Column("leaver_type", _CODE, nullable=False),
    Column("handed_on", Date, nullable=True),
    Column("peace", _CODE, nullable=False, default=""),
)

#: What a client said when she left. Without consent only that she refused. Never changed; a later one replaces it.
survey_answers = Table(
    "survey_answers",
    metadata,
    Column("answer_id", String(36), primary_key=True),
    Column("client_id", _ID, nullable=False, index=True),
    Column("sample_id", _CODE, nullable=False, default="", index=True),
    Column("consent", Boolean, nullable=False),
    Column("interviewed_on", Date, nullable=False),
    Column("interviewer", String(120), nullable=False, default=""),
    Column("interviewer_role", _CODE, nullable=False, default=""),
    Column("left_on", Date, nullable=True),
    Column("leaver_type", _CODE, nullable=False, default=""),
    Column("reasons", String(200), nullable=False, default=""),
    Column("private_consent", Boolean, nullable=False, default=False),
    Column("would_return", _CODE, nullable=False, default=""),
    Column("return_on", Date, nullable=True),
    Column("would_recommend", _CODE, nullable=False, default=""),
    Column("kept_by", _CODE, nullable=False, default=""),
    Column("since", _CODE, nullable=False, default=""),
    Column("language", String(10), nullable=False, default=""),
    Column("place", _CODE, nullable=False, default=""),
    Column("story", Text, nullable=False, default=""),
    Column("replaces", String(36), nullable=True),
    Column("entered_by", String(120), nullable=False),
    Column("entered_role", _CODE, nullable=False),
    Column("channel", _CODE, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_on", Date, nullable=False, index=True),
    Column("replaced_on", Date, nullable=True),
)

#: Figures of indicators, uploaded or computed, each with its interval where it has one: decimal numbers as text.
indicator_values = Table(
    "indicator_values",
    metadata,
    Column("value_id", String(36), primary_key=True),
    Column("indicator", _CODE, nullable=False, index=True),
    Column("segment", String(200), nullable=False, default=""),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    Column("value", _CODE, nullable=False),
    Column("low", _CODE, nullable=True),
    Column("high", _CODE, nullable=True),
    Column("people", Integer, nullable=True),
    Column("source", String(200), nullable=False),
    Column("measured_by", String(120), nullable=False),
    Column("entered_by", String(120), nullable=False),
    Column("entered_at", Moment, nullable=False),
    Column("replaced_at", Moment, nullable=True),
)

#: What was found out about why clients leave, and what became of it.
findings = Table(
    "findings",
    metadata,
    Column("finding_id", String(36), primary_key=True),
    Column("finding", Text, nullable=False),
    Column("owner", String(120), nullable=False),
    Column("stage", _CODE, nullable=False, index=True),
    Column("since_on", Date, nullable=False),
    Column("due_on", Date, nullable=True),
    Column("decision", Text, nullable=False, default=""),
    Column("change", Text, nullable=False, default=""),
    Column("told", Text, nullable=False, default=""),
    Column("effect", JSON(none_as_null=True), nullable=True),
    Column("entered_by", String(120), nullable=False),
    Column("entered_at", Moment, nullable=False),
)

#: Each step of a finding, with its note. Rows are only ever added.
finding_moves = Table(
    "finding_moves",
    metadata,
    Column("finding_id", String(36), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("stage", _CODE, nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("moved_by", String(120), nullable=False),
    Column("moved_at", Moment, nullable=False),
)
