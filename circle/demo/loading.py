"""Load the demonstration through the same doors as a real office: importer, sweep, accounts.

Loading twice changes nothing: the same seed writes the same files, which their hash refuses, and
accounts that exist are left as they are.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.accounts import two_factor
from circle.accounts.operations import NewAccount, add_account
from circle.accounts.passwords import hash_password
from circle.demo.accounts import SignIn, sign_ins
from circle.demo.diary import keep_diary
from circle.demo.district import invent
from circle.demo.divisions import placed_divisions
from circle.demo.files import DemoFile, write
from circle.demo.market import Hands, open_market
from circle.demo.story import tell_story
from circle.imports.filing import Asked, Terms
from circle.imports.operations import import_file
from circle.matching.batch import match_everybody
from circle.office import Office, account_named
from circle.places.operations import load_divisions
from circle.places.walks import reckon_walks
from circle.refusals import AlreadyImported, DemoStands
from models.imports import ImportBatch
from models.sealed import current_keyring
from models.staff import Account, RecoveryCode
from models.vocabulary.jobs import SweepReason
from models.vocabulary.months import month_of
from models.vocabulary.staff import Role
from reminders.sweep import sweep

PASSWORD_BYTES = 6
Say = Callable[[str], None]


@dataclass(frozen=True)
class Key:
    """How somebody signs in; `codes` open the second factor, each once."""

    name: str
    password: str
    secret: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Founding:
    """What a district was invented from: its files are the same ever after."""

    residents: int
    seed: int
    on: str  # YYYY-MM-DD


def load(office: Office, folder: Path, *, residents: int, seed: int, on: date, say: Say) -> None:
    """Invent a district of so many residents as of a day, import its files, raise reminders.

    One that stands keeps the day it was invented on; its reminders are brought up to `on`. Raises
    DemoStands where the database holds anything else.
    """
    founding = _founding(office, folder, Founding(residents, seed, on.isoformat()))
    born = date.fromisoformat(founding.on)
    with office.session() as session:
        load_divisions(session, placed_divisions())
        make_accounts(office, session, folder)
    with office.session() as session:
        posts = open_market(session, _hands(session), seed=seed, on=born)
    say(f"用人单位发布岗位 {posts} 个")
    files = write(invent(residents, seed, born), folder)
    say(f"已写出 {len(files)} 个文件：{folder}")
    with office.session(immediate=False) as session:
        clerk = account_named(session, _one(Role.CLERK).name)
        session.expunge_all()
    for file in files:
        say(_load_file(office, clerk, file, born))
    with office.session() as session:
        diarist = account_named(session, next(shown()).name)
        visits, forms = keep_diary(session, diarist, on=born)
        referrals = tell_story(session, diarist, on=born)
    say(f"近一个月：走访 {visits} 次，居民自主登记 {forms} 份")
    reckon_walks(office)
    matched = match_everybody(office)
    say(f"推荐 {referrals} 次；步行时间和匹配已算好：{matched['cases']} 人")
    run = sweep(office.engine, on=on, now=office.now, reason=SweepReason.COMMAND)
    raised = sum(counts["raised"] for counts in run.counts.values())
    kept = sum(counts["kept"] for counts in run.counts.values())
    say(f"比对完成：新增提醒 {raised} 条，保留 {kept} 条，用时 {run.seconds} 秒")


def _founding(office: Office, folder: Path, wanted: Founding) -> Founding:
    """The district that stands, or the one wanted, written down before anything is loaded."""
    path = folder / "district.json"
    with office.session(immediate=False) as session:
        is_loaded = session.scalar(select(ImportBatch.id).limit(1)) is not None
    if is_loaded:
        known = Founding(**json.loads(path.read_text())) if path.exists() else None
        if known is None or (known.residents, known.seed) != (wanted.residents, wanted.seed):
            raise DemoStands
        return known
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(wanted)))
    return wanted


def make_accounts(office: Office, session: Session, folder: Path) -> None:
    """Accounts that are missing, with passwords made now and kept for whoever runs the demo."""
    keys = known_keys(folder)
    for person in sign_ins():
        account = session.scalars(select(Account).where(Account.name == person.name)).first()
        if person.name in keys and account is not None:
            continue
        keys[person.name] = _key_for(office, session, person, account)
    _keep(folder, keys)


def known_keys(folder: Path) -> dict[str, Key]:
    path = _keys_path(folder)
    if not path.exists():
        return {}
    entries = json.loads(path.read_text(encoding="utf-8"))
    return {entry["name"]: Key(**{**entry, "codes": tuple(entry["codes"])}) for entry in entries}


def shown() -> Iterator[SignIn]:
    """One account for each role, as printed."""
    return (person for person in sign_ins() if person.shown)


def _key_for(office: Office, session: Session, person: SignIn, account: Account | None) -> Key:
    password = f"Demo-{secrets.token_hex(PASSWORD_BYTES)}"
    if account is None:
        new = NewAccount(
            person.name, person.role, person.division, password, person.covers, person.display_name
        )
        account = add_account(session, new, by=None, now=office.now)
    else:
        account.password_hash = hash_password(password)
    if not account.needs_two_factors:
        return Key(person.name, password)
    return Key(person.name, password, *_enrol(office, session, account))


def _enrol(office: Office, session: Session, account: Account) -> tuple[str, tuple[str, ...]]:
    """A second factor ready to use: the secret for an authenticator, and recovery codes."""
    account.totp_secret = two_factor.new_secret()
    account.totp_enrolled_at = office.now
    codes = two_factor.new_recovery_codes()
    keyring = current_keyring()
    session.add_all(
        RecoveryCode(account_id=account.id, code_hash=two_factor.recovery_index(keyring, code))
        for code in codes
    )
    return account.totp_secret, tuple(codes)


def _load_file(office: Office, clerk: Account, file: DemoFile, on: date) -> str:
    asked = Asked(
        file.source,
        file.path.name,
        file.path.read_bytes(),
        month=month_of(file.month) if file.month else None,
    )
    terms = Terms(on, office.now, office.settings.uploads_path)
    try:
        outcome = import_file(office.engine, asked, clerk, terms)
    except AlreadyImported as refusal:
        return f"{file.path.name}：{refusal.sentence()}"
    counts = outcome.plan.counts
    return (
        f"{file.path.name}：{counts['rows']} 行，新增 {counts['added']}，变更 {counts['changed']}，"
        f"未匹配 {counts['unmatched']}，退回 {counts['rejected']}（{outcome.seconds:.1f} 秒）"
    )


def _hands(session: Session) -> Hands:
    recorder, reviewer = (
        account_named(session, _one(role).name) for role in (Role.WORKER, Role.REVIEWER)
    )
    return Hands(recorder, reviewer)


def _one(role: Role) -> SignIn:
    return next(person for person in sign_ins() if person.role is role)


def _keys_path(folder: Path) -> Path:
    return folder / "sign-ins.json"


def _keep(folder: Path, keys: dict[str, Key]) -> None:
    """For the demonstration's owner alone: real passwords, if of invented people."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(_keys_path(folder), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump([asdict(key) for key in keys.values()], file, ensure_ascii=False, indent=1)
