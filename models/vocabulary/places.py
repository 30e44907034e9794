"""Divisions: how a code shows its level, its parent and its subtree."""

from models.vocabulary.labelled import Labelled


class DivisionLevel(Labelled):
    PROVINCE = "province", "省"
    CITY = "city", "市"
    DISTRICT = "district", "区县"
    STREET = "street", "街道"
    COMMUNITY = "community", "社区"
    GRID = "grid", "网格"


CODE_LENGTHS = {
    2: DivisionLevel.PROVINCE,
    4: DivisionLevel.CITY,
    6: DivisionLevel.DISTRICT,
    9: DivisionLevel.STREET,
    12: DivisionLevel.COMMUNITY,
    15: DivisionLevel.GRID,
}
COMMUNITY_LENGTH = 12
STREET_LENGTH = 9


def level_of(code: str) -> DivisionLevel:
    """The level a code's length stands for; raises ValueError."""
    is_plain = code.isascii() and code.isdecimal()
    if not is_plain or len(code) not in CODE_LENGTHS:
        message = f"{code!r} is no division code"
        raise ValueError(message)
    return CODE_LENGTHS[len(code)]


def parent_of(code: str) -> str | None:
    """The code one level up; None for a province."""
    shorter = [length for length in CODE_LENGTHS if length < len(code)]
    return code[: max(shorter)] if shorter else None


def ancestors_of(code: str) -> list[str]:
    """The code itself and every code above it, the nearest first."""
    return [code[:length] for length in sorted(CODE_LENGTHS, reverse=True) if length <= len(code)]


def subtree_end(code: str) -> str:
    """The first code behind the subtree, whose codes are those from `code` up to before this."""
    return str(int(code) + 1).zfill(len(code))


class StationKind(Labelled):
    STATION = "station", "就业服务站"
    GIG_POINT = "gig_point", "零工驿站"


class CoordinateSystem(Labelled):
    """What a typed position is in; WGS-84 is kept."""

    WGS84 = "wgs84", "GPS坐标（WGS-84）"
    GCJ02 = "gcj02", "高德、腾讯坐标（GCJ-02）"
    BD09 = "bd09", "百度坐标（BD-09）"


class PositionFault(Labelled):
    """Why a typed position is refused."""

    HALF = "half", "经度和纬度要一起填写，或者都不填。"
    SWAPPED = "swapped", "经度和纬度写反了：在中国，纬度小于 56，经度大于 72。请对调后再提交。"
    OUT_OF_RANGE = (
        "out_of_range",
        "经纬度超出范围：纬度须在 ±90、经度须在 ±180 以内。",
    )


class CoverageGap(Labelled):
    """Why a community does not count as having a station within reach."""

    FAR = "far", "最近的站点太远"
    NOTHING_NEAR = "nothing_near", "步行范围内没有站点"
    UNPLACED = "unplaced", "没有填写社区位置"
    WAITING = "waiting", "步行时间还在计算"
