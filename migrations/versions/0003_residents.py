"""Residents, households and their categories."""

import sqlalchemy as sa
from alembic import op

from migrations.references import (
    drop_functions,
    forget_look_ups,
    look_up_by_statement,
    make_functions,
)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "resident",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column(
            "document_type",
            sa.Enum(
                "resident_id",
                "hmt_permit",
                "foreigner_id",
                name="document_type",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("id_index", sa.String(length=48), nullable=True),
        sa.Column("id_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "name_from",
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
        sa.Column("pinyin", sa.String(length=60), nullable=False),
        sa.Column(
            "sex",
            sa.Enum(
                "male", "female", name="sex", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column(
            "retirement_track",
            sa.Enum(
                "man_60",
                "woman_55",
                "woman_50",
                name="retirement_track",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("phone_index", sa.String(length=48), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("registered_division", sa.String(length=15), nullable=True),
        sa.Column("lives_in", sa.String(length=15), nullable=True),
        sa.Column(
            "lives_in_basis",
            sa.Enum(
                "worker",
                "registration",
                "unemployment",
                "household",
                "subsistence",
                name="lives_in_basis",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("confirmed_division", sa.String(length=15), nullable=True),
        sa.Column("confirmed_division_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into", BIG_KEY, nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(confirmed_division IS NULL) = (confirmed_division_at IS NULL)",
            name=op.f("ck_resident_division_confirmed"),
        ),
        sa.CheckConstraint(
            "(id_index IS NULL) = (id_sealed IS NULL)", name=op.f("ck_resident_id_whole")
        ),
        sa.CheckConstraint(
            "(lives_in IS NULL) = (lives_in_basis IS NULL)",
            name=op.f("ck_resident_lives_in_has_basis"),
        ),
        sa.CheckConstraint(
            "(phone_index IS NULL) = (phone_sealed IS NULL)", name=op.f("ck_resident_phone_whole")
        ),
        sa.CheckConstraint(
            "merged_into IS NULL OR merged_into <> id", name=op.f("ck_resident_merged_elsewhere")
        ),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_resident_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_division"], ["division.code"], name=op.f("fk_resident_confirmed_division")
        ),
        sa.ForeignKeyConstraint(["lives_in"], ["division.code"], name=op.f("fk_resident_lives_in")),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["resident.id"], name=op.f("fk_resident_merged_into")
        ),
        sa.ForeignKeyConstraint(
            ["registered_division"], ["division.code"], name=op.f("fk_resident_registered_division")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resident")),
        sa.UniqueConstraint("id_index", name=op.f("uq_resident_id_index")),
    )
    op.create_index(op.f("ix_resident_merged_into"), "resident", ["merged_into"], unique=False)
    op.create_index(op.f("ix_resident_brought_by"), "resident", ["brought_by"], unique=False)
    op.create_index(op.f("ix_resident_lives_in"), "resident", ["lives_in"], unique=False)
    op.create_index(op.f("ix_resident_name"), "resident", ["name"], unique=False)
    op.create_index(op.f("ix_resident_phone_index"), "resident", ["phone_index"], unique=False)
    op.create_index(op.f("ix_resident_pinyin"), "resident", ["pinyin"], unique=False)
    op.create_table(
        "resident_before",
        sa.Column("import_id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "name_from",
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
        sa.Column("pinyin", sa.String(length=60), nullable=False),
        sa.Column("phone_index", sa.String(length=48), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("given_phone_index", sa.String(length=48), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_batch.id"], name=op.f("fk_resident_before_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_resident_before_resident_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "resident_id", name=op.f("pk_resident_before")),
    )
    op.create_index(
        op.f("ix_resident_before_resident_id"), "resident_before", ["resident_id"], unique=False
    )
    op.create_table(
        "stated_identity",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
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
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("name_key", sa.String(length=60), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=False),
        sa.Column("ended_by", BIG_KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_stated_identity_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["import_batch.id"], name=op.f("fk_stated_identity_ended_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_stated_identity_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stated_identity")),
    )
    op.create_index(
        op.f("ix_stated_identity_resident_id"), "stated_identity", ["resident_id"], unique=False
    )
    op.create_index(
        op.f("ix_stated_identity_brought_by"), "stated_identity", ["brought_by"], unique=False
    )
    op.create_index(
        op.f("ix_stated_identity_ended_by"), "stated_identity", ["ended_by"], unique=False
    )
    op.create_index(
        "uq_stated_identity_current",
        "stated_identity",
        ["resident_id", "source"],
        unique=True,
        sqlite_where=sa.text("ended_by IS NULL"),
        postgresql_where=sa.text("ended_by IS NULL"),
    )
    make_functions()
    look_up_by_statement("stated_identity")
    op.create_table(
        "household",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("division_code", sa.String(length=15), nullable=True),
        sa.Column("zero_employment_confirmed_on", sa.Date(), nullable=True),
        sa.Column("zero_employment_confirmed_by", BIG_KEY, nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(zero_employment_confirmed_on IS NULL) = (zero_employment_confirmed_by IS NULL)",
            name=op.f("ck_household_confirmation_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_household_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_household_division_code")
        ),
        sa.ForeignKeyConstraint(
            ["zero_employment_confirmed_by"],
            ["account.id"],
            name=op.f("fk_household_zero_employment_confirmed_by"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sa.UniqueConstraint("number", name=op.f("uq_household_number")),
    )
    op.create_index(op.f("ix_household_brought_by"), "household", ["brought_by"], unique=False)
    op.create_index(
        op.f("ix_household_division_code"), "household", ["division_code"], unique=False
    )
    op.create_table(
        "household_member",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("household_id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=True),
        sa.Column("is_head", sa.Boolean(), nullable=False),
        sa.Column("brought_by", BIG_KEY, nullable=False),
        sa.Column("ended_by", BIG_KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_household_member_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["import_batch.id"], name=op.f("fk_household_member_ended_by")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_household_member_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_household_member_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_member")),
    )
    op.create_index(
        op.f("ix_household_member_resident_id"), "household_member", ["resident_id"], unique=False
    )
    op.create_index(
        op.f("ix_household_member_brought_by"), "household_member", ["brought_by"], unique=False
    )
    op.create_index(
        op.f("ix_household_member_ended_by"), "household_member", ["ended_by"], unique=False
    )
    op.create_index(
        op.f("ix_household_member_household_id"), "household_member", ["household_id"], unique=False
    )
    op.create_index(
        "uq_household_member_current",
        "household_member",
        ["resident_id"],
        unique=True,
        sqlite_where=sa.text("ended_by IS NULL"),
        postgresql_where=sa.text("ended_by IS NULL"),
    )
    op.create_table(
        "category",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column(
            "code",
            sa.Enum(
                "registered_unemployed",
                "hard_to_employ",
                "zero_employment_household",
                "dibao_household",
                "disabled",
                "graduate",
                "veteran",
                "out_of_poverty",
                "landless_farmer",
                "rural_migrant",
                "long_term_unemployed",
                name="category_code",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("basis", sa.String(length=60), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("confirmed_by", BIG_KEY, nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "to_on IS NULL OR to_on >= from_on", name=op.f("ck_category_dates_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_category_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["account.id"], name=op.f("fk_category_confirmed_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_category_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint(
            "resident_id", "code", "from_on", name=op.f("uq_category_resident_id_code_from_on")
        ),
    )
    op.create_index(op.f("ix_category_brought_by"), "category", ["brought_by"], unique=False)
    op.create_index("ix_category_code_resident", "category", ["code", "resident_id"], unique=False)


def downgrade() -> None:
    op.drop_table("category")
    op.drop_table("household_member")
    op.drop_table("household")
    forget_look_ups("stated_identity")
    op.drop_table("stated_identity")
    op.drop_table("resident_before")
    op.drop_table("resident")
    drop_functions()
