"""A district's posts and the people who seek, with the ways between: what matching works on."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection, text

from bench.bulk import WRITTEN_AT, hurry, load, settle
from bench.sizes import SEED
from circle.demo.divisions import DISTRICT, communities, divisions
from circle.matching import bm25, waiting
from circle.matching.dictionary import trades
from circle.matching.terms import settle_rarity, words_of_post, words_of_wish
from circle.office import Office
from circle.places.operations import load_divisions
from circle.places.walking import EARTH_METRES
from models.base import Base
from models.cases import Case
from models.employers import Employer
from models.matching import PostTerm, Term, WishReckoned, WishTerm
from models.places import Position, Walk, WalkOrigin
from models.posts import Post
from models.residents import Category, Intention, Resident

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
# A square of thirty kilometres, as wide as a district with its villages.
SOUTH, WEST, HIGH, WIDE = 30.2, 119.8, 0.27, 0.31
POSTS_A_POSITION = 4
POSTS_AN_EMPLOYER = 10
DETOUR, FURTHEST = 1.3, 4800
KINDS = ("full_time", "part_time", "gig")
HOURS = (None, "any", "day", "shifts", "evening")
LEVELS = (None, None, None, "middle_school", "college", "bachelor")
GROUPS = ("hard_to_employ", "disabled", "dibao_household")
WORDS_DESCRIBED = 12


def build(cases: int, posts: int) -> dict[str, Any]:
    """The step that loads everything, the words as the job for them would have cut them."""
    office = Office()
    chance = np.random.default_rng(SEED)
    with office.session() as session:
        connection = session.connection()
        hurry(connection)
        load_divisions(session, [{"code": code, "name": name} for code, name in divisions()])
        codes = [place.code for place in communities()]
        middles, spots = _points(chance, len(codes)), _points(chance, posts // POSTS_A_POSITION)
        _places(connection, codes, middles, spots)
        ways = _ways(connection, codes, middles, spots)
        _offers(connection, chance, codes, posts, len(spots), office)
        _seekers(connection, chance, codes, cases, office)
        settle(connection, Base.metadata.tables.values())
        settle_rarity(session)
    return {"cases": cases, "posts": posts, "ways": ways}


def metres_from(latitude: float, longitude: float, spots: Floats) -> Ints:
    """The straight line with its detour, from one place to many."""
    half = np.radians(spots - (latitude, longitude)) / 2
    chord = np.sin(half[:, 0]) ** 2 + np.cos(np.radians(latitude)) * np.cos(
        np.radians(spots[:, 0])
    ) * (np.sin(half[:, 1]) ** 2)
    straight = 2 * EARTH_METRES * np.arcsin(np.sqrt(chord))
    metres: Ints = np.ceil(straight * DETOUR).astype(np.int64)
    return metres


def _points(chance: np.random.Generator, count: int) -> Floats:
    points = chance.random((max(1, count), 2)) * (HIGH, WIDE) + (SOUTH, WEST)
    return np.unique(points.round(6), axis=0)


def _places(connection: Connection, codes: list[str], middles: Floats, spots: Floats) -> None:
    for code, (latitude, longitude) in zip(codes, middles.tolist(), strict=True):
        connection.execute(
            text("UPDATE division SET latitude = :n, longitude = :e WHERE code = :code"),
            {"n": latitude, "e": longitude, "code": code},
        )
    load(
        connection,
        WalkOrigin.__table__,
        {
            "division_code": codes,
            "latitude": middles[:, 0].tolist(),
            "longitude": middles[:, 1].tolist(),
            "reckoned_by": "bench",
            "reach_metres": FURTHEST,
            "by_street": False,
        },
    )
    load(
        connection,
        Position.__table__,
        {
            "id": list(range(1, len(spots) + 1)),
            "latitude": spots[:, 0].tolist(),
            "longitude": spots[:, 1].tolist(),
            "is_walked": True,
        },
    )


def _ways(connection: Connection, codes: list[str], middles: Floats, spots: Floats) -> int:
    """In the order of the table's key; how many."""
    count = 0
    for place in np.argsort(codes).tolist():
        latitude, longitude = middles[place].tolist()
        metres = metres_from(latitude, longitude, spots)
        near = np.flatnonzero(metres <= FURTHEST)
        count += load(
            connection,
            Walk.__table__,
            {
                "division_code": [codes[place]] * len(near),
                "position_id": (near + 1).tolist(),
                "metres": metres[near].tolist(),
                "by_street": False,
            },
        )
    return count


