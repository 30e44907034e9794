"""A district is invented once; whoever loads it again gets the same one, brought up to date."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from circle.database import make_engine
from circle.demo.loading import load
from circle.office import Office
from circle.refusals import DemoStands
from models.imports import ImportBatch
from models.jobs import SweepRun
from models.sealed import Keyring
from tests.conftest import migrated_database

FIRST = date(2026, 11, 20)


@pytest.fixture
def office(tmp_path: Path, keyring: Keyring) -> Iterator[Office]:
    with migrated_database("sqlite", tmp_path, keyring) as settings:
        office, engine = Office(), make_engine(settings)
        office.__dict__.update(settings=settings, bare_engine=engine, engine=engine)
        yield office
        engine.dispose()


def loaded(office: Office, folder: Path, *, on: date, residents: int = 120) -> list[str]:
    said: list[str] = []
    load(office, folder, residents=residents, seed=1, on=on, say=said.append)
    return said


def test_the_next_day_brings_reminders_and_no_other_district(
    office: Office, tmp_path: Path
) -> None:
    loaded(office, tmp_path, on=FIRST)
    with office.session(immediate=False) as session:
        batches = session.scalar(select(func.count(ImportBatch.id)))
    loaded(office, tmp_path, on=date(2026, 11, 23))
    with office.session(immediate=False) as session:
        assert session.scalar(select(func.count(ImportBatch.id))) == batches
        assert session.scalar(select(func.max(SweepRun.on))) == date(2026, 11, 23)


def test_a_district_of_another_size_is_not_mixed_in(office: Office, tmp_path: Path) -> None:
    loaded(office, tmp_path, on=FIRST)
    with pytest.raises(DemoStands):
        loaded(office, tmp_path, on=FIRST, residents=140)


def test_an_office_with_data_of_its_own_is_left_alone(office: Office, tmp_path: Path) -> None:
    loaded(office, tmp_path, on=FIRST)
    (tmp_path / "district.json").unlink()
    with pytest.raises(DemoStands):
        loaded(office, tmp_path, on=FIRST)
