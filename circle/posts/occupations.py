"""The occupations of 中华人民共和国职业分类大典 (2022), majors 2 to 6: code and name."""

import csv
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("occupations.csv")
CODE = re.compile(r"\d-\d{2}-\d{2}(?:-\d{2})?")
FOUND_AT_MOST = 20


@dataclass(frozen=True)
class Occupation:
    code: str
    name: str

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@lru_cache(maxsize=1)
def occupations() -> dict[str, Occupation]:
    """By code, in the classification's order."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: Occupation(**row) for row in csv.DictReader(file)}


def occupation_named(typed: str) -> Occupation | None:
    """What was chosen from the list or typed by heart: a code, or a whole name."""
    plain = _plain(typed)
    code = CODE.search(plain)
    if code:
        return occupations().get(code.group())
    return next((each for each in occupations().values() if each.name == plain), None)


def occupations_like(typed: str, most: int = FOUND_AT_MOST) -> Sequence[Occupation]:
    """Those whose code begins so or whose name holds the words, the shortest names first."""
    plain = _plain(typed)
    if not plain:
        return []
    found = [
        each for each in occupations().values() if plain in each.name or each.code.startswith(plain)
    ]
    return sorted(found, key=lambda each: (len(each.name), each.code))[:most]


def _plain(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).strip()
