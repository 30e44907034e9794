"""A small office in order: a worker, somebody they serve, insurance, a batch."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from circle.upkeep.offences import Moment
from models.cases import Case
from models.imports import ImportBatch
from models.policy import policy_on
from models.residents import Resident
from models.staff import Account
from models.vocabulary.cases import CaseStage
from models.vocabulary.facts import Source
from models.vocabulary.staff import Role
from tests import factories
from tests.factories import COMMUNITY, NOON

TODAY = date(2026, 11, 21)


@dataclass(frozen=True)
class World:
    session: Session
    worker: Account
    resident: Resident
    case: Case
    batch: ImportBatch
    uploads: Path


@pytest.fixture
def world(session: Session, tmp_path: Path) -> World:
    factories.use(session)
    factories.load_places(session)
    worker = factories.AccountFactory(role=Role.WORKER, covers=[COMMUNITY])
    resident = factories.ResidentFactory(name="欧阳静娴")
    batch = factories.BatchFactory(source=Source.HOUSEHOLD)
    factories.RegisterEntryFactory(resident_id=resident.id, batch=batch)
    resident.registered_division = COMMUNITY
    case = factories.CaseFactory(
        resident=resident,
        worker=worker,
        last_contact_on=date(2026, 6, 10),
        stage=CaseStage.SERVING,
    )
    factories.VisitFactory(case=case, recorder=worker)
    factories.pay(session, resident, [24310, 24311, 24313])
    session.flush()
    return World(session, worker, resident, case, batch, tmp_path)


@pytest.fixture
def moment(session: Session, tmp_path: Path) -> Moment:
    return Moment(TODAY, NOON, policy_on(session, TODAY), tmp_path)
