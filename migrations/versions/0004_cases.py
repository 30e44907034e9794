"""Cases, registrations, visits, placements, consents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(JSONB(none_as_null=True), "postgresql")
BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "case_file",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "closed",
                name="case_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "origin",
            sa.Enum(
                "registration",
                "ledger",
                "reminder",
                "worker",
                name="case_origin",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column(
            "close_reason",
            sa.Enum(
                "employed",
                "self_employed",
                "retired",
                "studying",
                "not_seeking",
                "moved_out",
                "died",
                "unreachable",
                "withdrawn",
                "mistaken",
                name="close_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("close_note", sa.LargeBinary(), nullable=True),
        sa.Column("worker_id", BIG_KEY, nullable=True),
        sa.Column(
            "tier",
            sa.Enum(
                "A",
                "B",
                "C",
                name="help_tier",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "first_contact",
                "serving",
                "placed",
                "closed",
                name="case_stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "work_status",
            sa.Enum(
                "unemployed",
                "employed",
                "flexible",
                "self_employed",
                "studying",
                "not_seeking",
                "transferred",
                name="work_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_contact_on", sa.Date(), nullable=True),
        sa.Column("ledger_contact_on", sa.Date(), nullable=True),
        sa.Column("stated_division", sa.String(length=15), nullable=True),
        sa.Column("causes", DOCUMENT, nullable=False),
        sa.Column("obstacles", DOCUMENT, nullable=False),
        sa.Column("brought_by", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (close_reason IS NOT NULL)",
            name=op.f("ck_case_file_closed_has_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_on IS NOT NULL)",
            name=op.f("ck_case_file_closed_has_date"),
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (stage = 'closed')", name=op.f("ck_case_file_closed_stage")
        ),
        sa.CheckConstraint(
            "closed_on IS NULL OR closed_on >= opened_on", name=op.f("ck_case_file_dates_in_order")
        ),
        sa.CheckConstraint(
            "last_contact_on IS NULL OR last_contact_on >= opened_on",
            name=op.f("ck_case_file_contact_after_opening"),
        ),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_case_file_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_case_file_resident_id")
        ),
        sa.ForeignKeyConstraint(
            ["stated_division"], ["division.code"], name=op.f("fk_case_file_stated_division")
        ),
        sa.ForeignKeyConstraint(["worker_id"], ["account.id"], name=op.f("fk_case_file_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
    )
    op.create_index(op.f("ix_case_file_brought_by"), "case_file", ["brought_by"], unique=False)
    op.create_index(op.f("ix_case_file_resident_id"), "case_file", ["resident_id"], unique=False)
    op.create_index(
        "ix_case_file_worker_open",
        "case_file",
        ["worker_id", "state", "last_contact_on"],
        unique=False,
    )
    op.create_index(
        "uq_case_file_open",
        "case_file",
        ["resident_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "case_before",
        sa.Column("import_id", BIG_KEY, nullable=False),
        sa.Column("case_id", BIG_KEY, nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "first_contact",
                "serving",
                "placed",
                "closed",
                name="case_stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "work_status",
            sa.Enum(
                "unemployed",
                "employed",
                "flexible",
                "self_employed",
                "studying",
                "not_seeking",
                "transferred",
                name="work_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("worker_id", sa.Integer(), nullable=True),
        sa.Column("given_worker_id", sa.Integer(), nullable=True),
        sa.Column("last_contact_on", sa.Date(), nullable=True),
        sa.Column("ledger_contact_on", sa.Date(), nullable=True),
        sa.Column("stated_division", sa.String(length=15), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_before_case_id")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_batch.id"], name=op.f("fk_case_before_import_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "case_id", name=op.f("pk_case_before")),
    )
    op.create_table(
        "registration",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "confirmed",
                "set_aside",
                "withdrawn",
                name="registration_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("division_code", sa.String(length=15), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("case_id", BIG_KEY, nullable=False),
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
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone_index", sa.String(length=48), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "unemployed",
                "employed",
                "flexible",
                "self_employed",
                "studying",
                "not_seeking",
                "transferred",
                name="work_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("status_since", sa.Date(), nullable=True),
        sa.Column("answers", DOCUMENT, nullable=False),
        sa.Column("note_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("differs", sa.String(length=80), nullable=True),
        sa.Column("receipt_hash", sa.String(length=48), nullable=False),
        sa.Column(
            "confirmed_how",
            sa.Enum(
                "voice",
                "in_person",
                name="confirmed_by",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "set_aside_reason",
            sa.Enum(
                "not_reached",
                "not_the_person",
                "mistaken",
                "elsewhere",
                "other",
                name="set_aside_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("settled_by", BIG_KEY, nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_how IS NOT NULL)",
            name=op.f("ck_registration_confirmed_has_way"),
        ),
        sa.CheckConstraint(
            "(state IN ('confirmed', 'set_aside')) = (settled_by IS NOT NULL)",
            name=op.f("ck_registration_settled_by"),
        ),
        sa.CheckConstraint(
            "(state = 'set_aside') = (set_aside_reason IS NOT NULL)",
            name=op.f("ck_registration_set_aside_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_registration_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_registration_division_code")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_registration_resident_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["account.id"], name=op.f("fk_registration_settled_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_registration_receipt_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_registration_uuid")),
    )
    op.create_index(op.f("ix_registration_case_id"), "registration", ["case_id"], unique=False)
    op.create_index(
        op.f("ix_registration_phone_index"), "registration", ["phone_index"], unique=False
    )
    op.create_index(
        op.f("ix_registration_resident_id"), "registration", ["resident_id"], unique=False
    )
    op.create_table(
        "visit",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("case_id", BIG_KEY, nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "home",
                "station",
                "phone",
                "message",
                name="visit_channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", BIG_KEY, nullable=False),
        sa.Column(
            "work_status",
            sa.Enum(
                "unemployed",
                "employed",
                "flexible",
                "self_employed",
                "studying",
                "not_seeking",
                "transferred",
                name="work_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("status_since", sa.Date(), nullable=True),
        sa.Column("causes", DOCUMENT, nullable=False),
        sa.Column("obstacles", DOCUMENT, nullable=False),
        sa.Column(
            "refusal_reason",
            sa.Enum(
                "pay",
                "distance",
                "hours",
                "skills",
                "health",
                "family",
                "no_wish",
                "other",
                name="refusal_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("refusal_reasonable", sa.Boolean(), nullable=True),
        sa.Column(
            "next_step",
            sa.Enum(
                "none",
                "call_again",
                "recommend",
                "guidance",
                "training",
                "start_up",
                "benefits",
                name="next_step",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("corrects_id", BIG_KEY, nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_by IS NULL)", name=op.f("ck_visit_removed_by")
        ),
        sa.CheckConstraint(
            "refusal_reason IS NOT NULL OR refusal_reasonable IS NULL",
            name=op.f("ck_visit_refusal_whole"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_visit_case_id")),
        sa.ForeignKeyConstraint(["corrects_id"], ["visit.id"], name=op.f("fk_visit_corrects_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_visit_recorded_by")),
        sa.ForeignKeyConstraint(["removed_by"], ["account.id"], name=op.f("fk_visit_removed_by")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_visit_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_visit_corrects_id")),
        sa.UniqueConstraint("uuid", name=op.f("uq_visit_uuid")),
    )
    op.create_index("ix_visit_case_day", "visit", ["case_id", "visited_on"], unique=False)
    op.create_index(op.f("ix_visit_resident_id"), "visit", ["resident_id"], unique=False)
    op.create_table(
        "visit_need",
        sa.Column("visit_id", BIG_KEY, nullable=False),
        sa.Column("need", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_need_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", "need", name=op.f("pk_visit_need")),
    )
    op.create_table(
        "placement",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("case_id", BIG_KEY, nullable=False),
        sa.Column("visit_id", BIG_KEY, nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "contract",
                "flexible",
                "self_employed",
                "public_welfare",
                "traineeship",
                name="placement_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("employer", sa.String(length=100), nullable=False),
        sa.Column("occupation", sa.String(length=100), nullable=True),
        sa.Column("pay_fen", sa.Integer(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ended_on IS NULL OR ended_on >= started_on", name=op.f("ck_placement_dates_in_order")
        ),
        sa.CheckConstraint("pay_fen IS NULL OR pay_fen >= 0", name=op.f("ck_placement_pay_fen")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_placement_case_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_placement_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
    )
    op.create_index(op.f("ix_placement_case_id"), "placement", ["case_id"], unique=False)
    op.create_index(op.f("ix_placement_visit_id"), "placement", ["visit_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("registration_id", BIG_KEY, nullable=True),
        sa.Column(
            "purpose",
            sa.Enum(
                "messages",
                "employers",
                name="consent_purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("wording", sa.String(length=40), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_at >= given_at", name=op.f("ck_consent_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_consent_registration_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_consent_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(
        op.f("ix_consent_registration_id"), "consent", ["registration_id"], unique=False
    )
    op.create_index("ix_consent_resident", "consent", ["resident_id", "purpose"], unique=False)
    op.create_table(
        "status_history",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "unemployed",
                "employed",
                "flexible",
                "self_employed",
                "studying",
                "not_seeking",
                "transferred",
                name="work_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by", BIG_KEY, nullable=True),
        sa.Column("visit_id", BIG_KEY, nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_status_history_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["account.id"], name=op.f("fk_status_history_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_status_history_resident_id")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name=op.f("fk_status_history_visit_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_history")),
    )
    op.create_index(
        op.f("ix_status_history_brought_by"), "status_history", ["brought_by"], unique=False
    )
    op.create_index(
        "ix_status_history_resident", "status_history", ["resident_id", "since_on"], unique=False
    )
    op.create_index(
        op.f("ix_status_history_visit_id"), "status_history", ["visit_id"], unique=False
    )
    op.create_index(
        "uq_status_history_current",
        "status_history",
        ["resident_id"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.create_table(
        "intention",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("kinds", DOCUMENT, nullable=False),
        sa.Column("occupation", sa.String(length=100), nullable=True),
        sa.Column("pay_fen", sa.Integer(), nullable=True),
        sa.Column(
            "hours",
            sa.Enum(
                "any",
                "day",
                "shifts",
                "school",
                "evening",
                "weekend",
                name="wished_hours",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("skills", sa.String(length=200), nullable=True),
        sa.Column("wants_training", sa.Boolean(), nullable=False),
        sa.Column("wants_start_up", sa.Boolean(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by", BIG_KEY, nullable=True),
        sa.Column("visit_id", BIG_KEY, nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "minutes IS NULL OR minutes BETWEEN 0 AND 240", name=op.f("ck_intention_minutes")
        ),
        sa.CheckConstraint("pay_fen IS NULL OR pay_fen >= 0", name=op.f("ck_intention_pay_fen")),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_intention_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["account.id"], name=op.f("fk_intention_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_intention_resident_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_intention_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intention")),
    )
    op.create_index(op.f("ix_intention_resident_id"), "intention", ["resident_id"], unique=False)
    op.create_index(op.f("ix_intention_brought_by"), "intention", ["brought_by"], unique=False)
    op.create_index(op.f("ix_intention_visit_id"), "intention", ["visit_id"], unique=False)
    op.create_index(
        "uq_intention_current",
        "intention",
        ["resident_id"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("intention")
    op.drop_table("status_history")
    op.drop_table("consent")
    op.drop_table("placement")
    op.drop_table("visit_need")
    op.drop_table("visit")
    op.drop_table("registration")
    op.drop_table("case_before")
    op.drop_table("case_file")
