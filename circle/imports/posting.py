"""Posts of a file beside the posts that are known, and their way into the records.

A post is known again by its employer, its title and its place; whether the file says something
new of it is told by a print of what it said before. What people have changed in between stays
until the file itself changes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from circle.employers.details import EmployerDetails
from circle.employers.names import employer_key
from circle.imports.difference import ADDED, CHANGED, UNCHANGED
from circle.imports.post_cells import certificates_of, hours_of
from circle.imports.post_rows import BY_CODE
from circle.imports.sources.posts import PAID
from circle.imports.staging import Ints
from circle.places.operations import position_of
from circle.places.positions import Point
from circle.posts.details import PostDetails
from circle.posts.operations import amend_post
from circle.posts.pay import Pay
from circle.privacy.masking import mask_phone
from models.employers import Employer
from models.imports import ImportBatch
from models.posts import Post, PostBefore, PostMove
from models.staff import Account
from models.vocabulary.posts import PayUnit, PostDoor, PostState, PostVerb
from models.vocabulary.residents import WorkKind

LOOKED_UP_AT_ONCE = 500
SLICE_POSTS = 500
DESCRIPTION_LENGTH, SKILLS_LENGTH = 2000, 200
# A post that was merged is another one's by now.
SETTLED = frozenset({PostState.MERGED})


@dataclass(frozen=True)
class Known:
    """A post that an earlier file brought."""

    id: int
    state: PostState
    file_print: str | None


@dataclass(frozen=True)
class Opening:
    """A row to be written: who offers, what the file says, and the post it changes, if any.

    `said` are fields of PostDetails without those the file is silent about.
    """

    employer: str
    employer_name: str
    uscc: str | None
    key: tuple[str, ...]
    said: dict[str, Any]
    ends_on: date
    point: Point | None
    other_phone: str | None
    known: Known | None

    @property
    def file_print(self) -> str:
        """Without telephone numbers, of which no trace is kept: as they are shown masked."""
        phones = [mask_phone(phone) for phone in (self.said.get("contact_phone"), self.other_phone)]
        words = {**self.said, "contact_phone": phones, "point": self.point}
        spelt = json.dumps(words, default=str, sort_keys=True, ensure_ascii=False)
        return sha256(spelt.encode()).hexdigest()


@dataclass
class Postings:
    """What a file of posts will write. `employers` are the known ones, by who they are in it."""

    division: str = ""
    openings: list[Opening] = field(default_factory=list)
    employers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """`changes` beside the rows; `repeated` are those of a post an earlier row was about."""

    postings: Postings
    changes: Ints
    repeated: Ints
    shortened: Ints


def compare_posts(
    connection: Connection, rows: pd.DataFrame, *, on: date, most_days: int, division: str
) -> Compared:
    """`rows` are the acceptable ones; a post is offered for `most_days` at most, and in the
    `division` where the file names no other place.
    """
    employers = _known_employers(connection, rows)
    latest = on + timedelta(most_days)
    openings = [_opening(row, employers, latest) for row in rows.to_dict("records")]
    known = _known_posts(connection, [one.key for one in openings])
    openings = [replace(one, known=known.get(file_key(one.key))) for one in openings]
    changes = np.array([_change(one) for one in openings], dtype=np.int64)
    repeated = pd.Series([one.key for one in openings], dtype=object).duplicated().to_numpy(bool)
    changes[repeated] = UNCHANGED
    written = [one for one, change in zip(openings, changes, strict=True) if change != UNCHANGED]
    too_late = rows["ends_on"].map(lambda end: end is not None and end > latest)
    return Compared(
        Postings(division, written, employers),
        changes,
        np.flatnonzero(repeated),
        np.flatnonzero(too_late.to_numpy(bool)),
    )


def slices_of(postings: Postings) -> Iterator[tuple[int, int]]:
    """(first, last) of each slice, counted from 0."""
    count = len(postings.openings)
    for first in range(0, count, SLICE_POSTS):
        yield first, min(first + SLICE_POSTS, count) - 1


def write_openings(
    connection: Connection,
    batch_id: int,
    postings: Postings,
    part: tuple[int, int],
    *,
    on: date,
    now: datetime,
) -> None:
    """The openings of a slice, both ends in it."""
    openings = postings.openings[part[0] : part[1] + 1]
    with Session(bind=connection) as session:
        filer = session.get_one(ImportBatch, batch_id).filer
        writing = Desk(session, batch_id, filer, postings.division, on, now)
        positions = _positions(session, openings)
        _make_employers(writing, postings, openings)
        new = [one for one in openings if one.known is None]
        first_said = {"division_code": postings.division, "pay": Pay(PayUnit.MONTH)}
        details = [PostDetails(**{**first_said, **_fields(one, positions)}) for one in new]
        _submit(writing, [*zip(new, details, strict=True)], postings.employers)
        _amend(writing, [(one, one.known) for one in openings if one.known], positions)
        session.flush()


@dataclass(frozen=True)
class Desk:
    """Where a slice is written, for which batch, by whom, when."""

    session: Session
    batch_id: int
    filer: Account
    division: str
    on: date
    now: datetime


# --- what the file says


def _opening(row: Mapping[Any, Any], employers: Mapping[str, int], latest: date) -> Opening:
    phones: list[str] = row["phones"]
    employer: str = row["employer"]
    place = (row["title_key"], _text(row["division"]) or "", _text(row["address_key"]) or "")
    return Opening(
        employer,
        row["employer_name"],
        employer.removeprefix(BY_CODE) if employer.startswith(BY_CODE) else None,
        (str(employers.get(employer, employer)), *place),
        _said(row, phones[0] if phones else None),
        min(row["ends_on"] or latest, latest),
        row["point"],
        phones[1] if len(phones) > 1 else None,
        None,
    )


def _said(row: Mapping[Any, Any], phone: str | None) -> dict[str, Any]:
    skills, shifts = _text(row["skills"]), _text(row["shifts"])
    insured = _text(row["insurance_paid"])
    fields = {
        "title": row["title"],
        "kind": WorkKind(_text(row["kind"]) or WorkKind.FULL_TIME),
        "pay": row["pay"],
        "division_code": _text(row["division"]),
        # So many days from today are other days tomorrow: that alone is no change.
        "valid_until": None if isinstance(row["valid_until"], timedelta) else row["valid_until"],
        "headcount": row["headcount"] or 1,
        "hours": hours_of(shifts),
        "shifts": shifts,
        "description": _description(row, skills),
        "education": row["education"],
        "skills": skills if skills and len(skills) <= SKILLS_LENGTH else None,
        "certificates": certificates_of(_text(row["certificates"])) or None,
        "insurance_paid": None if insured is None else insured == PAID,
        "address": _text(row["address"]),
        "contact": _text(row["contact"]),
        "contact_phone": phone,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _description(row: Mapping[Any, Any], skills: str | None) -> str | None:
    """With what has no field of its own: experience, and requirements too long for theirs."""
    experience = _text(row["experience"])
    parts = [
        _text(row["description"]),
        skills if skills and len(skills) > SKILLS_LENGTH else None,
        f"经验要求：{experience}" if experience else None,
    ]
    return "\n".join(part for part in parts if part)[:DESCRIPTION_LENGTH] or None


def _text(cell: object) -> str | None:
    return cell if isinstance(cell, str) and cell else None


def _fields(one: Opening, positions: Mapping[Point, int]) -> dict[str, Any]:
    """Of PostDetails, those the file speaks of."""
    place = {} if one.point is None else {"position_id": positions[one.point]}
    return {**one.said, **place, "valid_until": one.ends_on}


# --- what is known


def _known_employers(connection: Connection, rows: pd.DataFrame) -> dict[str, int]:
    """By who they are in the file: by the USCC, else by the name of one without another USCC."""
    codes = _looked_up(connection, Employer.uscc, set(rows["uscc"].dropna()))
    names = _looked_up(connection, Employer.name_key, set(rows["name_key"].dropna()))
    by_code = {uscc: key for key, uscc, _ in codes}
    by_name: dict[str, int] = {}
    without_code: dict[str, int] = {}
    for key, uscc, name in sorted(names):
        by_name.setdefault(name, key)
        if uscc is None:
            without_code.setdefault(name, key)
    spoken = rows[["employer", "name_key"]].drop_duplicates()
    alone = ~spoken["name_key"].duplicated(keep=False)
    found: dict[str, int] = {}
    for employer, name, is_only in zip(spoken["employer"], spoken["name_key"], alone, strict=True):
        known = by_name.get(name)
        if employer.startswith(BY_CODE):
            same_name = without_code.get(name) if is_only else None
            known = by_code.get(employer.removeprefix(BY_CODE), same_name)
        if known is not None:
            found.setdefault(employer, known)
    return found


def _looked_up(
    connection: Connection,
    column: Any,  # noqa: ANN401 - a mapped column
    words: set[str],
) -> list[tuple[int, str | None, str]]:
    found = []
    for part in _parts(sorted(words)):
        query = select(Employer.id, Employer.uscc, Employer.name_key).where(column.in_(part))
        found += [(row.id, row.uscc, row.name_key) for row in connection.execute(query)]
    return found


def _known_posts(connection: Connection, keys: Sequence[tuple[str, ...]]) -> dict[str, Known]:
    columns = (Post.file_key, Post.id, Post.state, Post.file_print)
    known = {}
    for part in _parts(sorted({file_key(key) for key in keys})):
        for row in connection.execute(select(*columns).where(Post.file_key.in_(part))):
            known[str(row.file_key)] = Known(row.id, row.state, row.file_print)
    return known


def _parts(words: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(words), LOOKED_UP_AT_ONCE):
        yield words[start : start + LOOKED_UP_AT_ONCE]


def file_key(key: tuple[str, ...]) -> str:
    return sha256("\x1f".join(key).encode()).hexdigest()


def _change(one: Opening) -> int:
    """Offered once more without a last day, an expired post is offered anew."""
    if one.known is None:
        return ADDED
    if one.known.state in SETTLED:
        return UNCHANGED
    renewed = one.known.state is PostState.EXPIRED and "valid_until" not in one.said
    return CHANGED if renewed or one.known.file_print != one.file_print else UNCHANGED


# --- writing


def _positions(session: Session, openings: Sequence[Opening]) -> dict[Point, int]:
    points = dict.fromkeys(one.point for one in openings if one.point is not None)
    return {point: position_of(session, point).id for point in points}


def _make_employers(writing: Desk, postings: Postings, openings: Sequence[Opening]) -> None:
    """Those nobody knows yet, nor has recorded since; their licence is still to be seen."""
    unknown: dict[str, Opening] = {}
    for one in openings:
        if one.employer not in postings.employers:
            unknown.setdefault(one.employer, one)
    codes: dict[str | None, str] = {one.uscc: who for who, one in unknown.items() if one.uscc}
    query = select(Employer.uscc, Employer.id).where(Employer.uscc.in_(codes))
    for uscc, key in writing.session.execute(query):
        postings.employers[codes[uscc]] = key
        del unknown[codes[uscc]]
    made = {employer: _employer(writing, one) for employer, one in unknown.items()}
    writing.session.add_all(made.values())
    writing.session.flush()
    postings.employers |= {name: employer.id for name, employer in made.items()}


def _employer(writing: Desk, one: Opening) -> Employer:
    details = EmployerDetails(
        one.employer_name,
        one.said.get("division_code", writing.division),
        one.uscc,
        contact=one.said.get("contact"),
        contact_phone=one.other_phone or one.said.get("contact_phone"),
    )
    return Employer(
        **asdict(details),
        name_key=employer_key(one.employer_name),
        brought_by=writing.batch_id,
        created_at=writing.now,
    )


def _submit(
    writing: Desk,
    new: Sequence[tuple[Opening, PostDetails]],
    employers: Mapping[str, int],
) -> None:
    """Many at once: posts by the thousand would take minutes one by one."""
    session = writing.session
    posts = [
        Post(
            uuid=str(uuid4()),
            employer_id=employers[one.employer],
            door=PostDoor.FILE,
            state=PostState.RECEIVED,
            submitted_on=writing.on,
            submitted_by=writing.filer.id,
            brought_by=writing.batch_id,
            created_at=writing.now,
            file_key=file_key((str(employers[one.employer]), *one.key[1:])),
            file_print=one.file_print,
            **details.columns(),
        )
        for one, details in new
    ]
    session.add_all(posts)
    session.flush()
    session.add_all(
        PostMove(
            post_id=post.id,
            verb=PostVerb.SUBMIT,
            at=writing.now,
            by=writing.filer.id,
            reasons=[],
        )
        for post in posts
    )
    session.flush()


def _amend(
    writing: Desk, changed: Sequence[tuple[Opening, Known]], positions: Mapping[Point, int]
) -> None:
    """Reviewed once more before anybody sees them; how they stood before is kept."""
    session, ids = writing.session, [known.id for _, known in changed]
    posts = {post.id: post for post in session.scalars(select(Post).where(Post.id.in_(ids)))}
    earlier = _last_moves(session, ids)
    befores: dict[int, PostBefore] = {}
    for one, known in changed:
        post = posts[known.id]
        said = _fields(one, positions)
        said["headcount"] = max(said["headcount"], post.hired_count)
        befores[post.id] = PostBefore(
            import_id=writing.batch_id,
            post_id=post.id,
            values=values_of(post),
            contact_phone=post.contact_phone,
        )
        # What the file is silent about stays as it is known.
        details = replace(PostDetails.of(post), **said)
        amend_post(session, post, details, by=writing.filer, now=writing.now)
        post.file_print = one.file_print
    for post_id, move_id in _last_moves(session, ids).items():
        # Without a move somebody has typed the same already, and it waits or is published so.
        befores[post_id].move_id = move_id
        if move_id != earlier[post_id]:
            session.add(befores[post_id])


def _last_moves(session: Session, ids: Sequence[int]) -> dict[int, int]:
    newest = select(PostMove.post_id, func.max(PostMove.id)).where(PostMove.post_id.in_(ids))
    return dict(session.execute(newest.group_by(PostMove.post_id)).all())


# What a file may change of a post, beside the telephone, which is kept sealed.
KEPT = (
    "title", "title_key", "kind", "division_code", "valid_until", "headcount", "hours", "shifts",
    "description", "education", "skills", "certificates", "insurance_paid", "address",
    "position_id", "contact", "pay_unit", "pay_low_fen", "pay_high_fen", "pay_months",
    "month_low_fen", "month_high_fen", "state", "file_print",
)  # fmt: skip


def values_of(post: Post) -> dict[str, Any]:
    """As JSON holds them."""
    kept = {name: getattr(post, name) for name in KEPT}
    return {**kept, "valid_until": post.valid_until.isoformat()}
