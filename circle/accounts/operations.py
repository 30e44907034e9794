"""What happens to an account: made, signed in to, locked, unlocked, disabled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import delete, insert, literal, select, update
from sqlalchemy.orm import Session

from circle.accounts import passwords, two_factor
from circle.audit import NOWHERE, Whence, record
from circle.refusals import (
    CodeRejected,
    DivisionUnknown,
    NameTaken,
    PasswordUnchanged,
    PasswordWeak,
    PasswordWrong,
    SignInFailed,
)
from models.cases import Case
from models.places import Division
from models.sealed import current_keyring
from models.staff import Account, Coverage, RecoveryCode
from models.tasks import Task, TaskMove
from models.vocabulary.cases import CaseState
from models.vocabulary.staff import Role
from models.vocabulary.tasks import TaskState, TaskVerb

FAILURES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class NewAccount:
    """What an administrator says of somebody who is to sign in."""

    name: str
    role: Role
    division: str
    password: str
    covers: Sequence[str] = ()
    display_name: str = ""


@dataclass(frozen=True)
class FirstFactor:
    """A name and the stored hash that the typed password fits, if it fits."""

    name: str
    fitting: str | None
    renewed: str | None = None

    @classmethod
    def of(cls, name: str, stored: str | None, password: str) -> Self:
        """Slow on purpose, and as slow for an account that does not exist; so no lock is held."""
        fits = passwords.password_matches(stored, password)
        if stored is None or not fits:
            return cls(name, None)
        renewed = passwords.hash_password(password) if passwords.is_outdated(stored) else None
        return cls(name, stored, renewed)


def add_account(session: Session, new: NewAccount, *, by: Account | None, now: datetime) -> Account:
    """Raises NameTaken, DivisionUnknown or PasswordWeak."""
    if session.scalar(select(Account.id).where(Account.name == new.name)):
        raise NameTaken(new.name)
    for code in (new.division, *new.covers):
        if session.get(Division, code) is None:
            raise DivisionUnknown(code)
    account = Account(
        name=new.name,
        display_name=new.display_name or new.name,
        role=new.role,
        division_code=new.division,
        password_hash=_strong_hash(new.password),
        password_changed_at=now,
        coverage=[Coverage(division_code=code) for code in dict.fromkeys(new.covers)],
    )
    session.add(account)
    session.flush()
    details = {"account": account.name, "role": account.role.value}
    record(session, act="account:file:add", actor=by, now=now, details=details)
    return account


def sign_in(
    session: Session, factor: FirstFactor, *, now: datetime, whence: Whence = NOWHERE
) -> Account:
    """Open to whoever knows the password, or ask for the second factor; raises SignInFailed.

    A failure is counted in the session: the edge has to commit it although it refuses.
    """
    account = session.scalars(
        select(Account).where(Account.name == factor.name).with_for_update(of=Account)
    ).one_or_none()
    if account is None or not _opens(account, factor, now):
        _count_failure(session, account, "account:password:fail", now, whence)
        raise SignInFailed
    account.password_hash = factor.renewed or account.password_hash
    if account.totp_enrolled_at:
        return account
    if account.needs_two_factors:
        # Sealed with the account until a first code confirms it: a cookie can be read.
        account.totp_secret, account.totp_last_step = two_factor.new_secret(), None
        return account
    _open_door(session, account, now, whence)
    return account


def check_code(
    session: Session, account: Account, code: str, *, now: datetime, whence: Whence = NOWHERE
) -> None:
    """The second factor: a code of this step not used yet, or a recovery code; raises CodeRejected.

    A failure is counted as in `sign_in`.
    """
    session.flush()
    session.refresh(account, with_for_update={"of": Account})
    # While locked nothing is taken: a recovery code opens once and must not be lost on a lock.
    accepted = not _is_locked(account, now) and (
        _take_step(account, code, now) or _take_recovery_code(session, account, code, now)
    )
    if not accepted:
        _count_failure(session, account, "account:code:fail", now, whence)
        raise CodeRejected
    _open_door(session, account, now, whence)


def enrol(
    session: Session, account: Account, code: str, *, now: datetime, whence: Whence = NOWHERE
) -> list[str]:
    """Confirm the second factor with a first code; the recovery codes, shown this once.

    Raises CodeRejected.
    """
    if not _take_step(account, code, now):
        raise CodeRejected
    account.totp_enrolled_at = now
    codes = two_factor.new_recovery_codes()
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    keyring = current_keyring()
    session.add_all(
        RecoveryCode(account_id=account.id, code_hash=two_factor.recovery_index(keyring, each))
        for each in codes
    )
    record(session, act="account:two_factor:enrol", actor=account, now=now, whence=whence)
    _open_door(session, account, now, whence)
    return codes


def change_password(
    session: Session,
    account: Account,
    old: str,
    new: str,
    *,
    now: datetime,
    whence: Whence = NOWHERE,
) -> None:
    """Ends every other session; raises PasswordWrong, PasswordUnchanged or PasswordWeak.

    A wrong old password counts as in `sign_in`, and locks as there; an open session ends with it,
    for whoever guesses in one is not the person it belongs to.
    """
    if _is_locked(account, now) or not passwords.password_matches(account.password_hash, old):
        _count_failure(session, account, "account:password:fail", now, whence)
        if _is_locked(account, now):
            account.session_epoch += 1
        raise PasswordWrong
    if old == new:
        raise PasswordUnchanged
    account.password_hash = _strong_hash(new)
    account.password_changed_at = now
    account.session_epoch += 1
    record(session, act="account:password:change", actor=account, now=now)


def end_sessions(
    session: Session, account: Account, *, now: datetime, whence: Whence = NOWHERE
) -> None:
    """Sign out everywhere: a copy of the cookie taken before must not open anything again."""
    account.session_epoch += 1
    record(session, act="account:session:end", actor=account, now=now, whence=whence)


def unlock(session: Session, account: Account, *, by: Account, now: datetime) -> None:
    account.failed_count, account.locked_until = 0, None
    details = {"account": account.name}
    record(session, act="account:lock:lift", actor=by, now=now, details=details)


def disable_account(session: Session, account: Account, *, by: Account, now: datetime) -> None:
    """End its sessions and send its open tasks and cases to the street's queue."""
    account.disabled_at = now
    account.session_epoch += 1
    session.flush()
    held = (Task.assignee_id == account.id, Task.state == TaskState.OPEN)
    moves = select(
        Task.id,
        literal(TaskVerb.HAND_OVER.value),
        literal(now, TaskMove.at.type),
        literal(by.id),
        literal(account.id),
    ).where(*held)
    session.execute(insert(TaskMove).from_select(["task_id", "verb", "at", "by", "from_id"], moves))
    session.execute(update(Task).where(*held).values(assignee_id=None, pinned=False))
    session.execute(
        update(Case)
        .where(Case.worker_id == account.id, Case.state == CaseState.OPEN)
        .values(worker_id=None)
    )
    details = {"account": account.name}
    record(session, act="account:file:disable", actor=by, now=now, details=details)


