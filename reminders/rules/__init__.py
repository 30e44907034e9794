"""The table of all rules. Nothing else knows when a duty exists."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select

from models.policy import Policy
from models.vocabulary.tasks import TaskKind
from reminders.rules.anomaly import anomaly
from reminders.rules.finding import Finding
from reminders.rules.first_registration import first_registration
from reminders.rules.follow_up import follow_up
from reminders.rules.insurance_lapse import insurance_lapse
from reminders.rules.service_gap import service_gap
from reminders.rules.visit import visit


@dataclass(frozen=True)
class Rule:
    """A kind of reminder, its findings, and the parameter that says how long there is to act.

    Without `act_days` each finding brings its own due date, which follows its data.
    """

    kind: TaskKind
    findings: Callable[[date, Policy], Select[Finding]]
    act_days: str | None = None

    def working_days(self, policy: Policy) -> int | None:
        return getattr(policy, self.act_days) if self.act_days else None


RULES = (
    Rule(TaskKind.VISIT, visit),
    Rule(TaskKind.INSURANCE_LAPSE, insurance_lapse, "act_days_lapse"),
    Rule(TaskKind.FIRST_REGISTRATION, first_registration, "act_days_first_registration"),
    Rule(TaskKind.ANOMALY, anomaly, "act_days_anomaly"),
    Rule(TaskKind.FOLLOW_UP, follow_up),
    Rule(TaskKind.SERVICE_GAP, service_gap, "act_days_service_gap"),
)
