"""What fitting posts to people goes by: words reckoned beforehand, and the night's lists."""

from datetime import date

from sqlalchemy import Float, ForeignKey, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigKey, Key


class Term(Base):
    """A word of posts and wishes, as the office's own dictionary cuts them."""

    __tablename__ = "term"

    id: Mapped[Key]
    word: Mapped[str] = mapped_column(String(40), unique=True)
    idf: Mapped[int] = mapped_column(default=0)  # thousandths; how rare it is among posts


class PostTerm(Base):
    """How much a word weighs in a post: BM25 without the rarity, which is the term's."""

    __tablename__ = "post_term"
    __table_args__ = (Index("ix_post_term_post", "post_id"), {"sqlite_with_rowid": False})

    term_id: Mapped[int] = mapped_column(BigKey, ForeignKey("term.id"), primary_key=True)
    post_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("post.id", ondelete="CASCADE"), primary_key=True
    )
    weight: Mapped[int]  # thousandths


class WishTerm(Base):
    """A word of a resident's wish."""

    __tablename__ = "wish_term"
    __table_args__ = ({"sqlite_with_rowid": False},)

    intention_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("intention.id", ondelete="CASCADE"), primary_key=True
    )
    term_id: Mapped[int] = mapped_column(BigKey, ForeignKey("term.id"), primary_key=True)
    weight: Mapped[int] = mapped_column(SmallInteger)  # per cent


class WishReckoned(Base):
    """A wish whose words were cut, also where it has none."""

    __tablename__ = "wish_reckoned"

    intention_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("intention.id", ondelete="CASCADE"), primary_key=True
    )
    terms_of: Mapped[str] = mapped_column(String(64))


class Match(Base):
    """A post the night's batch found for a case, the best first."""

    __tablename__ = "match"
    __table_args__ = (Index("ix_match_post", "post_id"), {"sqlite_with_rowid": False})

    case_id: Mapped[int] = mapped_column(
        BigKey, ForeignKey("case_file.id", ondelete="CASCADE"), primary_key=True
    )
    rank: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    post_id: Mapped[int] = mapped_column(BigKey, ForeignKey("post.id", ondelete="CASCADE"))
    score: Mapped[float] = mapped_column(Float)  # between 0 and 100
    computed_on: Mapped[date]
