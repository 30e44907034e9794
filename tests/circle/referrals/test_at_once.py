"""Two people at once: a place is given once, a person is hired once, a form counts once."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from circle import schema
from circle.database import make_engine, session_scope
from circle.referrals.operations import hire, refer
from circle.refusals import Refusal
from models.cases import Case, Placement
from models.posts import Post
from models.referrals import Referral
from models.sealed import Keyring
from models.services import ServiceItem
from models.staff import Account
from models.vocabulary.referrals import ReferralStage
from tests.circle.referrals.conftest import TODAY, day
from tests.conftest import new_database
from tests.factories import (
    COMMUNITY,
    NOON,
    AccountFactory,
    CaseFactory,
    PostFactory,
    ReferralFactory,
    load_places,
    use,
)

Act = Callable[[Session], object]


@pytest.fixture(scope="module")
def office(
    backend: str, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Engine]:
    """A database whose transactions are real ones."""
    folder: Path = tmp_path_factory.mktemp(f"at-once-{backend}")
    with new_database(backend, folder, keyring) as settings:
        engine = make_engine(settings)
        schema.upgrade(engine)
        with session_scope(engine) as session:
            use(session)
            load_places(session)
            AccountFactory(name="lin", covers=[COMMUNITY])
        yield engine
        engine.dispose()


def both(office: Engine, *acts: Act) -> list[str]:
    """What came of each, run side by side."""
    ended: list[str] = []
    start = threading.Barrier(len(acts))

    def run(act: Act) -> None:
        start.wait()
        try:
            with session_scope(office) as session:
                act(session)
        except Refusal as refusal:
            ended.append(type(refusal).__name__)
        else:
            ended.append("done")

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ended)


def prepared(office: Engine, persons: int, posts: int) -> list[int]:
    """Everybody put forward for every post, which has one place each; the referrals' numbers."""
    with session_scope(office) as session:
        use(session)
        cases = [CaseFactory(opened_on=day(30)) for _ in range(persons)]
        offered = [PostFactory(published=True, headcount=1) for _ in range(posts)]
        made = [
            ReferralFactory(case=case, post=post, stage=ReferralStage.ACCEPTED)
            for case in cases
            for post in offered
        ]
        return [referral.id for referral in made]


def hires(number: int) -> Act:
    def act(session: Session) -> None:
        referral = session.get_one(Referral, number)
        hire(session, referral, started_on=TODAY, by=None, on=TODAY, now=NOON)

    return act


@pytest.mark.parametrize(("persons", "posts"), [(2, 1), (1, 2)])
def test_one_place_is_given_once_and_one_person_hired_once(
    office: Engine, persons: int, posts: int
) -> None:
    first, second = prepared(office, persons, posts)
    assert both(office, hires(first), hires(second)) == ["ReferralMoved", "done"]
    with session_scope(office) as session:
        pair = session.scalars(select(Referral).where(Referral.id.in_([first, second]))).all()
        assert sorted(each.stage.value for each in pair) == ["hired", "obsolete"]
        assert sum(post.hired_count for post in {each.post for each in pair}) == 1
        of_them = Placement.case_id.in_({each.case_id for each in pair})
        assert session.scalar(select(func.count()).where(of_them)) == 1


def test_two_hires_that_settle_each_others_referrals_both_come_to_an_end(office: Engine) -> None:
    """Anna is hired by the first, Berta by the second: each is set aside where the other is."""
    first, _, _, last = prepared(office, 2, 2)
    assert both(office, hires(first), hires(last)) == ["done", "done"]


def test_a_form_sent_twice_at_once_is_one_referral(office: Engine) -> None:
    with session_scope(office) as session:
        use(session)
        case, post = CaseFactory(opened_on=day(30)), PostFactory(published=True)
        numbers = case.id, post.id
    uuid = "11111111-1111-4111-8111-111111111111"

    def send(session: Session) -> None:
        case, post = session.get_one(Case, numbers[0]), session.get_one(Post, numbers[1])
        worker = session.scalars(select(Account).where(Account.name == "lin")).one()
        refer(session, case, post, by=worker, on=TODAY, now=NOON, uuid=uuid)

    assert both(office, send, send) == ["done", "done"]
    with session_scope(office) as session:
        mine = select(Referral.id).where(Referral.case_id == numbers[0])
        assert len(session.scalars(mine).all()) == 1
        items = select(ServiceItem.id).where(ServiceItem.case_id == numbers[0])
        assert len(session.scalars(items).all()) == 1
