"""Employers round the model street, what they look for, and where people are served.

Brought in through the doors an office uses: recorded, published, returned, each on its own day. A
database that has a post already is left alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import cos, radians
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from circle.demo.divisions import DISTRICT, MODEL_COMMUNITY, MODEL_STREET, placed_divisions
from circle.demo.numbers import credit_codes, mobile_numbers
from circle.demo.openings import Opening, openings
from circle.employers.details import EmployerDetails
from circle.employers.operations import add_employer, see_licence
from circle.places.operations import StationDetails, add_station, position_of
from circle.places.positions import Point
from circle.posts.details import PostDetails
from circle.posts.operations import publish, return_post, submit_post
from models.employers import Employer
from models.posts import Post
from models.staff import Account
from models.vocabulary.places import StationKind
from models.vocabulary.posts import PostDoor, ReturnReason

OFFICE = ZoneInfo("Asia/Shanghai")
OPENED_AT = time(9, 30)
EMPLOYERS, POSTS_EACH = 40, 5
# Half of them in the model street; the others in the streets around it.
NEIGHBOURS = ("330110013", "330110005", "330110011")
BRANDS = "恒盛泰和瑞丰锦嘉远达宏利新华同创云溪径苕禹航梦栖"
ROADS = ("良睦路", "绿汀路", "海曙路", "仓兴街", "高教路", "舒心路", "永福路", "朝阳路")
CONTACTS = ("王经理", "李主管", "陈店长", "周女士", "沈先生", "徐经理", "吴老师", "金主任")
METRES_A_DEGREE = 111_195
FARTHEST_METRES = 500
# What the story speaks of stands open from before it begins.
EARLY = frozenset({"学校电工", "物业水电工", "物业前台", "超市收银员", "便利店店员"})
# The school round the corner is where the story ends; it stands first.
SCHOOL = "学校后勤"
NAMES = {
    "物业服务": "杭州{brand}物业服务有限公司",
    "餐饮管理": "杭州{brand}餐饮管理有限公司",
    "超市零售": "杭州{brand}生鲜超市有限公司",
    SCHOOL: "{place}小学后勤服务中心",
    "养老服务": "{place}{brand}颐养院",
    "家政服务": "杭州{brand}家政服务有限公司",
    "物流配送": "杭州{brand}供应链管理有限公司",
    "机电制造": "杭州{brand}机电设备有限公司",
    "电子商务": "杭州{brand}电子商务有限公司",
    "园区办公": "杭州{brand}科技园区管理有限公司",
    "社区公益": "{place}公共服务中心",
    "绿化养护": "杭州{brand}绿化养护有限公司",
}


@dataclass(frozen=True)
class Hands:
    """Who does what: a worker records, a reviewer publishes."""

    recorder: Account
    reviewer: Account


@dataclass(frozen=True)
class Place:
    """A community; `name` is short, as the name of something that stands there."""

    code: str
    name: str
    division_name: str
    point: Point


def open_market(session: Session, hands: Hands, *, seed: int, on: date) -> int:
    """How many posts came in; none where there are any already."""
    if session.scalar(select(Post.id).limit(1)) is not None:
        return 0
    rng = np.random.default_rng(seed)
    _open_stations(session)
    employers = list(_employers(session, hands, rng, on))
    count = sum(_offer(session, hands, employer, trade, rng, on) for employer, trade in employers)
    return count + _unfit(session, hands, employers[0][0], on)


def _open_stations(session: Session) -> None:
    """Two stations and a gig point; more communities than these reach."""
    places = {place.code: place for place in _places()}
    for kind, name, code, address in STATIONS:
        phone = f"0571-8860{code[-4:]}"
        details = StationDetails(kind, name, code, address, HOURS[kind], phone)
        add_station(session, details, places[code].point)


STATIONS = (
    (StationKind.STATION, "葛巷社区就业服务站", MODEL_COMMUNITY, "良睦路88号"),
    (StationKind.STATION, "余杭街道就业服务站", "330110013001", "禹航路16号"),
    (StationKind.GIG_POINT, "仓前零工驿站", "330110012008", "绿汀路5号"),
)
HOURS = {
    StationKind.STATION: "周一至周六 8:30–17:00",
    StationKind.GIG_POINT: "每天 5:30–20:00",
}


def _employers(
    session: Session, hands: Hands, rng: np.random.Generator, on: date
) -> Iterator[tuple[Employer, str]]:
    """Each with its trade; every sixth has not shown its licence yet."""
    codes = credit_codes(rng, EMPLOYERS, DISTRICT)
    phones = mobile_numbers(rng, EMPLOYERS)
    trades = list(NAMES)
    trades.insert(0, trades.pop(trades.index(SCHOOL)))
    places = _employers_places(rng)
    for number in range(EMPLOYERS):
        trade, place = trades[number % len(trades)], places[number]
        employer = add_employer(
            session,
            EmployerDetails(
                name=_name(trade, place, rng),
                division_code=place.code,
                uscc=codes[number],
                address=f"{rng.choice(ROADS)}{rng.integers(8, 900)}号",
                position_id=position_of(session, near(place.point, rng)).id,
                contact=CONTACTS[number % len(CONTACTS)],
                contact_phone=str(phones[number]),
            ),
            by=hands.recorder,
        )
        if number % 6:
            see_licence(session, employer, by=hands.recorder, on=on - timedelta(days=60))
        yield employer, trade


def _name(trade: str, place: Place, rng: np.random.Generator) -> str:
    if trade == SCHOOL and place.code == MODEL_COMMUNITY:
        return "仓前街道中心小学"
    brand = "".join(rng.choice(list(BRANDS), 2))
    return NAMES[trade].format(brand=brand, place=place.name)


def _employers_places(rng: np.random.Generator) -> list[Place]:
    """The school's community first, then turn by turn the model street and its neighbours."""
    places = _places()
    own = [place for place in places if place.code.startswith(MODEL_STREET)]
    others = [place for place in places if place.code.startswith(NEIGHBOURS)]
    first = next(place for place in own if place.code == MODEL_COMMUNITY)
    drawn = [
        (own if number % 2 else others)[int(rng.integers(len(own if number % 2 else others)))]
        for number in range(1, EMPLOYERS)
    ]
    return [first, *drawn]


