"""Browsers on which somebody has signed in before."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "devices",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["username"], ["accounts.username"], name=op.f("fk_devices_username"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", "username", name=op.f("pk_devices")),
    )
    op.create_index(op.f("ix_devices_username"), "devices", ["username"], unique=False)


def downgrade() -> None:
    """Undo it."""
    raise NotImplementedError("go back by installing the version before and restoring a backup")
