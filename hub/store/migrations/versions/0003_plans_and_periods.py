"""Plans, and the dates that decide whether a document may be touched"""

import sqlalchemy as sa
from alembic import op

import hub.store.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("connections", sa.Column("closing_date", sa.Date(), nullable=True))
    op.add_column("links", sa.Column("remote_date", sa.Date(), nullable=True))
    op.add_column("jobs", sa.Column("plan_id", _ID, nullable=True))
    # What the books hold was sent from these records; the next update corrects what was edited since.
    op.execute("UPDATE links SET remote_date = (SELECT records.date FROM records WHERE records.id = links.record_id)")
    op.create_table(
        "plans",
        sa.Column("id", _ID, nullable=False),
        sa.Column("connection_id", _ID, nullable=False),
        sa.Column("created_by", sa.String(length=100), nullable=False),
        sa.Column("created_at", hub.store.types.Instant(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("job_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_plans_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_plans_connection", "plans", ["connection_id", "created_at"], unique=False)
    op.create_table(
        "planned",
        sa.Column("plan_id", _ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("request_id", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("operation", sa.String(length=10), nullable=False),
        sa.Column("fingerprint", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "position", name=op.f("pk_planned")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_planned_request", "planned", ["plan_id", "request_id"], unique=True)
