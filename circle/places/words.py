"""Minutes, distances and dots of the map in the words people read."""

from typing import Any

from flask_babel import gettext, ngettext

from circle.places.coverage import Place
from circle.places.queries import STATION
from circle.places.scene import PostMark, Scene, StationMark
from circle.places.walking import WalkingWay
from models.vocabulary.places import CoverageGap, StationKind


def way_words(way: WalkingWay) -> str:
    """How long, and whether along streets or guessed."""
    if way.by_street:
        return str(gettext("步行约 %(minutes)s 分钟", minutes=way.minutes))
    return str(gettext("步行约 %(minutes)s 分钟（按直线估算）", minutes=way.minutes))


def place_words(place: Place) -> str:
    """What a community has near it."""
    gap = place.gap
    if place.station is not None and place.minutes is not None:
        return str(
            gettext(
                "最近：%(station)s，步行约 %(minutes)s 分钟",
                station=place.station,
                minutes=place.minutes,
            )
        )
    return gettext(gap.label) if gap else ""


def gap_words(place: Place) -> str:
    """Why a community does not count, with the nearest station where there is one."""
    if place.gap is CoverageGap.FAR:
        return place_words(place)
    return gettext(place.gap.label) if place.gap else ""


def posts_words(mark: PostMark) -> str:
    return str(ngettext("%(num)s 个岗位", "%(num)s 个岗位", mark.posts))


def drawn(scene: Scene) -> dict[str, Any]:
    """The scene as the map's script reads it; points are latitude and longitude."""
    start, reach = scene.start, scene.reach
    return {
        "start": {"name": start.name, "at": _at(start)} if start and start.latitude else None,
        "reach": reach
        and {"byStreet": reach.by_street, "metres": reach.metres, "streets": reach.streets},
        "communities": [_community(place, scene) for place in scene.communities if place.latitude],
        "stations": [_station(mark) for mark in scene.stations],
        "posts": [_post(mark) for mark in scene.posts],
    }


def community_words(place: Place, scene: Scene) -> str:
    """What is near the community; on the map around a station, how far that is."""
    way = scene.ways.get(place.code)
    return way_words(way) if way else place_words(place)


def _community(place: Place, scene: Scene) -> dict[str, Any]:
    covered = None if place.gap is CoverageGap.WAITING else place.is_covered
    return {
        "name": place.name,
        "at": _at(place),
        "covered": covered,
        "words": community_words(place, scene),
        "from": place.code,
    }


def _station(mark: StationMark) -> dict[str, Any]:
    said = [gettext(mark.kind.label), mark.address, mark.hours, mark.way and way_words(mark.way)]
    return {
        "name": mark.name,
        "at": _at(mark),
        "isGig": mark.kind is StationKind.GIG_POINT,
        "words": " · ".join(part for part in said if part),
        "from": f"{STATION}{mark.id}",
    }


def _post(mark: PostMark) -> dict[str, Any]:
    said = [*mark.titles, mark.way and way_words(mark.way)]
    return {
        "name": posts_words(mark),
        "at": _at(mark),
        "posts": mark.posts,
        "words": " · ".join(part for part in said if part),
    }


def _at(spot: Any) -> tuple[float, float]:  # noqa: ANN401 - whatever has a latitude
    return spot.latitude, spot.longitude