def _strong_hash(password: str) -> str:
    if not passwords.is_strong(password):
        raise PasswordWeak
    return passwords.hash_password(password)


def _opens(account: Account, factor: FirstFactor, now: datetime) -> bool:
    knows = factor.fitting is not None and factor.fitting == account.password_hash
    return knows and account.is_active and not _is_locked(account, now)


def _is_locked(account: Account, now: datetime) -> bool:
    return account.locked_until is not None and account.locked_until > now


def _count_failure(
    session: Session, account: Account | None, act: str, now: datetime, whence: Whence
) -> None:
    """The fifth failure locks; failures while locked do not lengthen the lock.

    A failure under a name that does not exist is written down too, without the name: what was
    typed there may be a password.
    """
    if account is not None and not _is_locked(account, now):
        account.failed_count += 1
        if account.failed_count >= FAILURES_ALLOWED:
            account.failed_count, account.locked_until = 0, now + LOCKED_FOR
    record(session, act=act, actor=account, now=now, succeeded=False, whence=whence)
    session.flush()


def _open_door(session: Session, account: Account, now: datetime, whence: Whence) -> None:
    account.failed_count, account.locked_until = 0, None
    record(session, act="account:session:begin", actor=account, now=now, whence=whence)


def _take_step(account: Account, code: str, now: datetime) -> bool:
    if account.totp_secret is None:
        return False
    step = two_factor.matching_step(account.totp_secret, code, now)
    if step is None or step <= (account.totp_last_step or 0):
        return False
    account.totp_last_step = step
    return True


def _take_recovery_code(session: Session, account: Account, code: str, now: datetime) -> bool:
    found = session.scalars(
        select(RecoveryCode).where(
            RecoveryCode.account_id == account.id,
            RecoveryCode.used_at.is_(None),
            RecoveryCode.code_hash.in_(two_factor.recovery_indexes(current_keyring(), code)),
        )
    ).first()
    if found is None:
        return False
    found.used_at = now
    return True
