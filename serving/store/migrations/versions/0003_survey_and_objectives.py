"""Exit survey: samples and answers; figures of indicators; findings and what became of them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "survey_samples",
        sa.Column("sample_id", sa.String(length=40), nullable=False),
        sa.Column("again_of", sa.String(length=40), nullable=True),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("drawn_by", sa.String(length=120), nullable=False),
        sa.Column("drawn_at", sa.DateTime(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("sample_id", name=op.f("pk_survey_samples")),
    )
    op.create_index(op.f("ix_survey_samples_drawn_on"), "survey_samples", ["drawn_on"], unique=False)
    op.create_table(
        "survey_sampled",
        sa.Column("sample_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Text(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=False),
        sa.Column("leaver_type", sa.String(length=40), nullable=False),
        sa.Column("handed_on", sa.Date(), nullable=True),
        sa.Column("peace", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("sample_id", "place", name=op.f("pk_survey_sampled")),
    )
    op.create_index(op.f("ix_survey_sampled_client_id"), "survey_sampled", ["client_id"], unique=False)
    op.create_table(
        "survey_answers",
        sa.Column("answer_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("sample_id", sa.String(length=40), nullable=False),
        sa.Column("consent", sa.Boolean(), nullable=False),
        sa.Column("interviewed_on", sa.Date(), nullable=False),
        sa.Column("interviewer", sa.String(length=120), nullable=False),
        sa.Column("interviewer_role", sa.String(length=40), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("leaver_type", sa.String(length=40), nullable=False),
        sa.Column("reasons", sa.String(length=200), nullable=False),
        sa.Column("private_consent", sa.Boolean(), nullable=False),
        sa.Column("would_return", sa.String(length=40), nullable=False),
        sa.Column("return_on", sa.Date(), nullable=True),
        sa.Column("would_recommend", sa.String(length=40), nullable=False),
        sa.Column("kept_by", sa.String(length=40), nullable=False),
        sa.Column("since", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("replaces", sa.String(length=36), nullable=True),
        sa.Column("entered_by", sa.String(length=120), nullable=False),
        sa.Column("entered_role", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("recorded_at", sa.DateTime(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("replaced_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_survey_answers")),
    )
    op.create_index(op.f("ix_survey_answers_client_id"), "survey_answers", ["client_id"], unique=False)
    op.create_index(op.f("ix_survey_answers_recorded_on"), "survey_answers", ["recorded_on"], unique=False)
    op.create_index(op.f("ix_survey_answers_sample_id"), "survey_answers", ["sample_id"], unique=False)
    op.create_table(
        "indicator_values",
        sa.Column("value_id", sa.String(length=36), nullable=False),
        sa.Column("indicator", sa.String(length=40), nullable=False),
        sa.Column("segment", sa.String(length=200), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("low", sa.String(length=40), nullable=True),
        sa.Column("high", sa.String(length=40), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("measured_by", sa.String(length=120), nullable=False),
        sa.Column("entered_by", sa.String(length=120), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("value_id", name=op.f("pk_indicator_values")),
    )
    op.create_index(op.f("ix_indicator_values_indicator"), "indicator_values", ["indicator"], unique=False)
    op.create_table(
        "findings",
        sa.Column("finding_id", sa.String(length=36), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("effect", sa.JSON(), nullable=True),
        sa.Column("entered_by", sa.String(length=120), nullable=False),
        sa.Column("entered_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_findings")),
    )
    op.create_index(op.f("ix_findings_stage"), "findings", ["stage"], unique=False)
    op.create_table(
        "finding_moves",
        sa.Column("finding_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("moved_by", sa.String(length=120), nullable=False),
        sa.Column("moved_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("finding_id", "number", name=op.f("pk_finding_moves")),
    )


def downgrade() -> None:
    """Undo it."""
    raise NotImplementedError("go back by installing the version before and restoring a backup")
