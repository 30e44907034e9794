"""Posts of a file that is taken back: the new ones go, the changed ones stand as before.

A post somebody has reviewed, changed or offered to a resident since stays as it is. Each slice
leaves fewer to do, so whoever was cut off begins again.
"""

from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import Session

from circle.imports.staging import slice_of
from circle.imports.ties import employer_is_needed, is_changed_since, post_is_dealt_with
from models.employers import Employer
from models.matching import PostTerm
from models.posts import Post, PostBefore, PostMove

SLICE_POSTS = 500


def take_back_posts(connection: Connection, batch_id: int) -> None:
    """Commits by itself, slice by slice."""
    for step in (_restore, _forget_before, _remove_posts, _remove_employers):
        count = SLICE_POSTS
        while count == SLICE_POSTS:
            with slice_of(connection), Session(bind=connection) as session:
                count = step(session, batch_id)
                session.flush()


def _restore(session: Session, batch_id: int) -> int:
    query = select(PostBefore).where(PostBefore.import_id == batch_id, ~is_changed_since())
    befores = session.scalars(query.order_by(PostBefore.post_id).limit(SLICE_POSTS)).all()
    for before in befores:
        post = session.get_one(Post, before.post_id)
        for name, value in _restored(before.values).items():
            setattr(post, name, value)
        post.contact_phone = before.contact_phone
        post.terms_of = None  # its words are to be reckoned again
        move_id = before.move_id
        session.delete(before)
        session.flush()
        session.execute(delete(PostMove).where(PostMove.id == move_id))
    return len(befores)


def _restored(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "valid_until": date.fromisoformat(values["valid_until"])}


def _forget_before(session: Session, batch_id: int) -> int:
    """Those of posts that were changed since, which stay as they are."""
    query = select(PostBefore).where(PostBefore.import_id == batch_id).limit(SLICE_POSTS)
    befores = session.scalars(query).all()
    for before in befores:
        session.delete(before)
    return len(befores)


def _remove_posts(session: Session, batch_id: int) -> int:
    going = select(Post.id).where(Post.brought_by == batch_id, ~post_is_dealt_with())
    ids = session.scalars(going.order_by(Post.id).limit(SLICE_POSTS)).all()
    session.execute(delete(PostTerm).where(PostTerm.post_id.in_(ids)))
    session.execute(delete(PostMove).where(PostMove.post_id.in_(ids)))
    session.execute(delete(Post).where(Post.id.in_(ids)))
    return len(ids)


def _remove_employers(session: Session, batch_id: int) -> int:
    """Whom only this file made known, and nothing else speaks of."""
    going = select(Employer.id).where(Employer.brought_by == batch_id, ~employer_is_needed())
    ids = session.scalars(going.order_by(Employer.id).limit(SLICE_POSTS)).all()
    session.execute(delete(Employer).where(Employer.id.in_(ids)))
    return len(ids)
