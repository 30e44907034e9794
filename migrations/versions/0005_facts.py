"""What the bureaus' files say."""

import sqlalchemy as sa
from alembic import op

from migrations.references import forget_look_ups, look_up_by_statement

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# What lies outside has the default partition: each one costs the planner time.
FIRST_YEAR, LAST_YEAR = 2018, 2032
LOOKED_UP = ("contribution", "insurance_standing")


def partition_by_year() -> None:
    """PostgreSQL keeps each year's contributions apart; what lies outside has a place too."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        op.execute(
            f"CREATE TABLE contribution_{year} PARTITION OF contribution"
            f" FOR VALUES FROM ({year * 12}) TO ({year * 12 + 12})"
        )
    op.execute("CREATE TABLE contribution_0000 PARTITION OF contribution DEFAULT")


def upgrade() -> None:
    op.create_table(
        "paying_employer",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paying_employer")),
        sa.UniqueConstraint("key", name=op.f("uq_paying_employer_key")),
    )
    op.create_table(
        "contribution",
        sa.Column(
            "kind",
            sa.Enum(
                "employee_pension",
                "employee_medical",
                "unemployment",
                "residents_pension",
                "residents_medical",
                name="insurance_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("employer_id", BIG_KEY, nullable=False),
        sa.Column("import_id", BIG_KEY, nullable=False),
        sa.Column("base_fen", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_batch.id"], name=op.f("fk_contribution_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_contribution_resident_id")
        ),
        sa.PrimaryKeyConstraint(
            "kind", "month", "resident_id", "employer_id", name=op.f("pk_contribution")
        ),
        postgresql_partition_by="RANGE (month)",
        sqlite_with_rowid=False,
    )
    partition_by_year()
    op.create_index(
        "ix_contribution_resident", "contribution", ["resident_id", "kind", "month"], unique=False
    )
    op.create_table(
        "contribution_before",
        sa.Column("import_id", BIG_KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "employee_pension",
                "employee_medical",
                "unemployment",
                "residents_pension",
                "residents_medical",
                name="insurance_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("employer_id", BIG_KEY, nullable=False),
        sa.Column("import_before", BIG_KEY, nullable=True),
        sa.Column("base_before_fen", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_batch.id"], name=op.f("fk_contribution_before_import_id")
        ),
        sa.PrimaryKeyConstraint(
            "import_id",
            "kind",
            "month",
            "resident_id",
            "employer_id",
            name=op.f("pk_contribution_before"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "insurance_standing",
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "employee_pension",
                "employee_medical",
                "unemployment",
                "residents_pension",
                "residents_medical",
                name="insurance_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("first_month", sa.Integer(), nullable=False),
        sa.Column("last_month", sa.Integer(), nullable=False),
        sa.Column("months_paid", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "last_month >= first_month", name=op.f("ck_insurance_standing_months_in_order")
        ),
        sa.CheckConstraint(
            "months_paid BETWEEN 1 AND last_month - first_month + 1",
            name=op.f("ck_insurance_standing_months_paid"),
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_insurance_standing_resident_id")
        ),
        sa.PrimaryKeyConstraint("resident_id", "kind", name=op.f("pk_insurance_standing")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_insurance_standing_kind_last",
        "insurance_standing",
        ["kind", "last_month"],
        unique=False,
    )
    for table in LOOKED_UP:
        look_up_by_statement(table)
    op.create_table(
        "closed_month",
        sa.Column("import_id", BIG_KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "employee_pension",
                "employee_medical",
                "unemployment",
                "residents_pension",
                "residents_medical",
                name="insurance_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("division_code", sa.String(length=15), nullable=False),
        sa.Column("division_end", sa.String(length=15), nullable=False),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_closed_month_division_code")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_batch.id"], name=op.f("fk_closed_month_import_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "kind", "month", name=op.f("pk_closed_month")),
    )
    op.create_index("ix_closed_month_kind_month", "closed_month", ["kind", "month"], unique=False)
    op.create_table(
        "register_entry",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("division_code", sa.String(length=15), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "normal",
                "moved_out",
                "dead",
                "army",
                name="register_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("status_on", sa.Date(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.String(length=48), nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=False),
        sa.Column("ended_by", BIG_KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_register_entry_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_register_entry_division_code")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["import_batch.id"], name=op.f("fk_register_entry_ended_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_register_entry_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_entry")),
    )
    op.create_index(
        op.f("ix_register_entry_resident_id"), "register_entry", ["resident_id"], unique=False
    )
    op.create_index(
        op.f("ix_register_entry_brought_by"), "register_entry", ["brought_by"], unique=False
    )
    op.create_index(
        op.f("ix_register_entry_ended_by"), "register_entry", ["ended_by"], unique=False
    )
    op.create_index(
        "ix_register_entry_status", "register_entry", ["status", "resident_id"], unique=False
    )
    op.create_index(
        "uq_register_entry_current",
        "register_entry",
        ["resident_id"],
        unique=True,
        sqlite_where=sa.text("ended_by IS NULL"),
        postgresql_where=sa.text("ended_by IS NULL"),
    )
    op.create_table(
        "subsistence",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "dibao",
                "near_dibao",
                "destitute",
                name="subsistence_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("division_code", sa.String(length=15), nullable=True),
        sa.Column("certificate", sa.String(length=40), nullable=True),
        sa.Column("relation", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("from_month", sa.Integer(), nullable=True),
        sa.Column("amount_fen", sa.Integer(), nullable=True),
        sa.Column(
            "ability",
            sa.Enum(
                "full",
                "partial",
                "none",
                name="work_ability",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("brought_by", BIG_KEY, nullable=False),
        sa.Column("ended_by", BIG_KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_subsistence_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_subsistence_division_code")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["import_batch.id"], name=op.f("fk_subsistence_ended_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_subsistence_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subsistence")),
    )
    op.create_index(
        op.f("ix_subsistence_resident_id"), "subsistence", ["resident_id"], unique=False
    )
    op.create_index(op.f("ix_subsistence_brought_by"), "subsistence", ["brought_by"], unique=False)
    op.create_index(op.f("ix_subsistence_ended_by"), "subsistence", ["ended_by"], unique=False)
    op.create_index(
        "uq_subsistence_current",
        "subsistence",
        ["resident_id"],
        unique=True,
        sqlite_where=sa.text("ended_by IS NULL"),
        postgresql_where=sa.text("ended_by IS NULL"),
    )
    op.create_table(
        "unemployment_spell",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("unemployed_since", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("registered_division", sa.String(length=15), nullable=True),
        sa.Column("lives_in", sa.String(length=15), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(length=60), nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=False),
        sa.Column("ended_by", BIG_KEY, nullable=True),
        sa.CheckConstraint(
            "is_open = (ended_on IS NULL)", name=op.f("ck_unemployment_spell_open_has_no_end")
        ),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_unemployment_spell_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["import_batch.id"], name=op.f("fk_unemployment_spell_ended_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_unemployment_spell_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unemployment_spell")),
    )
    op.create_index(
        op.f("ix_unemployment_spell_resident_id"),
        "unemployment_spell",
        ["resident_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_unemployment_spell_brought_by"), "unemployment_spell", ["brought_by"], unique=False
    )
    op.create_index(
        op.f("ix_unemployment_spell_ended_by"), "unemployment_spell", ["ended_by"], unique=False
    )
    op.create_index(
        "uq_unemployment_spell_current",
        "unemployment_spell",
        ["resident_id", "registered_on"],
        unique=True,
        sqlite_where=sa.text("ended_by IS NULL"),
        postgresql_where=sa.text("ended_by IS NULL"),
    )
    op.create_table(
        "employment_spell",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("employer", sa.String(length=120), nullable=True),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("form", sa.String(length=40), nullable=True),
        sa.Column("contract_from", sa.Date(), nullable=True),
        sa.Column("contract_to", sa.Date(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=False),
        sa.Column("ended_by", BIG_KEY, nullable=True),
        sa.CheckConstraint(
            "is_open = (ended_on IS NULL)", name=op.f("ck_employment_spell_open_has_no_end")
        ),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_employment_spell_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["import_batch.id"], name=op.f("fk_employment_spell_ended_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_employment_spell_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employment_spell")),
    )
    op.create_index(
        op.f("ix_employment_spell_resident_id"), "employment_spell", ["resident_id"], unique=False
    )
    op.create_index(
        op.f("ix_employment_spell_brought_by"), "employment_spell", ["brought_by"], unique=False
    )
    op.create_index(
        op.f("ix_employment_spell_ended_by"), "employment_spell", ["ended_by"], unique=False
    )
    op.create_index(
        "uq_employment_spell_current",
        "employment_spell",
        ["resident_id", "registered_on"],
        unique=True,
        sqlite_where=sa.text("ended_by IS NULL"),
        postgresql_where=sa.text("ended_by IS NULL"),
    )
    op.create_table(
        "benefit_spell",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "pension",
                "unemployment_benefit",
                name="benefit_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("from_month", sa.Integer(), nullable=False),
        sa.Column("to_month", sa.Integer(), nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=False),
        sa.Column("ended_by", BIG_KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_benefit_spell_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["import_batch.id"], name=op.f("fk_benefit_spell_ended_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_benefit_spell_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_spell")),
    )
    op.create_index(
        op.f("ix_benefit_spell_resident_id"), "benefit_spell", ["resident_id"], unique=False
    )
    op.create_index(
        op.f("ix_benefit_spell_brought_by"), "benefit_spell", ["brought_by"], unique=False
    )
    op.create_index(op.f("ix_benefit_spell_ended_by"), "benefit_spell", ["ended_by"], unique=False)
    op.create_index(
        "uq_benefit_spell_current",
        "benefit_spell",
        ["resident_id", "kind", "from_month"],
        unique=True,
        sqlite_where=sa.text("ended_by IS NULL"),
        postgresql_where=sa.text("ended_by IS NULL"),
    )
    op.create_table(
        "degree",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("school", sa.String(length=80), nullable=True),
        sa.Column("major", sa.String(length=80), nullable=True),
        sa.Column(
            "level",
            sa.Enum(
                "doctor",
                "master",
                "bachelor",
                "college",
                "vocational",
                "high_school",
                "middle_school",
                "primary_school",
                name="education_level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("level_order", sa.SmallInteger(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=True),
        sa.Column("graduated_on", sa.Date(), nullable=True),
        sa.Column(
            "study_form",
            sa.Enum(
                "full_time",
                "part_time",
                name="study_form",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("certificate", sa.String(length=40), nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=False),
        sa.Column("ended_by", BIG_KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_degree_brought_by")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["import_batch.id"], name=op.f("fk_degree_ended_by")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_degree_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_degree")),
    )
    op.create_index(op.f("ix_degree_brought_by"), "degree", ["brought_by"], unique=False)
    op.create_index(op.f("ix_degree_ended_by"), "degree", ["ended_by"], unique=False)
    op.create_index("ix_degree_graduated", "degree", ["graduated_on"], unique=False)
    op.create_index("ix_degree_resident", "degree", ["resident_id"], unique=False)


def downgrade() -> None:
    op.drop_table("degree")
    op.drop_table("benefit_spell")
    op.drop_table("employment_spell")
    op.drop_table("unemployment_spell")
    op.drop_table("subsistence")
    op.drop_table("register_entry")
    op.drop_table("closed_month")
    for table in LOOKED_UP:
        forget_look_ups(table)
    op.drop_table("insurance_standing")
    op.drop_table("contribution_before")
    op.drop_table("contribution")
    op.drop_table("paying_employer")
