"""Jobs keep who asked for them, API keys which user made them; the audit trail of a company is found by its index"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # All as plain statements: a table that were made anew would lose its partial indexes or its guards.
    op.add_column("jobs", sa.Column("requested_by", sa.String(length=100), nullable=True))
    op.add_column("api_keys", sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
    op.create_index("ix_audit_company", "audit", ["company_id", "id"])
