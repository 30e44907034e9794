from datetime import UTC, date, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.accounts import operations
from circle.accounts.operations import FirstFactor, NewAccount
from circle.accounts.queries import stored_hash
from circle.refusals import (
    CodeRejected,
    DivisionUnknown,
    NameTaken,
    PasswordUnchanged,
    PasswordWeak,
    PasswordWrong,
    SignInFailed,
)
from models.audit import AuditEntry
from models.cases import Case
from models.staff import Account
from models.tasks import Task, TaskMove
from models.vocabulary.staff import Role
from tests.circle.access.test_scope import case, resident, task
from tests.circle.conftest import COMMUNITY, OTHER_COMMUNITY, PASSWORD, MakeAccount

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


def sign_in(session: Session, name: str, password: str, *, now: datetime) -> Account:
    factor = FirstFactor.of(name, stored_hash(session, name), password)
    return operations.sign_in(session, factor, now=now)


def fail(session: Session, account: Account, times: int, at: datetime = NOON) -> None:
    for _ in range(times):
        with pytest.raises(SignInFailed):
            sign_in(session, account.name, "wrong", now=at)


def test_an_account_is_made_with_its_coverage(session: Session, divisions: None) -> None:
    new = NewAccount("li.na", Role.WORKER, COMMUNITY, PASSWORD, (COMMUNITY, OTHER_COMMUNITY))
    account = operations.add_account(session, new, by=None, now=NOON)
    assert account.covered_codes == [COMMUNITY, OTHER_COMMUNITY]
    assert PASSWORD not in account.password_hash
    assert sign_in(session, "li.na", PASSWORD, now=NOON) is account


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"name": "taken"}, NameTaken),
        ({"division": "999999"}, DivisionUnknown),
        ({"covers": ("999999",)}, DivisionUnknown),
        ({"password": "weak"}, PasswordWeak),
    ],
)
def test_a_faulty_account_is_refused(
    session: Session,
    make_account: MakeAccount,
    change: dict[str, object],
    refusal: type[Exception],
) -> None:
    make_account(Role.WORKER, name="taken")
    said = {"name": "new", "role": Role.WORKER, "division": COMMUNITY, "password": PASSWORD}
    with pytest.raises(refusal):
        operations.add_account(session, NewAccount(**{**said, **change}), by=None, now=NOON)  # type: ignore[arg-type] # made of parts


def test_the_fifth_failure_locks_for_fifteen_minutes(
    session: Session, make_account: MakeAccount
) -> None:
    account = make_account(Role.WORKER)
    fail(session, account, 5)
    for minutes, opens in ((0, False), (14, False), (15, True)):
        at = NOON + timedelta(minutes=minutes)
        if opens:
            sign_in(session, account.name, PASSWORD, now=at)
        else:
            with pytest.raises(SignInFailed):
                sign_in(session, account.name, PASSWORD, now=at)


def test_failures_while_locked_do_not_lengthen_the_lock(
    session: Session, make_account: MakeAccount
) -> None:
    account = make_account(Role.WORKER)
    fail(session, account, 5)
    fail(session, account, 9, NOON + timedelta(minutes=14))
    sign_in(session, account.name, PASSWORD, now=NOON + timedelta(minutes=15))


def test_a_success_forgets_the_failures(session: Session, make_account: MakeAccount) -> None:
    account = make_account(Role.WORKER)
    fail(session, account, 4)
    sign_in(session, account.name, PASSWORD, now=NOON)
    fail(session, account, 4)
    sign_in(session, account.name, PASSWORD, now=NOON)


def test_every_failure_says_the_same(session: Session, make_account: MakeAccount) -> None:
    known, disabled = make_account(Role.WORKER), make_account(Role.WORKER)
    disabled.disabled_at = NOON
    for name, password in ((known.name, "x"), ("nobody", "x"), (disabled.name, PASSWORD)):
        with pytest.raises(SignInFailed) as refusal:
            sign_in(session, name, password, now=NOON)
        assert refusal.value.sentence() == SignInFailed().sentence()


def test_failures_are_in_the_trail_and_what_was_typed_is_not(
    session: Session, divisions: None
) -> None:
    with pytest.raises(SignInFailed):
        sign_in(session, "Circle-2026", "x", now=NOON)
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    assert (entry.act, entry.succeeded, entry.details) == ("account:password:fail", False, {})


def enrolled(session: Session, account: Account) -> tuple[str, list[str]]:
    sign_in(session, account.name, PASSWORD, now=NOON)
    secret = account.totp_secret or ""
    codes = operations.enrol(session, account, pyotp.TOTP(secret).at(NOON), now=NOON)
    return secret, codes


