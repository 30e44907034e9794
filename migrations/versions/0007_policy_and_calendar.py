"""Parameters and working days."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(JSONB(none_as_null=True), "postgresql")
BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "policy_value",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("division_code", sa.String(length=15), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("value", DOCUMENT, nullable=False),
        sa.Column(
            "mark",
            sa.Enum(
                "S",
                "B",
                "P",
                name="source_mark",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("set_by", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_policy_value_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_value")),
    )
    op.create_index(
        "uq_policy_value", "policy_value", ["name", "division_code", "effective_on"], unique=True
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=True),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )
    op.create_index(
        "ix_calendar_day_number", "calendar_day", ["number", "is_working"], unique=False
    )


def downgrade() -> None:
    op.drop_table("calendar_day")
    op.drop_table("policy_value")
