"""Posts and wishes whose words wait to be cut. Light: the scheduler looks often."""

from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from circle.matching import dictionary
from circle.posts.occupations import FILE as OCCUPATIONS
from models.matching import WishReckoned
from models.posts import Post
from models.residents import Intention
from models.vocabulary.posts import PostState

HERE = Path(__file__).parent
# What a reckoning depends on: all is done anew when one of these has changed.
GONE_BY = (
    OCCUPATIONS,
    dictionary.EVERYDAY,
    dictionary.EMPTY,
    *(HERE / name for name in ("cutting.py", "bm25.py", "terms.py")),
)
VERSION_LENGTH = 16
# Wishes of transactions that ended out of turn are looked for this far back; the night finds all.
LOOKED_BACK = 1000
SEEN = (PostState.RECEIVED, PostState.PUBLISHED)


@lru_cache(maxsize=1)
def version() -> str:
    told = b"".join(part.read_bytes() for part in GONE_BY)
    return sha256(told).hexdigest()[:VERSION_LENGTH]


def is_due(session: Session, on: date) -> bool:
    """Some post or new wish waits; a few small questions."""
    del on
    posts, wishes = waiting_posts().limit(1), waiting_wishes(session).limit(1)
    return any(session.execute(query).first() for query in (posts, wishes))


def waiting_posts() -> Select[Post]:
    """Published or to be reviewed, and not cut as it is done today."""
    return select(Post).where(Post.state.in_(SEEN), _is_old(Post.terms_of))


def waiting_wishes(session: Session) -> Select[Intention]:
    newest = session.scalar(select(func.max(WishReckoned.intention_id))) or 0
    return all_waiting_wishes().where(Intention.id > newest - LOOKED_BACK)


def all_waiting_wishes() -> Select[Intention]:
    reckoned = exists().where(
        WishReckoned.intention_id == Intention.id, WishReckoned.terms_of == version()
    )
    return select(Intention).where(Intention.replaced_at.is_(None), ~reckoned)


def _is_old(column: Any) -> ColumnElement[bool]:  # noqa: ANN401 - a mapped column
    """Written so that an index serves it."""
    return or_(column.is_(None), column < version(), column > version())
