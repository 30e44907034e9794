"""Posts as agencies send them: every form is another."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from models.employers import Employer
from models.posts import Post
from models.vocabulary.facts import EducationLevel
from models.vocabulary.posts import PayUnit, PostDoor, PostState
from models.vocabulary.residents import WishedHours, WorkKind
from tests.circle.imports.conftest import (
    COMMUNITY,
    DISTRICT,
    FAR_COMMUNITY,
    OTHER_COMMUNITY,
    STREET,
    Bureau,
    Rows,
)
from tests.circle.imports.files import csv_of, html_of, xls_of, xlsx_of

USCC, OTHER_USCC = "91330100799655058B", "91330100716105852F"
HEADER = ["岗位名称", "企业名称", "招聘人数", "薪资", "所属社区", "工作地点", "联系电话"]
CLEANER = ["保洁员", "洁净物业", "3", "3500-4000", "葛巷社区", "葛巷路8号", "13800138000"]
COOK = ["厨师", "仓前小馆", "1", "6千-8千", "朱庙社区", "龙潭路2号", "0571-88886666"]


def offer(**cells: str) -> Rows:
    """A file of one post with the columns named, and a title and an employer."""
    said = {"岗位名称": "保洁员", "企业名称": "洁净物业", **cells}
    return [[*said], [*said.values()]]


def only_post(bureau: Bureau) -> Post:
    with bureau.session as session:
        post = session.scalars(select(Post)).one()
        session.expunge(post)
    return post


def test_a_post_has_everything_its_row_says(bureau: Bureau) -> None:
    answer = bureau.sends(
        "posts",
        offer(
            统一社会信用代码=USCC.lower(),
            招聘人数="3-5人",
            薪资待遇="4500—6000元/月·13薪",
            学历要求="高中/中专及以上",
            工作经验="一年以上",
            工作地点="余杭区仓前街道葛巷社区龙潭路8号",
            班次="两班倒",
            用工形式="兼职",
            岗位要求="会用洗地机",
            证书="健康证、驾驶证",
            五险="缴纳",
            联系人="王经理",
            联系电话="13800138000/0571-88886666",
            有效期="2026年12月",
            经度="120.01",
            纬度="30.27",
        ),
    )
    assert (answer["added"], answer["rejected"], answer["warnings"]) == (1, 0, {})
    post = only_post(bureau)
    assert (post.door, post.state, post.submitted_on) == (
        PostDoor.FILE,
        PostState.RECEIVED,
        date(2026, 11, 21),
    )
    assert (post.kind, post.headcount, post.education) == (
        WorkKind.PART_TIME,
        5,
        EducationLevel.HIGH_SCHOOL,
    )
    assert (post.pay_unit, post.pay_low_fen, post.pay_high_fen, post.pay_months) == (
        PayUnit.MONTH,
        450_000,
        600_000,
        13,
    )
    assert post.month_low_fen == 487_500
    assert (post.hours, post.shifts) == (WishedHours.SHIFTS, "两班倒")
    assert (post.skills, post.certificates) == ("会用洗地机", ["健康证", "驾驶证"])
    assert post.description == "经验要求：一年以上"
    assert post.insurance_paid is True
    assert (post.division_code, post.valid_until) == (COMMUNITY, date(2026, 12, 31))
    assert (post.contact, post.contact_phone) == ("王经理", "13800138000")
    with bureau.session as session:
        employer = session.scalars(select(Employer)).one()
        position = session.get_one(Post, post.id).position
    assert (employer.uscc, employer.licence_seen_on, employer.recorded_by) == (USCC, None, None)
    # GCJ-02, as maps in China are: some four hundred metres off.
    assert position is not None
    assert (round(position.latitude, 2), round(position.longitude, 2)) == (30.27, 120.01)
    assert position.longitude < 120.0099


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"岗位名称": ""}, "value_missing"),
        ({"企业名称": "／"}, "value_missing"),
        ({"企业名称": "（，）"}, "value_unreadable"),
        ({"统一社会信用代码": "91330100799655058C"}, "value_unreadable"),
        ({"招聘人数": "男2女1"}, "value_unreadable"),
        ({"薪资": "看着给吧"}, "value_unreadable"),
        ({"学历": "聪明"}, "value_unreadable"),
        ({"岗位性质": "技术类"}, "value_unreadable"),
        ({"社保": "再说"}, "value_unreadable"),
        ({"联系电话": "找老王"}, "value_unreadable"),
        ({"有效期": "下个月底"}, "date_unreadable"),
        ({"所属社区": "不存在的社区"}, "division_unknown"),
        ({"所属社区": "440106001001"}, "outside_scope"),
        ({"工作地点": "上海市浦东新区张江路1号"}, "outside_scope"),
        ({"经度": "120.01"}, "value_unreadable"),
        ({"经度": "0", "纬度": "0"}, "value_unreadable"),
    ],
)
def test_what_cannot_be_used_goes_back(bureau: Bureau, cells: dict[str, str], code: str) -> None:
    said = {"招聘人数": "1", "工作时间": "白班"} | cells
    answer = bureau.sends("posts", offer(**said))
    assert (answer["rejected"], answer["reasons"]) == (1, {code: 1})
    assert bureau.count("post") == bureau.count("employer") == 0


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        ({"招聘人数": "若干"}, "headcount", 1),
        ({"薪资": "面议"}, "pay_low_fen", None),
        ({"学历": "不限"}, "education", None),
        ({"岗位性质": ""}, "kind", "full_time"),
        ({"岗位性质": "公益岗"}, "kind", "public_welfare"),
        ({"社保": "无"}, "insurance_paid", False),
        ({"社保": ""}, "insurance_paid", None),
        ({"有效期": "30天"}, "valid_until", "2026-12-21"),
        ({"有效期": "2026.10.1-2026.12.20"}, "valid_until", "2026-12-20"),
        ({"有效期": "长期"}, "valid_until", "2027-02-19"),
        ({"工作地点": "仓前街道龙潭路2号"}, "division_code", STREET),
        ({"街道": "余杭街道", "社区": "宝塔社区"}, "division_code", FAR_COMMUNITY),
        ({"工作地点": "龙潭路2号"}, "division_code", DISTRICT),
        # Turned round: in China a latitude is never so great.
        ({"纬度": "120.01", "经度": "30.27"}, "position_id", 1),
    ],
)
def test_words_have_their_meaning(
    bureau: Bureau, cells: dict[str, str], column: str, expected: object
) -> None:
    said = {"招聘人数": "1", "工作时间": "白班"} | cells
    assert bureau.sends("posts", offer(**said), "--division", DISTRICT)["added"] == 1
    ((found,),) = bureau.rows("post", column)
    is_day = isinstance(found, date)
    is_flag = isinstance(expected, bool)
    assert (found.isoformat() if is_day else bool(found) if is_flag else found) == expected


def test_doubts_are_told_and_the_row_is_taken(bureau: Bureau) -> None:
    rows = offer(招聘人数="若干", 有效期="2030-01-01")
    answer = bureau.sends("posts", rows)
    assert answer["warnings"] == {"end_shortened": 1, "headcount_assumed": 1}
    assert only_post(bureau).valid_until == date(2027, 2, 19)


def test_a_post_that_is_over_is_counted_and_not_taken(bureau: Bureau) -> None:
    rows = [*offer(截止日期="2026-11-20"), ["厨师", "仓前小馆", "2026-11-21"]]
    answer = bureau.sends("posts", rows)
    assert (answer["ignored"], answer["added"]) == (1, 1)


def test_the_same_post_twice_in_a_file(bureau: Bureau) -> None:
    """The spelling of a name says nothing; of two that differ neither is believed."""
    spelt = ["保洁员（急招）", "洁净物业 ", *CLEANER[2:]]
    answer = bureau.sends("posts", [HEADER, CLEANER, spelt])
    assert (answer["added"], answer["reasons"]) == (1, {"duplicate_in_file": 1})
    dearer = [*CLEANER[:3], "5000-6000", *CLEANER[4:]]
    answer = bureau.sends("posts", [HEADER, CLEANER, dearer, COOK])
    assert (answer["rejected"], answer["added"], answer["unchanged"]) == (2, 1, 0)


def test_a_name_alone_is_the_employer_whose_code_the_file_gives(bureau: Bureau) -> None:
    rows = [
        ["岗位名称", "企业名称", "统一社会信用代码"],
        ["保洁员", "洁净物业", USCC],
        ["门卫", "洁净物业", ""],
        ["厨师", "洁净物业（仓前店）", OTHER_USCC],
    ]
    assert bureau.sends("posts", rows)["added"] == 3
    assert bureau.rows("employer", "uscc") == [(USCC,), (OTHER_USCC,)]
    assert bureau.rows("post", "employer_id") == [(1,), (1,), (2,)]


def test_a_code_that_went_through_a_number_is_destroyed(bureau: Bureau) -> None:
    header = ["岗位名称", "企业名称", "统一社会信用代码"]
    rows = [header, ["保洁员", "洁净物业", 913301007996550.0]]
    path = bureau.folder / "a.xlsx"
    path.write_bytes(xlsx_of({"岗位": rows}))
    assert bureau.sends("posts", path)["reasons"] == {"value_unreadable": 1}


TABLE = [
    ["仓前街道2026年11月招聘岗位汇总表", "", "", "", "", "", ""],
    [
        "序号",
        "企业名称（必填）",
        "岗位\n名称 *",
        "需求\n人数",
        "工资待遇（元）",
        "社区",
        "联系方式",
    ],
    ["一、物业服务业", "", "", "", "", "", ""],
    ["1", "洁净物业", "★保洁员", "3人", "3500-4000", "葛巷社区", "13800138000"],
    ["2", "", "门卫", "若干", "３８００元", "", ""],
    ["3", "仓前小馆", "厨师", "1", "6千-8千", "朱庙社区", "0571-88886666\n13900139000"],
    ["合计", "", "", "5", "", "", ""],
    ["填表人：李四", "", "", "", "", "", ""],
    ["注：以上岗位由企业提供", "", "", "", "", "", ""],
]


@pytest.mark.parametrize("form", ["xlsx", "xls", "gb18030", "utf-16", "html"])
def test_a_table_as_agencies_make_it(bureau: Bureau, form: str) -> None:
    """A title, headings of parts, a total, notes; an employer's name on its first row alone."""
    content: dict[str, Any] = {
        "xlsx": lambda: xlsx_of({"封面": [["招聘"]], "岗位": TABLE}, hidden_rows=[4]),
        "xls": lambda: xls_of({"岗位": TABLE}),
        "gb18030": lambda: csv_of(TABLE),
        "utf-16": lambda: csv_of(TABLE, "utf-16", "\t"),
        "html": lambda: html_of(TABLE),
    }
    path = bureau.folder / f"岗位.{form if form in {'xlsx', 'xls'} else 'csv'}"
    path.write_bytes(content[form]())
    answer = bureau.sends("posts", path, "--division", STREET)
    assert (answer["rows"], answer["added"], answer["rejected"]) == (3, 3, 0), answer
    found = bureau.rows("post", "title, employer_id, headcount, pay_low_fen, division_code")
    assert found == [
        ("★保洁员", 1, 3, 350_000, COMMUNITY),
        ("门卫", 1, 1, 380_000, COMMUNITY),
        ("厨师", 2, 1, 600_000, OTHER_COMMUNITY),
    ]


