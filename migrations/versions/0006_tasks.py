"""Tasks, their moves, sweeps and jobs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(JSONB(none_as_null=True), "postgresql")
BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JOBS = (
    "nightly_sweep",
    "sweep_after_change",
    "import",
    "drop_folder",
    "undo_trial",
    "seal_audit",
    "integrity_check",
    "integrity_mend",
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
)


def words(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "sweep_run",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "nightly",
                "import",
                "registration",
                "visit",
                "command",
                name="sweep_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", DOCUMENT, nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep_run")),
    )
    op.create_table(
        "job_run",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("name", words("job_name", JOBS), nullable=False),
        sa.Column("slot", sa.String(length=60), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "done",
                "failed",
                "interrupted",
                name="job_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("claimed_by", sa.String(length=80), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=400), nullable=True),
        sa.Column("counts", DOCUMENT, nullable=False),
        sa.CheckConstraint(
            "(state = 'running') = (finished_at IS NULL)",
            name=op.f("ck_job_run_finished_has_instant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("name", "slot", name=op.f("uq_job_run_name_slot")),
    )
    op.create_index("ix_job_run_name_started", "job_run", ["name", "started_at"], unique=False)
    op.create_table(
        "job_request",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("name", words("job_name", JOBS), nullable=False),
        sa.Column("argument", sa.String(length=40), nullable=False),
        sa.Column("requested_by", BIG_KEY, nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["account.id"], name=op.f("fk_job_request_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_request")),
    )
    op.create_index(
        "uq_job_request_waiting",
        "job_request",
        ["name", "argument"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "scheduler_process",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("process", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduler_process")),
        sa.UniqueConstraint("process", name=op.f("uq_scheduler_process_process")),
    )
    op.create_table(
        "check_run",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_run")),
    )
    op.create_table(
        "check_result",
        sa.Column("run_id", BIG_KEY, nullable=False),
        sa.Column("name", words("check_name", CHECKS), nullable=False),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.CheckConstraint("count IS NULL OR count >= 0", name=op.f("ck_check_result_count")),
        sa.CheckConstraint(
            "(count > 0) = (since IS NOT NULL)",
            name=op.f("ck_check_result_since_with_findings"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["check_run.id"], name=op.f("fk_check_result_run_id")),
        sa.PrimaryKeyConstraint("run_id", "name", name=op.f("pk_check_result")),
    )
    op.create_table(
        "check_finding",
        sa.Column("run_id", BIG_KEY, nullable=False),
        sa.Column("name", words("check_name", CHECKS), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=True),
        sa.Column("resident_id", sa.BigInteger(), nullable=True),
        sa.Column("details", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["check_run.id"], name=op.f("fk_check_finding_run_id")),
        sa.PrimaryKeyConstraint("run_id", "name", "place", name=op.f("pk_check_finding")),
    )
    op.create_table(
        "task",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("resident_id", BIG_KEY, nullable=False),
        sa.Column("case_id", BIG_KEY, nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "visit",
                "insurance_lapse",
                "first_registration",
                "anomaly",
                "assistance",
                "follow_up",
                name="task_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("cycle", sa.String(length=80), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "done",
                "dismissed",
                "withdrawn",
                name="task_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("assignee_id", BIG_KEY, nullable=True),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("evidence", DOCUMENT, nullable=False),
        sa.Column(
            "dismiss_reason",
            sa.Enum(
                "wrong_data",
                "declined",
                "settled",
                "other",
                name="dismiss_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", BIG_KEY, nullable=True),
        sa.Column("visit_id", BIG_KEY, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'dismissed') = (dismiss_reason IS NOT NULL)",
            name=op.f("ck_task_dismissed_has_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (settled_at IS NULL)", name=op.f("ck_task_settled_has_instant")
        ),
        sa.CheckConstraint(
            "state = 'open' OR snoozed_until IS NULL", name=op.f("ck_task_only_open_snoozes")
        ),
        sa.CheckConstraint("priority BETWEEN 0 AND 99", name=op.f("ck_task_priority")),
        sa.ForeignKeyConstraint(["assignee_id"], ["account.id"], name=op.f("fk_task_assignee_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_task_case_id")),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name=op.f("fk_task_resident_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["account.id"], name=op.f("fk_task_settled_by")),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_task_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint(
            "resident_id", "kind", "cycle", name=op.f("uq_task_resident_id_kind_cycle")
        ),
    )
    op.create_index(
        "ix_task_assignee",
        "task",
        ["assignee_id", "state", "due_on", "priority", "resident_id"],
        unique=False,
    )
    op.create_index(op.f("ix_task_case_id"), "task", ["case_id"], unique=False)
    op.create_index("ix_task_kind_state", "task", ["kind", "state"], unique=False)
    op.create_index(
        "ix_task_open",
        "task",
        ["due_on", "priority", "resident_id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_task_visit_id"), "task", ["visit_id"], unique=False)
    op.create_table(
        "task_move",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("task_id", BIG_KEY, nullable=False),
        sa.Column(
            "verb",
            sa.Enum(
                "raise",
                "complete",
                "dismiss",
                "withdraw",
                "reopen",
                "snooze",
                "hand_over",
                name="task_verb",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", BIG_KEY, nullable=True),
        sa.Column("sweep_id", BIG_KEY, nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("from_id", BIG_KEY, nullable=True),
        sa.Column("to_id", BIG_KEY, nullable=True),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_task_move_by")),
        sa.ForeignKeyConstraint(["from_id"], ["account.id"], name=op.f("fk_task_move_from_id")),
        sa.ForeignKeyConstraint(["sweep_id"], ["sweep_run.id"], name=op.f("fk_task_move_sweep_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_move_task_id")),
        sa.ForeignKeyConstraint(["to_id"], ["account.id"], name=op.f("fk_task_move_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_move")),
    )
    op.create_index(op.f("ix_task_move_task_id"), "task_move", ["task_id"], unique=False)


def downgrade() -> None:
    op.drop_table("task_move")
    op.drop_table("task")
    for table in (
        "check_finding",
        "check_result",
        "check_run",
        "scheduler_process",
        "job_request",
        "job_run",
    ):
        op.drop_table(table)
    op.drop_table("sweep_run")
