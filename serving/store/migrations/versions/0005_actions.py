"""What a line suggests, or would have suggested to whom the lot left out."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change. Of turns taken before nothing is known."""
    op.add_column("allocations", sa.Column("action", sa.String(length=40), nullable=False, server_default=""))


def downgrade() -> None:
    """Undo it."""
    raise NotImplementedError("go back by installing the version before and restoring a backup")