def test_merged_cells_hold_for_all_their_rows(bureau: Bureau) -> None:
    rows = [
        ["企业名称", "岗位名称", "招聘人数"],
        ["洁净物业", "保洁员", "3"],
        ["", "门卫", "1"],
        ["仓前小馆", "厨师", "1"],
    ]
    path = bureau.folder / "a.xlsx"
    path.write_bytes(xlsx_of({"岗位": rows}, merged={"岗位": [(1, 0, 2, 0)]}))
    assert bureau.sends("posts", path)["added"] == 3
    assert bureau.rows("post", "title, employer_id") == [("保洁员", 1), ("门卫", 1), ("厨师", 2)]


def test_a_forgotten_employer_is_not_guessed(bureau: Bureau) -> None:
    """Its telephone shows that the row is no continuation of the one above."""
    forgotten = ["门卫", "", *CLEANER[2:6], "13900139000"]
    answer = bureau.sends("posts", [HEADER, CLEANER, forgotten])
    assert (answer["added"], answer["reasons"]) == (1, {"value_missing": 1})


def test_rejected_rows_come_back_with_their_reason(bureau: Bureau) -> None:
    target = bureau.folder / "rejects.xlsx"
    bureau.sends("posts", offer(薪资="看着给吧"), "--rejects", str(target))
    path = target.rename(bureau.folder / "mended.xlsx")
    answer = bureau.sends("posts", path)
    assert (answer["rows"], answer["rejected"]) == (1, 1)


def test_a_header_alone_is_a_file_without_posts(bureau: Bureau) -> None:
    answer = bureau.sends("posts", [HEADER, ["合计", "", "0", "", "", "", ""]])
    assert (answer["rows"], answer["added"]) == (0, 0)


def test_a_file_of_people_holds_no_posts(bureau: Bureau) -> None:
    rows = [["姓名", "身份证号"], ["王芳", "330110198506150024"]]
    refused = bureau.tries("posts", rows)
    assert refused.exit_code == 1
    assert "没有找到表头" in refused.output
