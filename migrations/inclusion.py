"""What of the database the models answer for."""

from sqlalchemy.sql.schema import SchemaItem

from migrations.references import LOOKED_UP_BY_STATEMENT

PARTITION_OF = "contribution_"
LOOKED_UP = {f"fk_{table}_{column}" for table, column in LOOKED_UP_BY_STATEMENT}


def ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    """Partitions of a table are the migration's affair, and so is how a reference is kept: the
    models know the whole only.
    """
    del item, other
    if kind == "foreign_key_constraint":
        return name not in LOOKED_UP
    is_partition = name is not None and name.startswith(PARTITION_OF) and name[-4:].isdigit()
    return not (kind == "table" and reflected and is_partition)