def _places() -> list[Place]:
    """The communities, as an address names them."""
    return [
        Place(
            row["code"],
            row["name"].replace("村委会", "村").replace("社区", ""),
            row["name"],
            Point(float(row["latitude"]), float(row["longitude"])),
        )
        for row in placed_divisions()
        if len(row["code"]) == len(MODEL_COMMUNITY)
    ]


def communities_nearby() -> list[Place]:
    """Those of the model street and the streets around it."""
    return [place for place in _places() if place.code.startswith((MODEL_STREET, *NEIGHBOURS))]


def near(point: Point, rng: np.random.Generator) -> Point:
    north, east = rng.uniform(-FARTHEST_METRES, FARTHEST_METRES, 2) / METRES_A_DEGREE
    longitude = point.longitude + east / cos(radians(point.latitude))
    return Point(round(point.latitude + north, 6), round(longitude, 6))


def _offer(
    session: Session,
    hands: Hands,
    employer: Employer,
    trade: str,
    rng: np.random.Generator,
    on: date,
) -> int:
    """A few of the trade's openings, published in the last weeks."""
    known = openings()[trade]
    drawn = [known[at] for at in rng.permutation(len(known))]
    chosen = sorted(drawn, key=lambda opening: opening.title not in EARLY)[:POSTS_EACH]
    for opening in chosen:
        day = on - timedelta(days=45 if opening.title in EARLY else int(rng.integers(0, 28)))
        more = 0 if trade == SCHOOL else int(rng.integers(0, 12))
        details = _details(employer, opening, more, on, rng)
        post = _submit(session, hands, employer, details, day)
        publish(session, post, by=hands.reviewer, on=day, now=_at(day))
    return len(chosen)


def _details(
    employer: Employer, opening: Opening, more: int, on: date, rng: np.random.Generator
) -> PostDetails:
    return PostDetails(
        title=opening.title,
        kind=opening.kind,
        pay=opening.pay(more),
        division_code=employer.division_code,
        valid_until=on + timedelta(days=int(rng.integers(14, 45))),
        headcount=opening.headcount,
        occupation_code=opening.occupation,
        hours=opening.hours,
        shifts=opening.shifts,
        description=opening.description,
        education=opening.education,
        skills=opening.skills or None,
        certificates=list(opening.certificates),
        helped=opening.helped,
        insurance_paid=opening.insurance,
        address=employer.address,
        position_id=employer.position_id,
        contact=employer.contact,
        contact_phone=employer.contact_phone,
    )


def _submit(
    session: Session, hands: Hands, employer: Employer, details: PostDetails, day: date
) -> Post:
    name = f"circle-demo-post-{employer.uscc}-{details.title}"
    return submit_post(
        session,
        employer,
        details,
        uuid=str(uuid5(NAMESPACE_URL, name)),
        door=PostDoor.FORM,
        by=hands.recorder,
        on=day,
        now=_at(day),
    )


def _unfit(session: Session, hands: Hands, employer: Employer, on: date) -> int:
    """What no reviewer lets through: two wait, one was sent back."""
    rng = np.random.default_rng(0)
    guard = openings()["物业服务"][1]
    usual = _details(employer, guard, 0, on, rng)
    yesterday = on - timedelta(days=1)
    for title, text in UNFIT:
        values = {**usual.__dict__, "title": title, "description": text}
        post = _submit(session, hands, employer, PostDetails(**values), yesterday)
    reasons, note = [ReturnReason.FEES], "请删去收取服装费的内容，再提交。"
    return_post(session, post, reasons, note, by=hands.reviewer, now=_at(on))
    return len(UNFIT)


UNFIT = (
    ("校门保安", "限男性，45岁以下，退役军人优先。两班倒，包一顿工作餐。"),
    ("停车场管理员", "本地人优先，男女不限，白班，每月休四天。"),
    ("夜班值守", "上岗前交服装费300元，离职退还；身份证原件由公司统一保管。"),
)


def _at(day: date) -> datetime:
    return datetime.combine(day, OPENED_AT, OFFICE)
