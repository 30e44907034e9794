"""Which division a cell names: by code or name, today's or an old one, inside a scope."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

import pandas as pd
import pyarrow as pa

from circle.imports.cells import BLANK_WORDS, squeezed
from models.vocabulary.places import CODE_LENGTHS, ancestors_of, level_of, parent_of, subtree_end

COMMITTEES = {"社区": ("居民委员会", "居委会"), "村": ("村民委员会", "村委会")}
NUMBER_CELL = re.compile(r"(\d+)(?:\.0+)?")
# Offices pad a short code with zeros to the twelve digits of a community.
PADDED_LENGTH = 12
# What may stand before a name without being in our own table: 浙江省杭州市余杭区.
UPPER_NAMES = re.compile(
    r"(?:[^省]{2,7}(?:省|自治区))?(?:[^市]{1,6}市)?(?:[^区县市]{1,6}[区县市])?"
)
# GB/T 2260: a text that begins with another province names a place that is not ours.
PROVINCES = {
    "北京": "11", "天津": "12", "河北": "13", "山西": "14", "内蒙古": "15", "辽宁": "21",
    "吉林": "22", "黑龙江": "23", "上海": "31", "江苏": "32", "浙江": "33", "安徽": "34",
    "福建": "35", "江西": "36", "山东": "37", "河南": "41", "湖北": "42", "湖南": "43",
    "广东": "44", "广西": "45", "海南": "46", "重庆": "50", "四川": "51", "贵州": "52",
    "云南": "53", "西藏": "54", "陕西": "61", "甘肃": "62", "青海": "63", "宁夏": "64",
    "新疆": "65", "台湾": "71", "香港": "81", "澳门": "82",
}  # fmt: skip


class Standing(Enum):
    """What became of a cell that names a place."""

    INSIDE = auto()
    OUTSIDE = auto()
    UNKNOWN = auto()
    BLANK = auto()


@dataclass(frozen=True)
class Place:
    """`code` is set where the place is known, or its code at least well formed."""

    standing: Standing
    code: str | None = None


BLANK = Place(Standing.BLANK)
UNKNOWN = Place(Standing.UNKNOWN)


class Divisions:
    """The known divisions. The frame's columns: code, name, old_names, old_codes (lists)."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.names: dict[str, tuple[str, ...]] = {}
        self._renumbered: dict[str, str] = {}
        self._neighbours: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        rows = zip(
            frame["code"], frame["name"], frame["old_names"], frame["old_codes"], strict=True
        )
        for code, name, old_names, old_codes in rows:
            self.names[str(code)] = tuple(_plain(text) for text in (name, *_listed(old_names)))
            self._renumbered |= {str(old): str(code) for old in _listed(old_codes)}

    def resolve(self, texts: pd.Series, scope: str) -> tuple[pd.Series, pd.Series, pd.Series]:
        """(codes, unknown, outside), each beside its cell; a blank cell is neither."""
        places = {text: self.place(text, scope) for text in texts.unique()}
        found = texts.map(places)
        return (
            found.map(lambda place: place.code).astype("str"),
            found.map(lambda place: place.standing is Standing.UNKNOWN).astype(bool),
            found.map(lambda place: place.standing is Standing.OUTSIDE).astype(bool),
        )

    def places(self, texts: pa.Array, scope: str) -> tuple[list[Place], pa.Array]:
        """(distinct places, the place of each cell in that list)."""
        encoded = texts.dictionary_encode()
        return [self.place(text, scope) for text in encoded.dictionary.to_pylist()], encoded.indices

    def place(self, text: str, scope: str) -> Place:
        plain = squeezed(text)
        if plain.upper() in BLANK_WORDS:
            return BLANK
        if number := NUMBER_CELL.fullmatch(plain):
            return self._by_code(number[1], scope)
        return self._by_name(_plain(plain), scope)

    def mentioned(self, text: str, scope: str) -> Place:
        """The deepest place an address names: 龙潭路8号 in 仓前街道葛巷社区 is in 葛巷社区."""
        plain = _plain(text)
        if plain.upper() in BLANK_WORDS:
            return BLANK
        met = [code for code, names in self._near(scope) if any(name in plain for name in names)]
        inside = [code for code in met if _lies_in(code, scope) and code != scope]
        if inside:
            return Place(Standing.INSIDE, _deepest(inside))
        if any(not scope.startswith(code) for code in met):
            return Place(Standing.OUTSIDE)
        place = self._by_name(plain, scope)
        return place if place.standing is Standing.OUTSIDE else UNKNOWN

    def _near(self, scope: str) -> list[tuple[str, tuple[str, ...]]]:
        """What lies in the scope's district, or in the scope where that is larger."""
        if scope not in self._neighbours:
            around = scope[:DISTRICT_DIGITS]
            self._neighbours[scope] = [
                (code, names)
                for code, names in self.names.items()
                if _lies_in(code, around) and len(code) >= DISTRICT_DIGITS
            ]
        return self._neighbours[scope]

    def _by_code(self, digits: str, scope: str) -> Place:
        code = self._known_code(digits)
        if code is None:
            if len(digits) not in CODE_LENGTHS or digits[:2] not in PROVINCES.values():
                return UNKNOWN
            return UNKNOWN if _lies_in(digits, scope) else Place(Standing.OUTSIDE, digits)
        return Place(Standing.INSIDE if _lies_in(code, scope) else Standing.OUTSIDE, code)

    def _known_code(self, digits: str) -> str | None:
        for candidate in _unpadded(digits):
            if candidate in self.names:
                return candidate
            for length in sorted(CODE_LENGTHS, reverse=True):
                renewed = self._renumbered.get(candidate[:length])
                if renewed and renewed + candidate[length:] in self.names:
                    return renewed + candidate[length:]
        return None

    def _by_name(self, name: str, scope: str) -> Place:
        codes = self._codes_of(name)
        inside = [code for code in codes if _lies_in(code, scope)]
        if len(inside) == 1:
            return Place(Standing.INSIDE, inside[0])
        if inside:
            return UNKNOWN  # two communities of one name: nobody can tell which is meant
        if codes:
            return Place(Standing.OUTSIDE, codes[0] if len(codes) == 1 else None)
        province = next((code for start, code in PROVINCES.items() if name.startswith(start)), None)
        if province and not scope.startswith(province):
            return Place(Standing.OUTSIDE)
        return UNKNOWN

    def _codes_of(self, name: str) -> list[str]:
        """Codes the name may mean; the parents written in front of it must be theirs."""
        for start in range(len(name)):
            found = [
                code
                for code in self._codes_by_name.get(name[start:], ())
                if self._explains(code, name[:start])
            ]
            if found:
                return found
        return []

    def _explains(self, code: str, front: str) -> bool:
        """Whether what stands in front of a division's name is its parents' names."""
        for ancestor in ancestors_of(code)[1:]:
            known = self.names.get(ancestor)
            if known is None:
                continue
            ending = next((name for name in known if front.endswith(name)), None)
            if ending:
                front = front.removesuffix(ending)
            elif level_of(ancestor) in UPPER_LEVELS and _names_level(front, ancestor):
                return False
        return not front or UPPER_NAMES.fullmatch(front) is not None

    @cached_property
    def _codes_by_name(self) -> dict[str, list[str]]:
        codes: defaultdict[str, list[str]] = defaultdict(list)
        for code, names in self.names.items():
            for name in names:
                codes[name].append(code)
        return dict(codes)


