from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from circle.employers.links import make_link, open_link, revoke_link
from circle.refusals import LinkClosed
from models.employers import Employer
from models.policy import policy_on
from models.staff import Account
from models.vocabulary.employers import LinkPurpose
from tests.factories import (
    NOON,
    AccountFactory,
    OfferingEmployerFactory,
    load_places,
    use,
)

SUBMIT = LinkPurpose.SUBMIT_POSTS


@pytest.fixture
def worker(session: Session) -> Account:
    use(session)
    load_places(session)
    account: Account = AccountFactory()
    return account


@pytest.fixture
def employer(worker: Account) -> Employer:
    found: Employer = OfferingEmployerFactory()
    return found


def test_a_link_opens_until_its_last_instant(
    session: Session, worker: Account, employer: Employer
) -> None:
    policy = policy_on(session, date(2026, 11, 21))
    link, token = make_link(session, employer, by=worker, now=NOON, policy=policy)
    end = NOON + timedelta(days=policy.link_days)
    assert open_link(session, token, SUBMIT, now=end - timedelta(seconds=1)).id == link.id
    with pytest.raises(LinkClosed):
        open_link(session, token, SUBMIT, now=end)


def test_nothing_kept_opens_it(session: Session, worker: Account, employer: Employer) -> None:
    policy = policy_on(session, date(2026, 11, 21))
    link, token = make_link(session, employer, by=worker, now=NOON, policy=policy)
    assert token not in link.token_hash
    for wrong in ("", token[:-1], link.token_hash, "x" * 5000):
        with pytest.raises(LinkClosed):
            open_link(session, wrong, SUBMIT, now=NOON)


def test_a_link_is_for_what_it_was_made_for(
    session: Session, worker: Account, employer: Employer
) -> None:
    policy = policy_on(session, date(2026, 11, 21))
    _, token = make_link(session, employer, by=worker, now=NOON, policy=policy)
    with pytest.raises(LinkClosed):
        open_link(session, token, LinkPurpose.ANSWER_REFERRAL, now=NOON)


def test_a_revoked_link_is_closed_and_stays_so(
    session: Session, worker: Account, employer: Employer
) -> None:
    policy = policy_on(session, date(2026, 11, 21))
    link, token = make_link(session, employer, by=worker, now=NOON, policy=policy)
    revoke_link(session, link, now=NOON)
    revoke_link(session, link, now=NOON + timedelta(days=1))
    assert link.revoked_at == NOON
    with pytest.raises(LinkClosed):
        open_link(session, token, SUBMIT, now=NOON)
