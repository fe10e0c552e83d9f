"""Lists, the lot, what was found and the peace of clients."""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from serving.store.columns import CODE, ID, Moment, Number, metadata

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
    Column("software", CODE, nullable=False),
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
    Column("list_id", ID, primary_key=True),
    Column("officer_id", ID, nullable=False, index=True),
    Column("officer_name", String(200), nullable=False),
    Column("branch_id", ID, nullable=False, index=True),
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
    Column("list_id", ID, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("client_id", ID, nullable=False, index=True),
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
    Column("unit", ID, nullable=False, index=True),
    Column("client_id", ID, nullable=False, index=True),
    Column("arm", CODE, nullable=False),
    Column("share", Number, nullable=False),
    Column("week", String(8), nullable=False),
    Column("from_on", Date, nullable=False, index=True),
    Column("until_on", Date, nullable=False, index=True),
    Column("officer_id", ID, nullable=False),
    Column("branch_id", ID, nullable=False),
    Column("band", CODE, nullable=False),
    Column("risk", Number, nullable=False),
    Column("action", CODE, nullable=False, server_default=""),
    Column("drawn_at", Moment, nullable=False),
)

#: A part of the clients whose lists stopped because contact seemed to make more of them leave, and the decision to let
#: them begin again. `segment` is a column of the lot's log such as band, or all; nobody's row is here.
stops = Table(
    "stops",
    metadata,
    Column("segment", CODE, primary_key=True),
    Column("value", ID, primary_key=True),
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
    Column("list_id", ID, nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("client_id", ID, nullable=False, index=True),
    Column("officer_id", ID, nullable=False),
    Column("branch_id", ID, nullable=False, index=True),
    Column("status", CODE, nullable=False),
    Column("replaces", String(36), nullable=True),
    Column("entered_by", String(120), nullable=False),
    Column("entered_role", CODE, nullable=False),
    Column("channel", CODE, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_on", Date, nullable=False, index=True),
    Column("happened_on", Date, nullable=False),
    Column("kind", CODE, nullable=False),
    Column("code", CODE, nullable=False),
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
    Column("kind", CODE, nullable=False),
    Column("reach", CODE, nullable=False, index=True),
    Column("target", ID, nullable=False, index=True),
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
    Column("list_id", ID, nullable=False, index=True),
    Column("place", Integer, nullable=False),
    Column("client_id", ID, nullable=False, index=True),
    Column("branch_id", ID, nullable=False, index=True),
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
    Column("client_id", ID, nullable=False, index=True),
    Column("what", CODE, nullable=False),
    Column("value", Text, nullable=False),
    Column("entered_by", String(120), nullable=False),
    Column("entered_at", Moment, nullable=False),
)
