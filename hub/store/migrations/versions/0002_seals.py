"""Seals over the history, triggers that keep it, and the job of each answer"""

import sqlalchemy as sa
from alembic import op

import hub.store.types
from hub.store.history import guard, seal_existing

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seals",
        sa.Column("company_id", sa.String(length=60), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", hub.store.types.Instant(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("entries", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "number", name=op.f("pk_seals")),
    )
    op.add_column("answers", sa.Column("job_id", hub.store.types.BigId, nullable=True))
    seal_existing(op.get_bind())
    guard(op.get_bind())
