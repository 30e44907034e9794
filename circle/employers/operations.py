from dataclasses import asdict
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from circle.employers.details import EmployerDetails
from circle.employers.names import employer_key
from circle.refusals import EmployerKnown
from models.employers import Employer
from models.staff import Account


def add_employer(session: Session, details: EmployerDetails, *, by: Account | None) -> Employer:
    """Raises EmployerKnown where another record has the code; `by` None is a file or a link."""
    employer = Employer(recorded_by=by.id if by else None)
    _fill(employer, details)
    try:
        with session.begin_nested():
            session.add(employer)
            session.flush()
    except IntegrityError:
        raise EmployerKnown from None
    return employer


def amend_employer(session: Session, employer: Employer, details: EmployerDetails) -> Employer:
    """Under another name or code the licence has to be seen again. Raises EmployerKnown."""
    if (details.name, details.uscc) != (employer.name, employer.uscc):
        withdraw_licence(session, employer)
    if _is_anothers(session, details.uscc, employer):
        raise EmployerKnown
    _fill(employer, details)
    session.flush()
    return employer


def see_licence(session: Session, employer: Employer, *, by: Account, on: date) -> None:
    """Somebody has held the licence against the record."""
    employer.licence_seen_on, employer.licence_seen_by = on, by.id
    session.flush()


def withdraw_licence(session: Session, employer: Employer) -> None:
    employer.licence_seen_on = employer.licence_seen_by = None
    session.flush()


def _fill(employer: Employer, details: EmployerDetails) -> None:
    for name, value in asdict(details).items():
        setattr(employer, name, value)
    employer.name_key = employer_key(details.name)


def _is_anothers(session: Session, uscc: str | None, employer: Employer) -> bool:
    taken = select(Employer.id).where(Employer.uscc == uscc, Employer.id != employer.id)
    return uscc is not None and session.scalar(taken) is not None
