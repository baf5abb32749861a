"""Credentials are refreshed by one process at a time, and the previous ones are kept"""

import sqlalchemy as sa
from alembic import op

import hub.store.types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.add_column(sa.Column("credentials_version", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("previous_credentials", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("refresh_fence", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("refreshing_by", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("refreshing_until", hub.store.types.Instant(), nullable=True))
