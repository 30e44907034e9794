"""Places, employers, posts, referrals, services, messages; and the words they add elsewhere."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(JSONB(none_as_null=True), "postgresql")
BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "position",
    "street_load",
    "term",
    "station",
    "walk",
    "walk_origin",
    "employer",
    "post",
    "complaint",
    "message",
    "post_move",
    "post_before",
    "post_term",
    "resume",
    "match",
    "referral",
    "service_item",
    "signed_link",
    "referral_move",
    "wish_reckoned",
    "wish_term",
    "passed_post",
    "manual_choice",
)
SOURCES = (
    "household",
    "subsistence",
    "insurance",
    "unemployment",
    "employment",
    "benefits",
    "education",
    "caseload",
    "posts",
)
JOBS = (
    "nightly_sweep",
    "sweep_after_change",
    "import",
    "drop_folder",
    "undo_trial",
    "seal_audit",
    "integrity_check",
    "integrity_mend",
    "walks",
    "terms",
    "matching",
    "post_expiry",
    "referral_lapse",
    "digest",
    "messages",
)
KINDS = (
    "visit",
    "insurance_lapse",
    "first_registration",
    "anomaly",
    "assistance",
    "follow_up",
    "service_gap",
)
CHECKS = (
    "closed_case_tasks",
    "two_open_cases",
    "unconfirmed_case",
    "case_worker_gone",
    "case_nowhere",
    "last_contact",
    "case_stage",
    "task_holder_gone",
    "task_holder_elsewhere",
    "snoozed_long",
    "due_on_day_off",
    "two_open_visits",
    "case_of_another",
    "contact_removed",
    "order_missing",
    "badge_differs",
    "standing_differs",
    "contribution_orphaned",
    "closed_month_unfounded",
    "facts_unfounded",
    "two_current_facts",
    "residence_differs",
    "place_unknown",
    "merged_in_use",
    "household_empty",
    "registration_left",
    "consent_unfounded",
    "batch_miscounted",
    "batch_stuck",
    "upload_orphaned",
    "seal_unknown",
    "audit_broken",
    "hires_differ",
    "post_overstays",
)
# Table: column, name of its CHECK, all its words, how many of them are new.
NEW_WORDS = {
    "import_batch": ("source", "source", SOURCES, 1),
    "import_layout": ("source", "source", SOURCES, 1),
    "resident": ("name_from", "source", SOURCES, 1),
    "resident_before": ("name_from", "source", SOURCES, 1),
    "stated_identity": ("source", "source", SOURCES, 1),
    "job_run": ("name", "job_name", JOBS, 7),
    "job_request": ("name", "job_name", JOBS, 7),
    "task": ("kind", "task_kind", KINDS, 1),
    "check_result": ("name", "check_name", CHECKS, 2),
    "check_finding": ("name", "check_name", CHECKS, 2),
}


def _allow(words_of: dict[str, tuple[str, str, tuple[str, ...], int]]) -> None:
    """Hold each column to its words, in place of those it was held to before."""
    rewrite = REWRITERS[op.get_bind().dialect.name]
    for table, (column, name, words, _) in words_of.items():
        listed = ", ".join(f"'{word}'" for word in words)
        rewrite(table, f"ck_{table}_{name}", f"{column} IN ({listed})")


def _replace(table: str, name: str, condition: str) -> None:
    op.drop_constraint(op.f(name), table, type_="check")
    op.create_check_constraint(op.f(name), table, condition)


def _rewrite(table: str, name: str, condition: str) -> None:
    """In the schema's own text, as SQLite's manual has it for a CHECK: to build the table anew
    would drop it, and the rows of others that refer to it with it.
    """
    connection = op.get_bind()
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    known = connection.execute(query, {"table": table}).scalar_one()
    found = re.compile(rf"(CONSTRAINT {name} CHECK) \([a-z_]+ IN \([^)]*\)\)")
    changed, count = found.subn(lambda match: f"{match[1]} ({condition})", known)
    if count != 1:
        message = f"{table} has no {name}"
        raise LookupError(message)
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    update = sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table")
    connection.execute(update, {"sql": changed, "table": table})
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


REWRITERS = {"sqlite": _rewrite, "postgresql": _replace}


def upgrade() -> None:
    _add_places_and_posts()
    _add_referrals_and_services()
    _add_what_residents_say()
    with op.batch_alter_table("placement") as placement:
        placement.add_column(sa.Column("referral_id", BIG_KEY, nullable=True))
        placement.create_index(op.f("ix_placement_referral_id"), ["referral_id"], unique=False)
        placement.create_foreign_key(
            op.f("fk_placement_referral_id"), "referral", ["referral_id"], ["id"]
        )
    op.add_column("resident", sa.Column("email_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("case_file", sa.Column("reopened_on", sa.Date(), nullable=True))
    _allow(NEW_WORDS)


def _add_places_and_posts() -> None:
    op.create_table(
        "position",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("is_walked", sa.Boolean(), nullable=False),
        sa.CheckConstraint("latitude BETWEEN -90 AND 90", name=op.f("ck_position_latitude")),
        sa.CheckConstraint("longitude BETWEEN -180 AND 180", name=op.f("ck_position_longitude")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_position")),
        sa.UniqueConstraint("latitude", "longitude", name=op.f("uq_position_latitude_longitude")),
    )
    op.create_index(
        "ix_position_unwalked",
        "position",
        ["id"],
        unique=False,
        sqlite_where=sa.text("NOT is_walked"),
        postgresql_where=sa.text("NOT is_walked"),
    )
    op.create_table(
        "street_load",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("nodes", sa.Integer(), nullable=False),
        sa.Column("edges", sa.Integer(), nullable=False),
        sa.Column("south", sa.Float(), nullable=False),
        sa.Column("west", sa.Float(), nullable=False),
        sa.Column("north", sa.Float(), nullable=False),
        sa.Column("east", sa.Float(), nullable=False),
        sa.Column("network", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street_load")),
    )
    op.create_table(
        "term",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column("idf", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term")),
        sa.UniqueConstraint("word", name=op.f("uq_term_word")),
    )
    op.create_table(
        "station",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "station",
                "gig_point",
                name="station_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("division_code", sa.String(length=15), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("hours", sa.String(length=100), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("position_id", BIG_KEY, nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_station_division_code")
        ),
        sa.ForeignKeyConstraint(
            ["position_id"], ["position.id"], name=op.f("fk_station_position_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sa.UniqueConstraint("division_code", "name", name=op.f("uq_station_division_code_name")),
    )
    op.create_index(op.f("ix_station_position_id"), "station", ["position_id"], unique=False)

    op.create_table(
        "walk",
        sa.Column("division_code", sa.String(length=15), nullable=False),
        sa.Column("position_id", BIG_KEY, nullable=False),
        sa.Column("metres", sa.Integer(), nullable=False),
        sa.Column("by_street", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_walk_division_code")
        ),
        sa.ForeignKeyConstraint(["position_id"], ["position.id"], name=op.f("fk_walk_position_id")),
        sa.PrimaryKeyConstraint("division_code", "position_id", name=op.f("pk_walk")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_walk_position", "walk", ["position_id"], unique=False)
    op.create_table(
        "walk_origin",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("division_code", sa.String(length=15), nullable=True),
        sa.Column("station_id", BIG_KEY, nullable=True),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("reckoned_by", sa.String(length=80), nullable=False),
        sa.Column("reach_metres", sa.Integer(), nullable=False),
        sa.Column("by_street", sa.Boolean(), nullable=False),
        sa.Column("streets", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "(division_code IS NULL) <> (station_id IS NULL)",
            name=op.f("ck_walk_origin_one_place"),
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_walk_origin_division_code")
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["station.id"], name=op.f("fk_walk_origin_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_origin")),
        sa.UniqueConstraint("division_code", name=op.f("uq_walk_origin_division_code")),
        sa.UniqueConstraint("station_id", name=op.f("uq_walk_origin_station_id")),
    )

    op.create_table(
        "employer",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=120), nullable=False),
        sa.Column("is_agency", sa.Boolean(), nullable=False),
        sa.Column("division_code", sa.String(length=15), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("position_id", BIG_KEY, nullable=True),
        sa.Column("contact", sa.String(length=60), nullable=True),
        sa.Column("contact_phone", sa.LargeBinary(), nullable=True),
        sa.Column("licence_seen_on", sa.Date(), nullable=True),
        sa.Column("licence_seen_by", BIG_KEY, nullable=True),
        sa.Column("recorded_by", BIG_KEY, nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(licence_seen_on IS NULL) = (licence_seen_by IS NULL)",
            name=op.f("ck_employer_licence_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_employer_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_employer_division_code")
        ),
        sa.ForeignKeyConstraint(
            ["licence_seen_by"], ["account.id"], name=op.f("fk_employer_licence_seen_by")
        ),
        sa.ForeignKeyConstraint(
            ["position_id"], ["position.id"], name=op.f("fk_employer_position_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["account.id"], name=op.f("fk_employer_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employer")),
        sa.UniqueConstraint("uscc", name=op.f("uq_employer_uscc")),
    )
    op.create_index(op.f("ix_employer_brought_by"), "employer", ["brought_by"], unique=False)
    op.create_index("ix_employer_division", "employer", ["division_code"], unique=False)
    op.create_index("ix_employer_name_key", "employer", ["name_key"], unique=False)

    op.create_table(
        "post",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("employer_id", BIG_KEY, nullable=False),
        sa.Column(
            "door",
            sa.Enum(
                "form",
                "file",
                "link",
                name="post_door",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "published",
                "returned",
                "merged",
                "expired",
                "taken_down",
                name="post_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("title_key", sa.String(length=80), nullable=False),
        sa.Column("occupation_code", sa.String(length=12), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "full_time",
                "part_time",
                "gig",
                "public_welfare",
                "traineeship",
                "home_work",
                name="work_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("headcount", sa.SmallInteger(), nullable=False),
        sa.Column("hired_count", sa.SmallInteger(), nullable=False),
        sa.Column(
            "pay_unit",
            sa.Enum(
                "month",
                "day",
                "hour",
                "year",
                "piece",
                name="pay_unit",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("pay_low_fen", sa.Integer(), nullable=True),
        sa.Column("pay_high_fen", sa.Integer(), nullable=True),
        sa.Column("pay_months", sa.SmallInteger(), nullable=False),
        sa.Column("month_low_fen", sa.Integer(), nullable=True),
        sa.Column("month_high_fen", sa.Integer(), nullable=True),
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
        sa.Column("shifts", sa.String(length=100), nullable=True),
        sa.Column("description", sa.String(length=2000), nullable=True),
        sa.Column(
            "education",
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
            nullable=True,
        ),
        sa.Column("skills", sa.String(length=200), nullable=True),
        sa.Column("certificates", DOCUMENT, nullable=False),
        sa.Column("helped", DOCUMENT, nullable=False),
        sa.Column("insurance_paid", sa.Boolean(), nullable=True),
        sa.Column("division_code", sa.String(length=15), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("position_id", BIG_KEY, nullable=True),
        sa.Column("contact", sa.String(length=60), nullable=True),
        sa.Column("contact_phone", sa.LargeBinary(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("submitted_on", sa.Date(), nullable=False),
        sa.Column("submitted_by", BIG_KEY, nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("merged_into", BIG_KEY, nullable=True),
        sa.Column("brought_by", BIG_KEY, nullable=True),
        sa.Column("file_key", sa.String(length=64), nullable=True),
        sa.Column("file_print", sa.String(length=64), nullable=True),
        sa.Column("terms_of", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'merged') = (merged_into IS NOT NULL)", name=op.f("ck_post_merged_somewhere")
        ),
        sa.CheckConstraint(
            "state <> 'published' OR published_on IS NOT NULL",
            name=op.f("ck_post_published_has_date"),
        ),
        sa.CheckConstraint("headcount BETWEEN 1 AND 9999", name=op.f("ck_post_headcount")),
        sa.CheckConstraint("hired_count >= 0", name=op.f("ck_post_hired_count")),
        sa.CheckConstraint(
            "merged_into IS NULL OR merged_into <> id", name=op.f("ck_post_merged_elsewhere")
        ),
        sa.CheckConstraint(
            "pay_low_fen IS NULL OR pay_high_fen IS NULL OR pay_low_fen <= pay_high_fen",
            name=op.f("ck_post_pay_in_order"),
        ),
        sa.CheckConstraint("pay_months BETWEEN 12 AND 24", name=op.f("ck_post_pay_months")),
        sa.ForeignKeyConstraint(
            ["brought_by"], ["import_batch.id"], name=op.f("fk_post_brought_by")
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name=op.f("fk_post_division_code")
        ),
        sa.ForeignKeyConstraint(["employer_id"], ["employer.id"], name=op.f("fk_post_employer_id")),
        sa.ForeignKeyConstraint(["merged_into"], ["post.id"], name=op.f("fk_post_merged_into")),
        sa.ForeignKeyConstraint(["position_id"], ["position.id"], name=op.f("fk_post_position_id")),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["account.id"], name=op.f("fk_post_submitted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("file_key", name=op.f("uq_post_file_key")),
        sa.UniqueConstraint("uuid", name=op.f("uq_post_uuid")),
    )
    op.create_index(op.f("ix_post_brought_by"), "post", ["brought_by"], unique=False)
    op.create_index("ix_post_employer", "post", ["employer_id", "title_key"], unique=False)
    op.create_index(op.f("ix_post_merged_into"), "post", ["merged_into"], unique=False)
    op.create_index("ix_post_position", "post", ["position_id", "state"], unique=False)
    op.create_index(
        "ix_post_state_division",
        "post",
        ["state", "division_code", "position_id"],
        unique=False,
    )
    op.create_index(op.f("ix_post_terms_of"), "post", ["terms_of"], unique=False)


def _add_referrals_and_services() -> None:
    op.create_table(
        "complaint",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("post_id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "untrue_pay",
                "asked_for_money",
                "discriminated",
                "no_such_post",
                "different_work",
                "other",
                name="complaint_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "upheld",
                "rejected",
                name="complaint_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (settled_at IS NULL)", name=op.f("ck_complaint_settled_has_instant")
        ),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_by IS NULL)", name=op.f("ck_complaint_settled_by")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_complaint_post_id")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_complaint_resident_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["account.id"], name=op.f("fk_complaint_settled_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("uuid", name=op.f("uq_complaint_uuid")),
    )
    op.create_index(op.f("ix_complaint_post_id"), "complaint", ["post_id"], unique=False)
    op.create_index(op.f("ix_complaint_resident_id"), "complaint", ["resident_id"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "digest",
                "referral",
                "interview",
                name="message_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "sms",
                "email",
                name="message_channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("cycle", sa.String(length=80), nullable=False),
        sa.Column("values", DOCUMENT, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "sent",
                "failed",
                "dropped",
                name="message_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("try_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "failure",
            sa.Enum(
                "no_address",
                "refused",
                "no_answer",
                "interrupted",
                "no_consent",
                "outdated",
                name="message_failure",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_message_sent_has_instant")
        ),
        sa.CheckConstraint(
            "(state = 'sending') = (claimed_at IS NOT NULL)",
            name=op.f("ck_message_claimed_has_instant"),
        ),
        sa.CheckConstraint(
            "state <> 'failed' OR failure IS NOT NULL",
            name=op.f("ck_message_failed_has_cause"),
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_message_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "resident_id", "kind", "cycle", name=op.f("uq_message_resident_id_kind_cycle")
        ),
    )
    op.create_index("ix_message_state", "message", ["state", "id"], unique=False)

    op.create_table(
        "post_move",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("post_id", BIG_KEY, nullable=False),
        sa.Column(
            "verb",
            sa.Enum(
                "submit",
                "amend",
                "publish",
                "return",
                "merge",
                "expire",
                "take_down",
                "complain",
                name="post_verb",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", BIG_KEY, nullable=True),
        sa.Column("reasons", DOCUMENT, nullable=False),
        sa.Column("note", sa.String(length=400), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_post_move_by")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_move_post_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_move")),
    )
    op.create_index(op.f("ix_post_move_post_id"), "post_move", ["post_id"], unique=False)

    op.create_table(
        "post_before",
        sa.Column("import_id", BIG_KEY, nullable=False),
        sa.Column("post_id", BIG_KEY, nullable=False),
        sa.Column("values", DOCUMENT, nullable=False),
        sa.Column("contact_phone", sa.LargeBinary(), nullable=True),
        sa.Column("move_id", BIG_KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_batch.id"], name=op.f("fk_post_before_import_id")
        ),
        sa.ForeignKeyConstraint(["move_id"], ["post_move.id"], name=op.f("fk_post_before_move_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_before_post_id")),
        sa.PrimaryKeyConstraint("import_id", "post_id", name=op.f("pk_post_before")),
    )
    op.create_index(op.f("ix_post_before_move_id"), "post_before", ["move_id"], unique=False)
    op.create_index(op.f("ix_post_before_post_id"), "post_before", ["post_id"], unique=False)

    op.create_table(
        "post_term",
        sa.Column("term_id", BIG_KEY, nullable=False),
        sa.Column("post_id", BIG_KEY, nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["post.id"],
            name=op.f("fk_post_term_post_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_post_term_term_id")),
        sa.PrimaryKeyConstraint("term_id", "post_id", name=op.f("pk_post_term")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_post_term_post", "post_term", ["post_id"], unique=False)

    op.create_table(
        "resume",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column(
            "education",
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
            nullable=True,
        ),
        sa.Column("experience", sa.LargeBinary(), nullable=True),
        sa.Column("skills", sa.String(length=200), nullable=True),
        sa.Column("certificates", DOCUMENT, nullable=False),
        sa.Column("recorded_by", BIG_KEY, nullable=True),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["account.id"], name=op.f("fk_resume_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_resume_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resume")),
    )
    op.create_index(op.f("ix_resume_resident_id"), "resume", ["resident_id"], unique=False)
    op.create_index(
        "uq_resume_current",
        "resume",
        ["resident_id"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )

    op.create_table(
        "match",
        sa.Column("case_id", BIG_KEY, nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("post_id", BIG_KEY, nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("computed_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.id"],
            name=op.f("fk_match_case_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["post.id"],
            name=op.f("fk_match_post_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("case_id", "rank", name=op.f("pk_match")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_match_post", "match", ["post_id"], unique=False)

    op.create_table(
        "referral",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("case_id", BIG_KEY, nullable=False),
        sa.Column("post_id", BIG_KEY, nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "applied",
                "offered",
                "accepted",
                "interview",
                "hired",
                "declined",
                "withdrawn",
                "lapsed",
                "obsolete",
                name="referral_stage",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("offered_on", sa.Date(), nullable=False),
        sa.Column("offered_by", BIG_KEY, nullable=True),
        sa.Column("lapses_on", sa.Date(), nullable=False),
        sa.Column("interview_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hired_on", sa.Date(), nullable=True),
        sa.Column(
            "declined_by",
            sa.Enum(
                "resident",
                "employer",
                name="declined_by",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
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
            "employer_refusal",
            sa.Enum(
                "filled",
                "skills_short",
                "no_show",
                "not_agreed",
                "other",
                name="employer_refusal",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("offered_score", sa.Integer(), nullable=True),
        sa.Column("offered_minutes", sa.Integer(), nullable=True),
        sa.Column("resume_shared", sa.Boolean(), nullable=False),
        sa.Column("obsolete_from", sa.String(length=40), nullable=True),
        sa.Column("obsolete_by", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(stage = 'declined') = (declined_by IS NOT NULL)",
            name=op.f("ck_referral_declined_by_somebody"),
        ),
        sa.CheckConstraint(
            "(stage = 'hired') = (hired_on IS NOT NULL)", name=op.f("ck_referral_hired_has_date")
        ),
        sa.CheckConstraint(
            "(stage = 'obsolete') = (obsolete_from IS NOT NULL)",
            name=op.f("ck_referral_obsolete_from_stage"),
        ),
        sa.CheckConstraint(
            "declined_by IS NULL OR declined_by <> 'resident' OR refusal_reason IS NOT NULL",
            name=op.f("ck_referral_refusal_has_reason"),
        ),
        sa.CheckConstraint(
            "refusal_reason IS NOT NULL OR refusal_reasonable IS NULL",
            name=op.f("ck_referral_refusal_whole"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_referral_case_id")),
        sa.ForeignKeyConstraint(
            ["obsolete_by"], ["referral.id"], name=op.f("fk_referral_obsolete_by")
        ),
        sa.ForeignKeyConstraint(
            ["offered_by"], ["account.id"], name=op.f("fk_referral_offered_by")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_referral_post_id")),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_referral_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("uuid", name=op.f("uq_referral_uuid")),
    )
    op.create_index(op.f("ix_referral_case_id"), "referral", ["case_id"], unique=False)
    op.create_index(op.f("ix_referral_obsolete_by"), "referral", ["obsolete_by"], unique=False)
    op.create_index(op.f("ix_referral_post_id"), "referral", ["post_id"], unique=False)
    op.create_index(op.f("ix_referral_resident_id"), "referral", ["resident_id"], unique=False)
    op.create_index("ix_referral_stage", "referral", ["stage", "lapses_on"], unique=False)
    op.create_index(
        "uq_referral_running",
        "referral",
        ["resident_id", "post_id"],
        unique=True,
        sqlite_where=sa.text("stage IN ('applied', 'offered', 'accepted', 'interview', 'hired')"),
        postgresql_where=sa.text(
            "stage IN ('applied', 'offered', 'accepted', 'interview', 'hired')"
        ),
    )

    op.create_table(
        "service_item",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=True),
        sa.Column("case_id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "guidance",
                "recommendation",
                "training",
                "briefing",
                name="service_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", BIG_KEY, nullable=True),
        sa.Column("visit_id", BIG_KEY, nullable=True),
        sa.Column("referral_id", BIG_KEY, nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind <> 'recommendation' OR referral_id IS NOT NULL OR visit_id IS NOT NULL"
            " OR note IS NOT NULL",
            name=op.f("ck_service_item_recommendation_is_shown"),
        ),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_by IS NULL)", name=op.f("ck_service_item_removed_by")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_service_item_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["account.id"], name=op.f("fk_service_item_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_service_item_referral_id")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by"], ["account.id"], name=op.f("fk_service_item_removed_by")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_service_item_resident_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_service_item_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_item")),
        sa.UniqueConstraint("referral_id", name=op.f("uq_service_item_referral_id")),
        sa.UniqueConstraint("uuid", name=op.f("uq_service_item_uuid")),
    )
    op.create_index("ix_service_item_case", "service_item", ["case_id", "kind"], unique=False)
    op.create_index("ix_service_item_day", "service_item", ["delivered_on", "id"], unique=False)
    op.create_index(
        op.f("ix_service_item_resident_id"), "service_item", ["resident_id"], unique=False
    )
    op.create_index(op.f("ix_service_item_visit_id"), "service_item", ["visit_id"], unique=False)

    op.create_table(
        "signed_link",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("token_hash", sa.String(length=48), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "submit_posts",
                "answer_referral",
                name="link_purpose",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("employer_id", BIG_KEY, nullable=False),
        sa.Column("referral_id", BIG_KEY, nullable=True),
        sa.Column("made_by", BIG_KEY, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(purpose = 'answer_referral') = (referral_id IS NOT NULL)",
            name=op.f("ck_signed_link_names_its_record"),
        ),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["employer.id"], name=op.f("fk_signed_link_employer_id")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_signed_link_made_by")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_signed_link_referral_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_signed_link_token_hash")),
    )
    op.create_index(
        op.f("ix_signed_link_employer_id"), "signed_link", ["employer_id"], unique=False
    )
    op.create_index(
        op.f("ix_signed_link_referral_id"), "signed_link", ["referral_id"], unique=False
    )

    op.create_table(
        "referral_move",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("referral_id", BIG_KEY, nullable=False),
        sa.Column(
            "verb",
            sa.Enum(
                "offer",
                "apply",
                "accept",
                "invite",
                "hire",
                "decline",
                "withdraw",
                "lapse",
                "set_aside",
                "cancel_hire",
                "restore",
                name="referral_verb",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", BIG_KEY, nullable=True),
        sa.Column("link_id", BIG_KEY, nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_referral_move_by")),
        sa.ForeignKeyConstraint(
            ["link_id"], ["signed_link.id"], name=op.f("fk_referral_move_link_id")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referral.id"], name=op.f("fk_referral_move_referral_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_move")),
    )
    op.create_index(
        op.f("ix_referral_move_referral_id"), "referral_move", ["referral_id"], unique=False
    )

    op.create_table(
        "wish_reckoned",
        sa.Column("intention_id", BIG_KEY, nullable=False),
        sa.Column("terms_of", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["intention_id"],
            ["intention.id"],
            name=op.f("fk_wish_reckoned_intention_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("intention_id", name=op.f("pk_wish_reckoned")),
    )
    op.create_table(
        "wish_term",
        sa.Column("intention_id", BIG_KEY, nullable=False),
        sa.Column("term_id", BIG_KEY, nullable=False),
        sa.Column("weight", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["intention_id"],
            ["intention.id"],
            name=op.f("fk_wish_term_intention_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_wish_term_term_id")),
        sa.PrimaryKeyConstraint("intention_id", "term_id", name=op.f("pk_wish_term")),
        sqlite_with_rowid=False,
    )


def _add_what_residents_say() -> None:
    op.create_table(
        "passed_post",
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("post_id", BIG_KEY, nullable=False),
        sa.Column(
            "reason",
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
            nullable=False,
        ),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_passed_post_resident_id")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_passed_post_post_id")),
        sa.PrimaryKeyConstraint("resident_id", "post_id", name=op.f("pk_passed_post")),
    )
    op.create_index(op.f("ix_passed_post_post_id"), "passed_post", ["post_id"], unique=False)
    op.create_table(
        "manual_choice",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= chosen_at", name=op.f("ck_manual_choice_in_order")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["resident.id"], name=op.f("fk_manual_choice_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_choice")),
    )
    op.create_index(
        op.f("ix_manual_choice_resident_id"), "manual_choice", ["resident_id"], unique=False
    )
    op.create_index(
        "uq_manual_choice_current",
        "manual_choice",
        ["resident_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    _allow(
        {
            table: (column, name, words[:-added], added)
            for table, (column, name, words, added) in NEW_WORDS.items()
        }
    )
    op.drop_column("case_file", "reopened_on")
    op.drop_column("resident", "email_sealed")
    with op.batch_alter_table("placement") as placement:
        placement.drop_constraint(op.f("fk_placement_referral_id"), type_="foreignkey")
        placement.drop_index(op.f("ix_placement_referral_id"))
        placement.drop_column("referral_id")
    for table in reversed(TABLES):
        op.drop_table(table)
