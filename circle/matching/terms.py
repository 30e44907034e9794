"""The words of posts and wishes, stored beforehand, so that no page has to cut any.

A post is reckoned once, and again when it is amended or the dictionary changes (`Post.terms_of`);
a wish likewise (`WishReckoned`). How rare a word is, is settled when it first comes and nightly,
not with every post.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from circle.matching import bm25, cutting
from circle.matching.bm25 import SHARES, WISHED
from circle.matching.waiting import all_waiting_wishes, version, waiting_posts, waiting_wishes
from circle.office import Office
from circle.posts.occupations import occupations
from models.matching import PostTerm, Term, WishReckoned, WishTerm
from models.posts import Post
from models.residents import Intention
from models.sql import insert_into

# Posts or wishes in one transaction.
SLICE = 500
Counts = dict[str, int]


def reckon_terms(office: Office) -> Counts:
    """Cut what waits, slice by slice; how many posts, wishes and new words."""
    posts = sum(_slices(office, reckon_posts))
    wishes = sum(_slices(office, reckon_wishes))
    with office.session() as session:
        return {"posts": posts, "wishes": wishes, "words": settle_rarity(session, only_new=True)}


def reckon_nightly(office: Office) -> Counts:
    """As by day, with every current wish looked at and every word's rarity settled anew."""
    posts = sum(_slices(office, reckon_posts))
    wishes = sum(_slices(office, reckon_all_wishes))
    with office.session() as session:
        return {"posts": posts, "wishes": wishes, "words": settle_rarity(session)}


def _slices(office: Office, reckon: Callable[[Session], int]) -> Iterator[int]:
    while True:
        with office.session() as session:
            done = reckon(session)
        yield done
        if done < SLICE:
            return


def reckon_posts(session: Session) -> int:
    # Held until they are marked, so that nobody amends what is being cut.
    waiting = waiting_posts().order_by(Post.id).limit(SLICE).with_for_update()
    posts = session.scalars(waiting).all()
    weights = {post.id: bm25.weights(_counted(post)) for post in posts}
    numbers = _numbers(session, (word for found in weights.values() for word in found))
    ids = list(weights)
    session.execute(delete(PostTerm).where(PostTerm.post_id.in_(ids)))
    _put(
        session,
        PostTerm,
        [
            {"term_id": numbers[word], "post_id": post_id, "weight": weight}
            for post_id, found in weights.items()
            for word, weight in found.items()
        ],
    )
    _mark(session, ids)
    return len(posts)


def reckon_wishes(session: Session) -> int:
    return _reckon_wishes(session, waiting_wishes(session))


def reckon_all_wishes(session: Session) -> int:
    return _reckon_wishes(session, all_waiting_wishes())


def _reckon_wishes(session: Session, waiting: Select[Intention]) -> int:
    wishes = session.scalars(waiting.order_by(Intention.id).limit(SLICE)).all()
    found = {wish.id: words_of_wish(wish.occupation, wish.skills) for wish in wishes}
    numbers = _numbers(session, (word for words in found.values() for word in words))
    for table in (WishTerm, WishReckoned):
        session.execute(delete(table).where(table.intention_id.in_(found)))
    _put(
        session,
        WishTerm,
        [
            {"intention_id": wish_id, "term_id": numbers[word], "weight": weight}
            for wish_id, words in found.items()
            for word, weight in words.items()
        ],
    )
    marks = [{"intention_id": wish_id, "terms_of": version()} for wish_id in found]
    _put(session, WishReckoned, marks)
    return len(wishes)


def _counted(post: Post) -> dict[str, float]:
    known = occupations().get(post.occupation_code or "")
    return words_of_post(
        post.title, known.name if known else "", post.skills or "", post.description or ""
    )


def words_of_post(title: str, occupation: str, skills: str, description: str) -> dict[str, float]:
    """How many times over each word counts, by the fields it stands in."""
    named = cutting.cut(title)
    called = cutting.cut(occupation)
    return bm25.counted(
        (
            (SHARES.title, named),
            (SHARES.occupation, called),
            (SHARES.skills, cutting.cut(skills)),
            (SHARES.description, cutting.cut(description)),
            (SHARES.family, list(cutting.families_of([*named, *called]))),
        )
    )


def words_of_wish(occupation: str | None, skills: str | None) -> dict[str, int]:
    """Per cent each word counts; one named twice counts as where it counts most."""
    named, able = cutting.cut(occupation or ""), cutting.cut(skills or "")
    return {
        **dict.fromkeys(cutting.families_of(named), WISHED.family),
        **dict.fromkeys(able, WISHED.skills),
        **dict.fromkeys(named, WISHED.occupation),
    }


def settle_rarity(session: Session, *, only_new: bool = False) -> int:
    """How rare words are among the posts that were cut; how many words were settled."""
    posts = session.scalar(select(func.count()).where(Post.terms_of.is_not(None))) or 0
    holding = func.count(PostTerm.post_id)
    query = (
        select(Term.id, Term.idf, holding)
        .join(PostTerm, PostTerm.term_id == Term.id)
        .group_by(Term.id, Term.idf)
    )
    rows = session.execute(query.where(Term.idf == 0) if only_new else query)
    settled = [
        {"id": number, "idf": rarity}
        for number, before, count in rows
        if (rarity := bm25.rarity(count, posts)) != before
    ]
    if settled:
        session.execute(update(Term), settled)
    return len(settled)


def _numbers(session: Session, words: Iterable[str]) -> Mapping[str, int]:
    """The terms' numbers; words never met before get one."""
    wanted = sorted(set(words))
    known = _known(session, wanted)
    new = [{"word": word, "idf": 0} for word in wanted if word not in known]
    if not new:
        return known
    session.execute(insert_into(session, Term).on_conflict_do_nothing(), new)
    return _known(session, wanted)


def _known(session: Session, words: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(words), SLICE):
        some = words[start : start + SLICE]
        rows = session.execute(select(Term.word, Term.id).where(Term.word.in_(some)))
        found.update((word, number) for word, number in rows)
    return found


def _put(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:  # noqa: ANN401
    if rows:
        session.execute(insert_into(session, table), rows)


def _mark(session: Session, ids: list[int]) -> None:
    session.execute(
        update(Post)
        .where(Post.id.in_(ids))
        .values(terms_of=version())
        .execution_options(synchronize_session=False)
    )
