"""Alembic's environment: the engine or connection comes in through the configuration."""

from alembic import context
from sqlalchemy import Connection

from migrations.inclusion import ours
from models import Base


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        include_object=ours,
    )
    with context.begin_transaction():
        context.run_migrations()


migrate(context.config.attributes["connection"])
