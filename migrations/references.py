"""References that PostgreSQL looks up once a statement instead of once a row.

Foreign keys took half the time of writing an insurance month: each of a million rows asked for
itself. What they promise is kept: a row that points nowhere is refused, and so is deleting what
is pointed to. SQLite, which looks a row up without a query, has the foreign keys themselves.
"""

from alembic import op

# table, column → the table whose id it holds
LOOKED_UP_BY_STATEMENT = {
    ("stated_identity", "resident_id"): "resident",
    ("stated_identity", "brought_by"): "import_batch",
    ("stated_identity", "ended_by"): "import_batch",
    ("contribution", "resident_id"): "resident",
    ("contribution", "import_id"): "import_batch",
    ("insurance_standing", "resident_id"): "resident",
}
# What is written lies in a heap without an index, what it points to has one: asking value by
# value is right for one row as for fifty thousand.
REFUSE_STRAYS = """
CREATE FUNCTION refuse_strays() RETURNS trigger LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE stray bigint;
BEGIN
    EXECUTE format(
        'SELECT value FROM (SELECT DISTINCT %1$I AS value FROM written) AS w'
        ' WHERE value IS NOT NULL AND NOT EXISTS (SELECT FROM %2$I WHERE id = value) LIMIT 1',
        TG_ARGV[0], TG_ARGV[1]) INTO stray;
    IF stray IS NOT NULL THEN
        RAISE foreign_key_violation USING
            MESSAGE = format('%s.%s refers to no row of %s', TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[1]);
    END IF;
    RETURN NULL;
END $$
"""
# Whoever adds rows meanwhile is waited for, and waits: neither would see the other's.
HOLD_STILL = """
CREATE FUNCTION hold_still() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('LOCK TABLE %I IN SHARE ROW EXCLUSIVE MODE', TG_ARGV[0]);
    RETURN NULL;
END $$
"""
REFUSE_ORPHANS = """
CREATE FUNCTION refuse_orphans() RETURNS trigger LANGUAGE plpgsql
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE orphaned bigint;
BEGIN
    EXECUTE format(
        'SELECT id FROM gone WHERE EXISTS (SELECT FROM %1$I WHERE %2$I = gone.id) LIMIT 1',
        TG_ARGV[0], TG_ARGV[1]) INTO orphaned;
    IF orphaned IS NOT NULL THEN
        RAISE foreign_key_violation USING
            MESSAGE = format('%s.%s still refers to %s', TG_ARGV[0], TG_ARGV[1], TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$
"""
FUNCTIONS = {
    "refuse_strays": REFUSE_STRAYS,
    "hold_still": HOLD_STILL,
    "refuse_orphans": REFUSE_ORPHANS,
}


def make_functions() -> None:
    if _is_postgresql():
        for function in FUNCTIONS.values():
            op.execute(function)


def drop_functions() -> None:
    if _is_postgresql():
        for name in FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}()")


def look_up_by_statement(table: str) -> None:
    """Put triggers in the place of the table's foreign keys that are named above."""
    if not _is_postgresql():
        return
    for column, parent in _references(table):
        op.drop_constraint(f"fk_{table}_{column}", table, type_="foreignkey")
        for event in ("INSERT", "UPDATE"):
            op.execute(
                f"CREATE TRIGGER {table}_{column}_{event.lower()} AFTER {event} ON {table}"
                " REFERENCING NEW TABLE AS written FOR EACH STATEMENT"
                f" EXECUTE FUNCTION refuse_strays('{column}', '{parent}')"
            )
        op.execute(
            f"CREATE TRIGGER {table}_{column}_still BEFORE DELETE ON {parent}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION hold_still('{table}')"
        )
        op.execute(
            f"CREATE TRIGGER {table}_{column}_gone AFTER DELETE ON {parent}"
            " REFERENCING OLD TABLE AS gone FOR EACH STATEMENT"
            f" EXECUTE FUNCTION refuse_orphans('{table}', '{column}')"
        )


def forget_look_ups(table: str) -> None:
    """Before the table goes: the triggers of those it points to."""
    if _is_postgresql():
        for column, parent in _references(table):
            for when in ("still", "gone"):
                op.execute(f"DROP TRIGGER {table}_{column}_{when} ON {parent}")


def _references(table: str) -> list[tuple[str, str]]:
    return [
        (column, parent) for (own, column), parent in LOOKED_UP_BY_STATEMENT.items() if own == table
    ]


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
