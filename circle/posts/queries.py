from datetime import date

from sqlalchemy import ColumnElement, Select, and_, select

from models.places import within
from models.posts import Post
from models.vocabulary.posts import PostState


def published(on: date) -> Select[Post]:
    """Posts that anybody may see and that still look for somebody."""
    return select(Post).where(is_offered(on))


def is_offered(on: date) -> ColumnElement[bool]:
    return and_(
        Post.state == PostState.PUBLISHED,
        Post.valid_until >= on,
        Post.hired_count < Post.headcount,
    )


def posts_in(code: str) -> Select[Post]:
    """Posts whose place of work lies in the division's subtree, whatever their state."""
    return select(Post).where(within(Post.division_code, code))
