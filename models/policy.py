"""Parameters that drive rules: stored, dated, changeable; read as one frozen object for a day."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

from sqlalchemy import ForeignKey, Index, String, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import CODE_LENGTH, Base, Document, Key, Recorded, coded
from models.places import Division
from models.vocabulary.parameters import PARAMETERS
from models.vocabulary.places import DivisionLevel, ancestors_of
from models.vocabulary.policy import SourceMark

# First values hold from before anything the system knows.
EPOCH = date(2000, 1, 1)


class PolicyValue(Recorded, Base):
    __tablename__ = "policy_value"
    __table_args__ = (
        # A division of '' is everywhere: NULLs would never clash with each other.
        Index("uq_policy_value", "name", "division_code", "effective_on", unique=True),
    )

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(String(60))
    division_code: Mapped[str] = mapped_column(String(CODE_LENGTH), default="")
    effective_on: Mapped[date]
    value: Mapped[Any] = mapped_column(Document)
    mark: Mapped[SourceMark] = mapped_column(coded(SourceMark))
    source: Mapped[str] = mapped_column(String(200))
    set_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


@dataclass(frozen=True)
class Policy:
    """Every parameter as it holds on one day in one place; names as in `PARAMETERS`."""

    first_service_days: int
    first_service_working_days: bool
    visit_days_zero_employment: int
    visit_days_hard_to_employ: int
    visit_days_other: int
    visit_lead_days: int
    follow_up_days: tuple[int, ...]
    lapse_months: int
    lapse_kinds: tuple[str, ...]
    employed_lapse_months: int
    act_days_lapse: int
    act_days_first_registration: int
    act_days_anomaly: int
    priority_zero_employment: int
    priority_hard_to_employ: int
    priority_assistance: int
    priority_lapse: int
    priority_first_registration: int
    priority_other_visit: int
    priority_follow_up: int
    priority_anomaly: int
    graduate_months: int
    graduate_uninsured_months: int
    labour_age: int
    minimum_wage_fen: int
    snooze_days: int
    departure_share: float
    row_loss_share: float
    reject_share: float
    outside_share: float
    unmatched_share: float
    local_share: float
    count_change_share: float
    month_gap: int
    stale_months: tuple[tuple[str, int], ...]
    service_package: tuple[tuple[str, int], ...]
    service_gap_days: int
    priority_service_gap: int
    act_days_service_gap: int
    walking_metres_a_minute: int
    walking_detour: float
    reach_minutes: int
    match_minutes: int
    match_count: int
    match_weights: tuple[tuple[str, int], ...]
    referral_days: int
    message_days: int
    link_days: int
    post_days: int
    minimum_wage_hour_fen: int
    retention_months: tuple[int, ...]
    dibao_refusals: int
    dibao_refusal_months: int
    retirement_tracks: tuple[tuple[str, int, int, int, int], ...]

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        return cls(**{field.name: _frozen(values[field.name]) for field in fields(cls)})


def policy_on(session: Session, day: date, division_code: str = "") -> Policy:
    """The values in force: the nearest division's newest that is effective on the day."""
    codes = ["", *(ancestors_of(division_code) if division_code else [])]
    rows = session.execute(
        select(PolicyValue.name, PolicyValue.value)
        .where(
            PolicyValue.effective_on <= day,
            or_(*(PolicyValue.division_code == code for code in codes)),
        )
        .order_by(func.length(PolicyValue.division_code), PolicyValue.effective_on)
    )
    values: dict[str, Any] = {parameter.name: parameter.default for parameter in PARAMETERS}
    values.update((name, value) for name, value in rows)
    return Policy.of(values)


def common_policy_on(session: Session, day: date) -> Policy:
    """What a sweep goes by: as in the nearest division that all districts here lie in.

    That is the district itself where one is served. What a street has of its own is not asked for:
    a rule is one query for everybody, and takes its numbers from one policy.
    """
    districts = select(func.min(Division.code), func.max(Division.code)).where(
        Division.level == DivisionLevel.DISTRICT
    )
    first, last = session.execute(districts).one()
    above = set(ancestors_of(last)) if last else set()
    shared = next((code for code in ancestors_of(first or "") if code in above), "")
    return policy_on(session, day, shared)


def _frozen(value: Any) -> Any:  # noqa: ANN401 - JSON: whatever the parameter holds
    return tuple(_frozen(part) for part in value) if isinstance(value, list | tuple) else value


def seed_parameters(session: Session) -> None:
    """Store each parameter's first value where none stands yet."""
    known = set(session.scalars(select(PolicyValue.name)))
    session.add_all(
        PolicyValue(
            name=parameter.name,
            effective_on=EPOCH,
            value=parameter.default,
            mark=parameter.mark,
            source=parameter.source,
        )
        for parameter in PARAMETERS
        if parameter.name not in known
    )
    session.flush()