DISTRICT_DIGITS = 6
UPPER_LEVELS = {CODE_LENGTHS[length] for length in (2, 4, 6)}
LEVEL_ENDINGS = {2: ("省", "自治区"), 4: ("市",), 6: ("区", "县")}


def common_division(codes: Iterable[str]) -> str | None:
    """The deepest division all the codes lie in, a district at the widest."""
    common: list[str] | None = None
    for code in codes:
        chain = ancestors_of(code)
        common = chain if common is None else [above for above in common if above in chain]
    return next((code for code in common or [] if len(code) >= len("330110")), None)


def _deepest(met: list[str]) -> str | None:
    """Of two communities of one name, that of the street beside it; else what they have in
    common.
    """
    leaves = [
        code for code in met if not any(other != code and other.startswith(code) for other in met)
    ]
    placed = [code for code in leaves if parent_of(code) in met]
    return common_division(placed or leaves)


def _names_level(front: str, ancestor: str) -> bool:
    """The text says something at the ancestor's level, and it is not the ancestor."""
    return front.endswith(LEVEL_ENDINGS[len(ancestor)])


def _lies_in(code: str, scope: str) -> bool:
    return scope <= code < subtree_end(scope)


def _unpadded(digits: str) -> list[str]:
    if len(digits) != PADDED_LENGTH:
        return [digits]
    shorter = [
        digits[:length]
        for length in sorted(CODE_LENGTHS, reverse=True)
        if length < PADDED_LENGTH and not digits[length:].strip("0")
    ]
    return [digits, *shorter]


def _plain(name: str) -> str:
    """一村 and 一村村民委员会 are one place; so are 某社区 and 某社区居委会."""
    plain = squeezed(name).replace("-", "").replace("/", "")
    for ending, committees in COMMITTEES.items():
        for committee in committees:
            if plain.endswith(committee) and plain != committee:
                bare = plain.removesuffix(committee)
                return bare if bare.endswith(("村", "社区")) else bare + ending
    return plain


def _listed(cell: object) -> list[str]:
    return [str(item) for item in cell] if isinstance(cell, list | tuple) else []
