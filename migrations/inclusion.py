"""What of the database the models answer for."""

from sqlalchemy.sql.schema import SchemaItem

PARTITION_OF = "contribution_"


def ours(item: SchemaItem, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    """Partitions of a table are the migration's affair: the models know the whole only."""
    del item, other
    is_partition = name is not None and name.startswith(PARTITION_OF) and name[-4:].isdigit()
    return not (kind == "table" and reflected and is_partition)