def test_a_code_opens_once(session: Session, make_account: MakeAccount) -> None:
    street = make_account(Role.STREET)
    secret, _ = enrolled(session, street)
    later = NOON + timedelta(seconds=60)
    code = pyotp.TOTP(secret).at(later)
    operations.check_code(session, street, code, now=later)
    with pytest.raises(CodeRejected):
        operations.check_code(session, street, code, now=later)


def test_the_code_of_enrolment_does_not_open_again(
    session: Session, make_account: MakeAccount
) -> None:
    street = make_account(Role.STREET)
    secret, _ = enrolled(session, street)
    with pytest.raises(CodeRejected):
        operations.check_code(session, street, pyotp.TOTP(secret).at(NOON), now=NOON)


def test_a_recovery_code_opens_once(session: Session, make_account: MakeAccount) -> None:
    street = make_account(Role.STREET)
    _, codes = enrolled(session, street)
    operations.check_code(session, street, codes[3].lower(), now=NOON)
    with pytest.raises(CodeRejected):
        operations.check_code(session, street, codes[3], now=NOON)


def test_guessing_codes_locks_as_guessing_passwords_does(
    session: Session, make_account: MakeAccount
) -> None:
    street = make_account(Role.STREET)
    secret, _ = enrolled(session, street)
    later = NOON + timedelta(minutes=1)
    for _ in range(5):
        with pytest.raises(CodeRejected):
            operations.check_code(session, street, "000000", now=later)
    with pytest.raises(CodeRejected):
        operations.check_code(session, street, pyotp.TOTP(secret).at(later), now=later)
    with pytest.raises(SignInFailed):
        sign_in(session, street.name, PASSWORD, now=later)


def test_a_new_password_ends_the_other_sessions(
    session: Session, make_account: MakeAccount
) -> None:
    account = make_account(Role.WORKER)
    epoch = account.session_epoch
    operations.change_password(session, account, PASSWORD, "Another-1", now=NOON)
    assert account.session_epoch == epoch + 1
    sign_in(session, account.name, "Another-1", now=NOON)


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("wrong", "Another-1", PasswordWrong),
        (PASSWORD, PASSWORD, PasswordUnchanged),
        (PASSWORD, "another", PasswordWeak),
    ],
)
def test_a_faulty_change_of_password_is_refused(
    session: Session, make_account: MakeAccount, old: str, new: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        operations.change_password(session, make_account(Role.WORKER), old, new, now=NOON)


def test_disabling_sends_open_tasks_and_cases_to_the_streets_queue(
    session: Session, make_account: MakeAccount
) -> None:
    worker, administrator = make_account(Role.WORKER), make_account(Role.SYSTEM_ADMIN)
    person = resident(session, COMMUNITY)
    held, raised = case(session, person, worker), task(session, person, worker)
    raised.pinned = True
    closed = case(session, resident(session, COMMUNITY), worker)
    closed.close_reason, closed.closed_on = "died", date(2026, 11, 20)  # type: ignore[assignment] # stored by value
    closed.move("close")
    session.flush()
    operations.disable_account(session, worker, by=administrator, now=NOON)
    session.expire_all()
    assert session.get_one(Case, held.id).worker_id is None
    assert session.get_one(Case, closed.id).worker_id == worker.id
    assert (session.get_one(Task, raised.id).assignee_id, raised.pinned) == (None, False)
    move = session.scalars(select(TaskMove).where(TaskMove.task_id == raised.id)).one()
    assert (move.from_id, move.to_id, move.by) == (worker.id, None, administrator.id)
    assert not worker.is_active


def test_a_password_changed_while_it_was_being_checked_opens_nothing(
    session: Session, make_account: MakeAccount
) -> None:
    account = make_account(Role.WORKER)
    factor = FirstFactor.of(account.name, account.password_hash, PASSWORD)
    operations.change_password(session, account, PASSWORD, "Another-1", now=NOON)
    with pytest.raises(SignInFailed):
        operations.sign_in(session, factor, now=NOON)


def test_a_hash_made_at_a_lower_cost_is_made_anew(
    session: Session, make_account: MakeAccount
) -> None:
    account = make_account(Role.WORKER)
    before = account.password_hash
    sign_in(session, account.name, PASSWORD, now=NOON)
    assert account.password_hash != before
    assert FirstFactor.of(account.name, account.password_hash, PASSWORD).renewed is None


def test_a_recovery_code_is_not_lost_on_a_lock(session: Session, make_account: MakeAccount) -> None:
    street = make_account(Role.STREET)
    _, codes = enrolled(session, street)
    later = NOON + timedelta(minutes=1)
    for code in [*["000000"] * 5, codes[0]]:
        with pytest.raises(CodeRejected):
            operations.check_code(session, street, code, now=later)
    operations.check_code(session, street, codes[0], now=later + timedelta(minutes=15))