def _offers(
    connection: Connection,
    chance: np.random.Generator,
    codes: list[str],
    posts: int,
    positions: int,
    office: Office,
) -> None:
    names = [trade.name for trade in trades()]
    employers = max(1, posts // POSTS_AN_EMPLOYER)
    titles = chance.integers(0, len(names), posts)
    low = chance.integers(25, 90, posts) * 10_000
    spots = pd.Series(chance.integers(1, positions + 1, posts)).where(
        pd.Series(chance.random(posts) < 0.95)  # noqa: PLR2004 - a twentieth has no position
    )
    load(
        connection,
        Employer.__table__,
        {
            "id": list(range(1, employers + 1)),
            "name": "bench",
            "name_key": "bench",
            "is_agency": False,
            "division_code": DISTRICT,
            "created_at": WRITTEN_AT,
        },
    )
    load(
        connection,
        Post.__table__,
        {
            "id": list(range(1, posts + 1)),
            "uuid": [f"{number:036d}" for number in range(posts)],
            "employer_id": chance.integers(1, employers + 1, posts).tolist(),
            "door": "file",
            "state": "published",
            "title": [names[title] for title in titles],
            "title_key": "bench",
            "kind": _any_of(chance, KINDS, posts),
            "headcount": chance.integers(1, 12, posts).tolist(),
            "hired_count": 0,
            "pay_unit": "month",
            "pay_months": 12,
            "month_low_fen": low.tolist(),
            "month_high_fen": (low + chance.integers(0, 30, posts) * 10_000).tolist(),
            "hours": _any_of(chance, HOURS, posts),
            "education": _any_of(chance, LEVELS, posts),
            "certificates": "[]",
            "helped": _any_of(chance, ("[]", "[]", "[]", json.dumps(GROUPS[:1])), posts),
            "division_code": _any_of(chance, codes, posts),
            "position_id": spots.astype("Int64"),
            "valid_until": "2099-12-31",
            "submitted_on": "2026-01-01",
            "published_on": [
                (office.today - timedelta(days=days)).isoformat()
                for days in chance.integers(0, 90, posts).tolist()
            ],
            "terms_of": waiting.version(),
            "created_at": WRITTEN_AT,
        },
    )
    _post_words(connection, chance, names, titles.tolist())


def _post_words(
    connection: Connection, chance: np.random.Generator, names: list[str], titles: list[int]
) -> None:
    """As cut from a title and a description of other trades' words."""
    said = sorted({word for trade in trades() for word in (trade.name, *trade.synonyms)})
    # As in language, few words are used by nearly everybody.
    ranks = np.minimum(chance.zipf(1.3, (len(titles), WORDS_DESCRIBED)) - 1, len(said) - 1)
    numbers: dict[str, int] = {}
    rows: list[tuple[int, int, int]] = []
    for post_id, (title, ranked) in enumerate(zip(titles, ranks.tolist(), strict=True), start=1):
        told = "，".join(said[rank] for rank in ranked)
        for word, weight in bm25.weights(words_of_post(names[title], "", "", told)).items():
            rows.append((numbers.setdefault(word, len(numbers) + 1), post_id, weight))
    ids = list(numbers.values())
    load(connection, Term.__table__, {"id": ids, "word": list(numbers), "idf": 0})
    rows.sort()
    columns = zip(("term_id", "post_id", "weight"), zip(*rows, strict=True), strict=True)
    load(connection, PostTerm.__table__, {name: list(column) for name, column in columns})


def _seekers(
    connection: Connection,
    chance: np.random.Generator,
    codes: list[str],
    cases: int,
    office: Office,
) -> None:
    ids = list(range(1, cases + 1))
    names = [trade.name for trade in trades()]
    load(
        connection,
        Resident.__table__,
        {
            "id": ids,
            "document_type": "resident_id",
            "name": "bench",
            "pinyin": "b",
            "sex": "male",
            "born_on": "1985-06-15",
            "lives_in": sorted(_any_of(chance, codes, cases)),
            "lives_in_basis": "household",
            "created_at": WRITTEN_AT,
        },
    )
    load(
        connection,
        Case.__table__,
        {
            "id": ids,
            "resident_id": ids,
            "state": "open",
            "origin": "ledger",
            "is_confirmed": True,
            "opened_on": "2026-01-01",
            "stage": "serving",
            "work_status": "unemployed",
            "causes": "[]",
            "obstacles": "[]",
            "created_at": WRITTEN_AT,
        },
    )
    wanted = [names[trade] for trade in chance.integers(0, len(names), cases)]
    load(
        connection,
        Intention.__table__,
        {
            "id": ids,
            "resident_id": ids,
            "kinds": _any_of(chance, ("[]", *(json.dumps([kind]) for kind in KINDS)), cases),
            "occupation": wanted,
            "pay_fen": _any_of(chance, (None, 300_000, 400_000, 500_000), cases),
            "hours": _any_of(chance, HOURS, cases),
            "minutes": _any_of(chance, (None, 15, 30, 45), cases),
            "wants_training": False,
            "wants_start_up": False,
            "recorded_on": office.today.isoformat(),
            "created_at": WRITTEN_AT,
        },
    )
    helped = ids[::3]
    load(
        connection,
        Category.__table__,
        {
            "resident_id": helped,
            "code": GROUPS[0],
            "basis": "bench",
            "from_on": "2026-01-01",
            "created_at": WRITTEN_AT,
        },
    )
    _wish_words(connection, wanted)


def _wish_words(connection: Connection, wanted: list[str]) -> None:
    numbers = {
        word: number for number, word in connection.execute(text("SELECT id, word FROM term"))
    }
    rows = sorted(_wished(wanted, numbers))
    columns = zip(("intention_id", "term_id", "weight"), zip(*rows, strict=True), strict=True)
    load(connection, WishTerm.__table__, {name: list(column) for name, column in columns})
    load(
        connection,
        WishReckoned.__table__,
        {"intention_id": list(range(1, len(wanted) + 1)), "terms_of": waiting.version()},
    )


def _wished(wanted: list[str], numbers: dict[str, int]) -> Iterator[tuple[int, int, int]]:
    for wish_id, occupation in enumerate(wanted, start=1):
        for word, weight in words_of_wish(occupation, None).items():
            if word in numbers:
                yield wish_id, numbers[word], weight


def _any_of(chance: np.random.Generator, choices: Any, count: int) -> list[Any]:  # noqa: ANN401
    return [choices[place] for place in chance.integers(0, len(choices), count)]
