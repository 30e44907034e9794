"""The same visit arriving twice at the same moment, and two visits at once."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from sqlalchemy import select

from circle.database import now, session_scope
from circle.visits.details import VisitDetails
from circle.visits.operations import record_visit
from models.cases import Case, Visit
from models.residents import Resident
from models.staff import Account
from models.vocabulary.cases import VisitChannel
from tests.factories import CaseFactory
from tests.journeys.conftest import Site


def record(site: Site, resident_id: int, by: Account, number: str, day: date) -> int:
    details = VisitDetails(number, day, VisitChannel.PHONE, reached=True)
    with session_scope(site.engine) as session:
        resident = session.get_one(Resident, resident_id)
        account = session.get_one(Account, by.id)
        visit = record_visit(
            session, resident, by=account, on=now().date(), now=now(), details=details
        )
        return visit.id


def opened(site: Site, worker: Account) -> int:
    with site.records():
        opened_on = now().date() - timedelta(days=40)
        resident_id: int = CaseFactory(worker_id=worker.id, opened_on=opened_on).resident_id
        return resident_id


def test_one_number_makes_one_visit_however_many_arrive(site: Site) -> None:
    worker, number = site.worker(), str(uuid.uuid4())
    resident_id = opened(site, worker)
    with ThreadPoolExecutor(4) as pool:
        tries = [
            pool.submit(record, site, resident_id, worker, number, now().date()) for _ in range(4)
        ]
    assert len({each.result() for each in tries}) == 1
    with site.records() as session:
        known = session.scalars(select(Visit).where(Visit.resident_id == resident_id)).all()
        assert len(known) == 1


def test_two_visits_at_once_leave_the_newer_as_the_last_contact(site: Site) -> None:
    worker = site.worker()
    resident_id = opened(site, worker)
    days = [now().date() - timedelta(days=n) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        tries = [
            pool.submit(record, site, resident_id, worker, str(uuid.uuid4()), day) for day in days
        ]
    assert len({each.result() for each in tries}) == 4
    with site.records() as session:
        case = session.scalars(select(Case).where(Case.resident_id == resident_id)).one()
        assert case.last_contact_on == max(days)
