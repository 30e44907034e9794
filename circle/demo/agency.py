"""The workbook an agency sends: posts typed by hand, every cell as somebody thought best."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pandas as pd
import prcoords

from circle.demo.breakages import Broken
from circle.demo.divisions import DISTRICT
from circle.demo.market import CONTACTS, ROADS, Place, communities_nearby, near
from circle.demo.numbers import Texts, credit_codes, mobile_numbers
from circle.demo.openings import Opening, openings
from models.vocabulary.imports import RejectCode
from models.vocabulary.posts import PayUnit
from models.vocabulary.residents import WorkKind

FIRM = "企业名称"
# One cell for all posts of an employer.
MERGED = (FIRM, "统一社会信用代码", "工作地点", "联系人", "联系电话")
BRANDS = ("甬江", "塘栖", "运河", "西溪里", "未来城", "南湖", "闲林港", "五常湾", "葛巷", "梦想")
TRADES = (
    "物业服务",
    "餐饮管理",
    "超市零售",
    "物流配送",
    "机电制造",
    "电子商务",
    "养老服务",
    "园区办公",
)
ROWS_EACH = 4
THOUSAND = 1000
KIND_WORDS = {
    WorkKind.FULL_TIME: ("全职", "正式工", "长期", ""),
    WorkKind.PART_TIME: ("兼职", "非全日制", "钟点工"),
    WorkKind.GIG: ("临时工", "日结", "零工"),
    WorkKind.TRAINEESHIP: ("见习", "就业见习"),
    WorkKind.HOME_WORK: ("居家", "来料加工"),
    WorkKind.PUBLIC_WELFARE: ("公益性岗位",),
}
BROKEN = (
    (3, "薪资待遇", "看能力给", RejectCode.VALUE_UNREADABLE),
    (9, "招聘人数", "好多人", RejectCode.VALUE_UNREADABLE),
    (16, "所属社区", "海棠苑社区", RejectCode.DIVISION_UNKNOWN),
)
REPEATED = 21
# What the law does not allow; a person finds it in the review.
FORBIDDEN = (5, "岗位要求", "限男性，身高1.70米以上")


def agency_posts(rng: np.random.Generator, on: date) -> Broken:
    """Rows by employer; a few cannot be read and one stands twice."""
    places = communities_nearby()
    codes = credit_codes(rng, len(TRADES), DISTRICT)
    phones = mobile_numbers(rng, len(TRADES))
    rows = [
        row
        for at, trade in enumerate(TRADES)
        for row in _rows(rng, trade, at, places, (codes[at], phones), on)
    ]
    frame = pd.DataFrame(rows).astype(object)
    for at, column, cell in (FORBIDDEN, *(broken[:3] for broken in BROKEN)):
        frame.loc[at, column] = cell
    rejects = Counter(code.value for *_, code in BROKEN)
    rejects[RejectCode.DUPLICATE_IN_FILE.value] += 1
    again = frame.iloc[[REPEATED]]
    whole = pd.concat([frame.iloc[: REPEATED + 1], again, frame.iloc[REPEATED + 1 :]])
    return Broken(whole.reset_index(drop=True), rejects, rejects.total())


def _rows(
    rng: np.random.Generator,
    trade: str,
    at: int,
    places: list[Place],
    numbers: tuple[str, Texts],
    on: date,
) -> list[dict[str, object]]:
    place = places[int(rng.integers(len(places)))]
    point = near(place.point, rng)
    latitude, longitude = prcoords.wgs_gcj((point.latitude, point.longitude))
    code, phones = numbers
    firm = {
        FIRM: f"杭州{BRANDS[at]}{trade}有限公司",
        "统一社会信用代码": code,
        "工作地点": f"{rng.choice(ROADS)}{rng.integers(8, 900)}号",
        "所属社区": place.division_name,
        "经度": f"{longitude:.6f}",
        "纬度": f"{latitude:.6f}",
        "联系人": CONTACTS[at % len(CONTACTS)],
        "联系电话": str(phones[at]),
    }
    known = openings()[trade]
    drawn = rng.permutation(len(known))[:ROWS_EACH]
    return [{**firm, **_post(rng, known[number], on)} for number in drawn]


def _post(rng: np.random.Generator, opening: Opening, on: date) -> dict[str, object]:
    until = on + timedelta(days=int(rng.integers(20, 60)))
    heads = opening.headcount
    return {
        "招聘岗位": str(rng.choice([opening.title, f" {opening.title}", f"{opening.title} "])),
        "招聘人数": str(rng.choice([str(heads), f"{heads}人", f"{heads}名"])),
        "薪资待遇": str(rng.choice(_pay_words(opening))),
        "学历要求": f"{opening.education.label}及以上" if opening.education else "不限",
        "工作时间": opening.shifts,
        "岗位性质": str(rng.choice(KIND_WORDS[opening.kind])),
        "岗位要求": opening.skills,
        "证书要求": "、".join(opening.certificates) or "无",
        "五险": "是" if opening.insurance else "否",
        "截止日期": str(rng.choice([f"{until:%Y.%m.%d}", f"{until:%Y-%m-%d}", "长期有效"])),
        "备注": opening.description,
    }


def _pay_words(opening: Opening) -> list[str]:
    low, high = opening.low, opening.high
    if opening.unit is PayUnit.HOUR:
        return [f"{low}-{high}元/小时", f"{low}元/小时"]
    if opening.unit is PayUnit.DAY:
        return [f"{low}-{high}元/天", f"{low}元/天"]
    if opening.unit is not PayUnit.MONTH:
        return ["面议"]
    return [
        f"{low}-{high}",
        f"{low}—{high}元/月",
        f"{low / THOUSAND:g}-{high / THOUSAND:g}千",
        f"{low / THOUSAND:g}k-{high / THOUSAND:g}k",
        "面议",
    ]
