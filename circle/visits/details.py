"""What a worker tells of one contact (DOMAIN 9), and what may be wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from circle.cases.standing import IDLE
from circle.cases.statements import Wish
from models.cases import Case
from models.vocabulary.cases import (
    DifficultyCause,
    Need,
    NextStep,
    Obstacle,
    PlacementKind,
    RefusalReason,
    VisitChannel,
    VisitProblem,
)
from models.vocabulary.residents import WorkStatus


@dataclass(frozen=True)
class JobBegun:
    kind: PlacementKind
    employer: str
    started_on: date | None
    occupation: str | None = None
    pay_fen: int | None = None  # a month


@dataclass(frozen=True)
class VisitDetails:
    """`uuid` is made where the form is filled in: the same one sent again is the same visit.

    `is_whole` says that the form showed what was known, so an empty answer clears it; a form
    filled in without signal knew nothing, and what it leaves empty stays as it was.
    """

    uuid: str
    visited_on: date
    channel: VisitChannel
    reached: bool
    work_status: WorkStatus | None = None
    status_since: date | None = None
    wish: Wish | None = None
    is_whole: bool = False
    causes: tuple[DifficultyCause, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    needs: tuple[Need, ...] = ()
    refusal_reason: RefusalReason | None = None
    refusal_reasonable: bool | None = None
    next_step: NextStep = NextStep.NONE
    next_on: date | None = None
    note: str | None = None
    job: JobBegun | None = None
    ticked: frozenset[int] = frozenset()  # tasks the worker settles with this visit

    @property
    def tells_of_the_person(self) -> bool:
        """Holds an answer that only the person could have given."""
        return any((self.work_status, self.needs, self.refusal_reason, self.job))


PROBLEMS: dict[VisitProblem, Callable[[VisitDetails, Case | None, date], bool]] = {
    VisitProblem.IN_FUTURE: lambda told, _case, on: told.visited_on > on,
    VisitProblem.BEFORE_OPENING: lambda told, case, _on: (
        case is not None and told.visited_on < case.opened_on
    ),
    VisitProblem.STATUS_IN_FUTURE: lambda told, _case, _on: _is_later(
        told.status_since, told.visited_on
    ),
    VisitProblem.NEXT_IN_PAST: lambda told, _case, _on: _is_later(told.visited_on, told.next_on),
    VisitProblem.REFUSAL_UNNAMED: lambda told, _case, _on: (
        told.refusal_reasonable is not None and told.refusal_reason is None
    ),
    VisitProblem.NOT_REACHED: lambda told, _case, _on: (
        not told.reached and told.tells_of_the_person
    ),
    VisitProblem.JOB_WITHOUT_CASE: lambda told, case, _on: (
        told.job is not None and (case is None or not case.is_open)
    ),
    VisitProblem.JOB_UNNAMED: lambda told, _case, _on: (
        told.job is not None and not told.job.employer
    ),
    VisitProblem.JOB_UNDATED: lambda told, _case, _on: (
        told.job is not None and told.job.started_on is None
    ),
    VisitProblem.JOB_IN_FUTURE: lambda told, _case, _on: (
        told.job is not None and _is_later(told.job.started_on, told.visited_on)
    ),
    VisitProblem.JOB_CONTRADICTS: lambda told, _case, _on: (
        told.job is not None and told.work_status in IDLE
    ),
}


def problems_of(told: VisitDetails, case: Case | None, on: date) -> tuple[VisitProblem, ...]:
    """Every reason against recording it; `case` is the one it would belong to."""
    return tuple(problem for problem, holds in PROBLEMS.items() if holds(told, case, on))


def _is_later(day: date | None, than: date | None) -> bool:
    return day is not None and than is not None and day > than
