"""What leavers said, indicators, and what was found out and became of it."""

from sqlalchemy import JSON, Boolean, Column, Date, Integer, String, Table, Text

from serving.store.columns import CODE, ID, Moment, metadata

#: A random sample of leavers, with the plan it was drawn by; one of clients to be asked once more names the first.
survey_samples = Table(
    "survey_samples",
    metadata,
    Column("sample_id", CODE, primary_key=True),
    Column("again_of", CODE, nullable=True),
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
    Column("sample_id", CODE, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("client_id", ID, nullable=False, index=True),
    Column("stratum", Text, nullable=False),
    Column("officer_id", ID, nullable=False, default=""),
    Column("left_on", Date, nullable=False),
    Column("leaver_type", CODE, nullable=False),
    Column("handed_on", Date, nullable=True),
    Column("peace", CODE, nullable=False, default=""),
)

#: What a client said when she left. Without consent only that she refused. Never changed; a later one replaces it.
survey_answers = Table(
    "survey_answers",
    metadata,
    Column("answer_id", String(36), primary_key=True),
    Column("client_id", ID, nullable=False, index=True),
    Column("sample_id", CODE, nullable=False, default="", index=True),
    Column("consent", Boolean, nullable=False),
    Column("interviewed_on", Date, nullable=False),
    Column("interviewer", String(120), nullable=False, default=""),
    Column("interviewer_role", CODE, nullable=False, default=""),
    Column("left_on", Date, nullable=True),
    Column("leaver_type", CODE, nullable=False, default=""),
    Column("reasons", String(200), nullable=False, default=""),
    Column("private_consent", Boolean, nullable=False, default=False),
    Column("would_return", CODE, nullable=False, default=""),
    Column("return_on", Date, nullable=True),
    Column("would_recommend", CODE, nullable=False, default=""),
    Column("kept_by", CODE, nullable=False, default=""),
    Column("since", CODE, nullable=False, default=""),
    Column("language", String(10), nullable=False, default=""),
    Column("place", CODE, nullable=False, default=""),
    Column("story", Text, nullable=False, default=""),
    Column("replaces", String(36), nullable=True),
    Column("entered_by", String(120), nullable=False),
    Column("entered_role", CODE, nullable=False),
    Column("channel", CODE, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("recorded_on", Date, nullable=False, index=True),
    Column("replaced_on", Date, nullable=True),
)

#: Figures of indicators, uploaded or computed, each with its interval where it has one: decimal numbers as text.
indicator_values = Table(
    "indicator_values",
    metadata,
    Column("value_id", String(36), primary_key=True),
    Column("indicator", CODE, nullable=False, index=True),
    Column("segment", String(200), nullable=False, default=""),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    Column("value", CODE, nullable=False),
    Column("low", CODE, nullable=True),
    Column("high", CODE, nullable=True),
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
    Column("stage", CODE, nullable=False, index=True),
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
    Column("stage", CODE, nullable=False),
    Column("happened_on", Date, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("moved_by", String(120), nullable=False),
    Column("moved_at", Moment, nullable=False),
)
