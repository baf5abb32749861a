"""The queue counted by triggers, and indexes in the orders it is looked at"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEYS = ("type", "operation", "state", "error")
_ADD = """INSERT INTO queue_counts (connection_id, type, operation, state, error, number)
{source}
ON CONFLICT (connection_id, type, operation, state, error)
DO UPDATE SET number = queue_counts.number + excluded.number"""


def upgrade() -> None:
    op.create_table(
        "queue_counts",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(30), nullable=False),
        sa.Column("operation", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("error", sa.String(30), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection_id", *_KEYS, name=op.f("pk_queue_counts")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO queue_counts SELECT connection_id, type, operation, state, coalesce(error_class, ''), count(*)"
        " FROM requests GROUP BY 1, 2, 3, 4, 5"
    )
    for statement in _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgresql():
        op.execute(statement)
    if op.get_bind().dialect.name == "postgresql":
        # Room in each page: when a request is sent, only instants change that no index holds, and then none is written.
        op.execute("ALTER TABLE requests SET (fillfactor = 60)")
    op.create_index("ix_links_record", "links", ["record_id"])
    op.drop_index("ix_requests_queue", table_name="requests")
    error = sa.text("coalesce(error_class, '')")
    op.create_index("ix_requests_facets", "requests", ["connection_id", "state", "type", "operation", error, "id"])
    op.create_index("ix_requests_position", "requests", ["connection_id", "id"])
    op.create_index("ix_requests_age", "requests", ["connection_id", "queued_at", "id"])
    op.create_index("ix_requests_title", "requests", ["connection_id", "title", "id"])
    op.create_index("ix_requests_attempts", "requests", ["connection_id", "attempts", "id"])
    op.create_index("ix_requests_amount", "requests", ["connection_id", sa.text("coalesce(amount, 0)"), "id"])


def _sqlite() -> list[str]:
    def add(row: str, number: int) -> str:
        values = f"{row}.connection_id, {row}.type, {row}.operation, {row}.state, coalesce({row}.error_class, '')"
        return _ADD.format(source=f"VALUES ({values}, {number})") + ";"

    return [
        f"CREATE TRIGGER count_new_requests AFTER INSERT ON requests BEGIN {add('new', 1)} END",
        f"CREATE TRIGGER count_gone_requests AFTER DELETE ON requests BEGIN {add('old', -1)} END",
        "CREATE TRIGGER count_changed_requests"
        " AFTER UPDATE OF connection_id, type, operation, state, error_class ON requests"
        f" BEGIN {add('old', -1)} {add('new', 1)} END",
    ]


def _postgresql() -> list[str]:
    def each(table: str, number: int) -> str:
        columns = "connection_id, type, operation, state, coalesce(error_class, '') AS error"
        return f"SELECT {columns}, {number} AS number FROM {table}"

    def function(name: str, *parts: str) -> str:
        columns = "connection_id, type, operation, state, error"
        total = f"SELECT {columns}, sum(number) FROM ({' UNION ALL '.join(parts)}) AS each GROUP BY {columns}"
        return (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" {_ADD.format(source=total + ' HAVING sum(number) <> 0')}; RETURN NULL; END $$"
        )

    def trigger(event: str, name: str, tables: str) -> str:
        return (
            f"CREATE TRIGGER {name} AFTER {event} ON requests REFERENCING {tables}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )

    return [
        function("count_new_requests", each("added", 1)),
        function("count_gone_requests", each("gone", -1)),
        function("count_changed_requests", each("gone", -1), each("added", 1)),
        trigger("INSERT", "count_new_requests", "NEW TABLE AS added"),
        trigger("DELETE", "count_gone_requests", "OLD TABLE AS gone"),
        trigger("UPDATE", "count_changed_requests", "OLD TABLE AS gone NEW TABLE AS added"),
    ]


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
