"""Every flag rule on its own examples, and what stands around the words."""

from dataclasses import replace
from typing import Any

import pytest

from circle.posts.flag_rules import WORD_RULES, WordRule
from circle.posts.flags import FACT_RULES, Flag, PostWords, flags_of
from models.policy import Policy
from models.vocabulary.parameters import PARAMETERS
from models.vocabulary.posts import PayUnit, Severity
from models.vocabulary.residents import WorkKind

POLICY = Policy.of({parameter.name: parameter.default for parameter in PARAMETERS})
SOUND = PostWords(
    texts={"title": "保洁员", "description": "打扫楼道，每周休息两天。"},
    kind=WorkKind.FULL_TIME,
    pay_unit=PayUnit.MONTH,
    pay_low_fen=400_000,
    pay_high_fen=500_000,
    month_low_fen=400_000,
    insurance_paid=True,
    has_place=True,
    licence_seen=True,
)
MUST = [(rule, text) for rule in WORD_RULES for text in rule.must]
MUST_NOT = [(rule, text) for rule in WORD_RULES for text in rule.must_not]


def said(text: str) -> list[Flag]:
    return flags_of(replace(SOUND, texts={"description": text}), POLICY)


def codes(post: PostWords) -> set[str]:
    return {flag.rule.code for flag in flags_of(post, POLICY)}


def words(flag: Flag, text: str) -> str:
    return text[flag.start : flag.end]


def named(pair: tuple[WordRule, str]) -> str:
    return f"{pair[0].code}-{pair[1]}"


@pytest.mark.parametrize("pair", MUST, ids=named)
def test_what_must_be_flagged_is(pair: tuple[WordRule, str]) -> None:
    rule, text = pair
    assert rule.code in {flag.rule.code for flag in said(text)}


@pytest.mark.parametrize("pair", MUST_NOT, ids=named)
def test_what_must_not_be_flagged_is_not(pair: tuple[WordRule, str]) -> None:
    rule, text = pair
    assert rule.code not in {flag.rule.code for flag in said(text)}


def test_every_rule_has_examples_of_both() -> None:
    assert all(rule.must and rule.must_not for rule in WORD_RULES)


def test_there_is_one_rule_to_a_code_and_enough_of_them() -> None:
    listed = [rule.code for rule in (*WORD_RULES, *FACT_RULES)]
    assert len(listed) == len(set(listed))
    assert len(listed) >= 25


def test_what_the_law_forbids_names_the_law() -> None:
    forbidden = [r for r in (*WORD_RULES, *FACT_RULES) if r.severity is Severity.FORBIDDEN]
    assert all(rule.law for rule in forbidden)


def test_a_sound_post_has_nothing_to_look_at() -> None:
    assert flags_of(SOUND, POLICY) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("要求：限男性，会电工。", "限男性"),
        ("入职交押＊金200元", "押＊金"),
        ("入职交 押 金 200元", "押 金"),
        ("Ｖｘ：ａｂｃ12345详聊", "Ｖｘ：ａｂｃ12345"),
    ],
)
def test_the_words_are_those_that_were_written(text: str, found: str) -> None:
    assert [words(flag, text) for flag in said(text)] == [found]


ORDINARY = """负责小区楼道、电梯的日常清洁，身体健康能吃苦。做六休一，包工作餐。
女装店导购，负责接待顾客、试衣、收银，有服装销售经验者优先，男女不限。
月嫂、育婴师，照顾产妇和0-3岁婴儿，需持健康证、母婴护理证。
居家养老护理员，照顾70岁以上老人日常起居，有护理员证优先。
幼儿园保育员，照看3-6岁儿童，持保育员证、健康证。
负责收取租户押金、水电费，开具收据，做好台账。
酒店前台，办理入住登记，核对客人身份证信息，收退押金。
外卖骑手，自备电动车，公司免费提供餐箱，不收任何押金。
电工，持低压电工证，两年以上经验，能登高作业，会看图纸。
公益性岗位：社区保洁协管，面向就业困难人员、残疾人，残疾人优先。
见习岗位：面向毕业两年内高校毕业生，见习期3-6个月，发放见习补贴。
应聘时请携带身份证、学历证书原件及复印件，面试合格后签订劳动合同。
公司提供岗前培训，培训期间有工资，培训费用全部由公司承担。
试用期一个月，试用期工资为转正工资的90%。
离职提前三十天通知，工资当月结清，不压工资。
年龄不限，性别不限，退休人员也可以。门店24小时营业，三班倒，每班8小时。
客服专员，通过微信、电话回复客户咨询，处理售后。
律师助理，协助整理合同违约金、保证金纠纷案件材料。
清真餐厅招服务员，民族不限，会做回民餐优先。"""


@pytest.mark.parametrize("text", ORDINARY.split("\n"))
def test_an_ordinary_advertisement_has_nothing_to_look_at(text: str) -> None:
    assert [words(flag, text) for flag in said(text)] == []


def test_a_denial_ends_with_its_clause() -> None:
    text = "无需押金，服装费300元"
    assert [words(flag, text) for flag in said(text)] == ["服装费"]


def test_a_denial_reaches_over_an_enumeration() -> None:
    assert said("不收取押金、服装费和培训费") == []


@pytest.mark.parametrize("text", ["押金" * 1000, "不" * 2000, "无押金、" * 500, "押 " * 1000])
def test_a_text_made_to_be_slow_is_read(text: str) -> None:
    assert all(flag.end <= len(text) for flag in said(text))


def test_what_the_law_forbids_comes_first() -> None:
    flags = said("35岁以下，男士优先")
    assert [flag.is_forbidden for flag in flags] == [True, False]


FACTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("pay_below_minimum", {"month_low_fen": 248_999}, {"month_low_fen": 249_000}),
    (
        "pay_below_hourly_minimum",
        {"kind": WorkKind.PART_TIME, "pay_unit": PayUnit.HOUR, "pay_low_fen": 2_399},
        {"kind": WorkKind.PART_TIME, "pay_unit": PayUnit.HOUR, "pay_low_fen": 2_400},
    ),
    (
        "pay_missing",
        {"pay_low_fen": None, "pay_high_fen": None},
        {"pay_low_fen": None},
    ),
    ("pay_too_wide", {"pay_high_fen": 1_200_001}, {"pay_high_fen": 1_200_000}),
    ("insurance_unpaid", {"insurance_paid": False}, {"insurance_paid": None}),
    ("no_description", {"texts": {"title": "保洁员", "description": " "}}, {}),
    ("no_place", {"has_place": False}, {"has_place": False, "kind": WorkKind.HOME_WORK}),
    ("licence_unseen", {"licence_seen": False}, {"licence_seen": True}),
]


@pytest.mark.parametrize(("code", "wrong", "right"), FACTS, ids=[fact[0] for fact in FACTS])
def test_a_fact_is_flagged_up_to_its_boundary(
    code: str, wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    assert code in codes(replace(SOUND, **wrong))
    assert code not in codes(replace(SOUND, **right))


def test_every_fact_rule_has_its_boundary_here() -> None:
    assert {rule.code for rule in FACT_RULES} == {code for code, _, _ in FACTS}


def test_a_part_time_post_may_pay_less_than_a_month_of_full_work() -> None:
    assert codes(replace(SOUND, kind=WorkKind.PART_TIME, month_low_fen=100_000)) == set()
