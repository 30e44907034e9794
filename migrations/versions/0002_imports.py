"""Bureau files, their rejected rows, remembered layouts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(JSONB(none_as_null=True), "postgresql")
BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "import_batch",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "household",
                "subsistence",
                "insurance",
                "unemployment",
                "employment",
                "benefits",
                "education",
                "caseload",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "checked",
                "applying",
                "applied",
                "failed",
                "undone",
                name="batch_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=15), nullable=False),
        sa.Column("kinds", DOCUMENT, nullable=False),
        sa.Column("month", sa.Integer(), nullable=True),
        sa.Column("filed_by", BIG_KEY, nullable=False),
        sa.Column("departures_confirmed", sa.Boolean(), nullable=False),
        sa.Column("counts", DOCUMENT, nullable=False),
        sa.Column("reasons", DOCUMENT, nullable=False),
        sa.Column("warnings", DOCUMENT, nullable=False),
        sa.Column("layout", DOCUMENT, nullable=False),
        sa.Column("preview", sa.LargeBinary(), nullable=True),
        sa.Column("progress", DOCUMENT, nullable=False),
        sa.Column("effects", DOCUMENT, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("claimed_by", sa.String(length=80), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=400), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column(
            "origin",
            sa.Enum(
                "page",
                "command",
                "folder",
                name="batch_origin",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("drop_token", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'applied') <= (applied_at IS NOT NULL)",
            name=op.f("ck_import_batch_applied_has_date"),
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (failure IS NOT NULL)",
            name=op.f("ck_import_batch_failed_has_reason"),
        ),
        sa.CheckConstraint(
            "(origin = 'folder') = (drop_token IS NOT NULL)",
            name=op.f("ck_import_batch_dropped_has_token"),
        ),
        sa.CheckConstraint(
            "source IS NOT NULL OR state IN ('received', 'failed')",
            name=op.f("ck_import_batch_read_has_source"),
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_import_batch_division_code")
        ),
        sa.ForeignKeyConstraint(
            ["filed_by"], ["account.id"], name=op.f("fk_import_batch_filed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        sa.UniqueConstraint("drop_token", name=op.f("uq_import_batch_drop_token")),
    )
    op.create_index(
        "ix_import_batch_scope", "import_batch", ["source", "division_code", "state"], unique=False
    )
    op.create_index(op.f("ix_import_batch_sha256"), "import_batch", ["sha256"], unique=False)
    op.create_index(
        "uq_import_batch_standing",
        "import_batch",
        ["sha256", "repeat"],
        unique=True,
        sqlite_where=sa.text("state IN ('applying', 'applied')"),
        postgresql_where=sa.text("state IN ('applying', 'applied')"),
    )
    op.create_table(
        "import_issue",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("import_id", BIG_KEY, nullable=False),
        sa.Column("sheet", sa.String(length=60), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("rejects", sa.Boolean(), nullable=False),
        sa.Column("column", sa.String(length=60), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("cells", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_batch.id"], name=op.f("fk_import_issue_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_issue")),
    )
    op.create_index("ix_import_issue_batch", "import_issue", ["import_id", "line"], unique=False)
    op.create_table(
        "import_layout",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "household",
                "subsistence",
                "insurance",
                "unemployment",
                "employment",
                "benefits",
                "education",
                "caseload",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("division_code", sa.String(length=15), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("layout", DOCUMENT, nullable=False),
        sa.Column("set_by", BIG_KEY, nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_import_layout_division_code")
        ),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_import_layout_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_layout")),
        sa.UniqueConstraint(
            "source",
            "division_code",
            "fingerprint",
            name=op.f("uq_import_layout_source_division_code_fingerprint"),
        ),
    )


def downgrade() -> None:
    op.drop_table("import_layout")
    op.drop_table("import_issue")
    op.drop_table("import_batch")
