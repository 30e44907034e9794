"""The parameters of the rules with their first values, units and source marks (DOMAIN 3)."""

from dataclasses import dataclass
from typing import Any

from models.vocabulary.policy import SourceMark

S, B, P = SourceMark.SOURCED, SourceMark.PROFESSIONAL, SourceMark.PROPOSED


@dataclass(frozen=True)
class Parameter:
    """A name, its label and unit for people, the first value, and where that comes from."""

    name: str
    label: str
    unit: str
    default: Any
    mark: SourceMark
    source: str


# Each track: age before the reform in months, first birth month that moves (year * 12 + month - 1),
# births a step, months of the age at the end of the reform.
RETIREMENT_TRACKS = [
    ["man_60", 720, 1965 * 12, 4, 756],
    ["woman_55", 660, 1970 * 12, 4, 696],
    ["woman_50", 600, 1975 * 12, 2, 660],
]

# How many months a source may be behind today; the ledger moves in once and never grows old.
STALE_MONTHS: list[list[Any]] = [
    ["household", 2],
    ["subsistence", 2],
    ["insurance", 3],
    ["unemployment", 2],
    ["employment", 2],
    ["benefits", 2],
    ["education", 12],
]

# 131: one career guidance, three recommendations, one training; 1131 adds a briefing.
SERVICE_PACKAGE: list[list[Any]] = [
    ["guidance", 1],
    ["recommendation", 3],
    ["training", 1],
    ["briefing", 0],
]

# What a fitting post is scored by, each between 0 and 1 before its weight.
MATCH_WEIGHTS: list[list[Any]] = [
    ["words", 40],
    ["pay", 20],
    ["walking", 25],
    ["freshness", 5],
    ["headcount", 5],
    ["helped", 5],
]

PARAMETERS = (
    Parameter("first_service_days", "登记后首次服务时限", "天", 5, S, "瞭望2023年11月：余杭区"),
    Parameter(
        "first_service_working_days", "首次服务按工作日计算", "", default=False, mark=P, source=""
    ),
    Parameter("visit_days_zero_employment", "零就业家庭走访间隔", "天", 7, P, ""),
    Parameter("visit_days_hard_to_employ", "就业困难人员走访间隔", "天", 30, S, "地方就业援助办法"),
    Parameter(
        "visit_days_other",
        "其他在册人员走访间隔",
        "天",
        30,
        S,
        "海南省2024年长期失业人员帮扶专项行动",
    ),
    Parameter("visit_lead_days", "走访提醒最多提前", "天", 7, P, ""),
    Parameter("follow_up_days", "上岗后回访", "天", [7, 30, 90, 180], P, ""),
    Parameter("lapse_months", "断缴提醒的落后月数", "月", 2, P, ""),
    Parameter("lapse_kinds", "断缴提醒的险种", "", ["employee_pension"], P, ""),
    Parameter("employed_lapse_months", "登记就业断缴的落后月数", "月", 3, P, ""),
    Parameter("act_days_lapse", "断缴提醒办理时限", "工作日", 5, P, ""),
    Parameter("act_days_first_registration", "首次登记提醒办理时限", "工作日", 5, P, ""),
    Parameter("act_days_anomaly", "异常提醒办理时限", "工作日", 10, P, ""),
    Parameter("priority_zero_employment", "零就业家庭走访次序", "", 10, P, ""),
    Parameter("priority_hard_to_employ", "就业困难人员走访次序", "", 20, P, ""),
    Parameter("priority_assistance", "就业帮扶次序", "", 30, P, ""),
    Parameter("priority_lapse", "断缴提醒次序", "", 40, P, ""),
    Parameter("priority_first_registration", "首次登记提醒次序", "", 50, P, ""),
    Parameter("priority_other_visit", "其他走访次序", "", 60, P, ""),
    Parameter("priority_follow_up", "回访跟踪次序", "", 60, P, ""),
    Parameter("priority_anomaly", "异常提醒次序", "", 80, P, ""),
    Parameter("graduate_months", "毕业生信号有效期", "月", 24, S, "就业见习政策：毕业两年内"),
    Parameter("graduate_uninsured_months", "毕业生未参保月数", "月", 3, P, ""),
    Parameter("labour_age", "劳动年龄下限", "岁", 16, S, "劳动法第十五条"),
    Parameter("minimum_wage_fen", "当地最低月工资", "分", 249000, B, ""),
    Parameter("snooze_days", "延后最长", "天", 14, P, ""),
    Parameter("departure_share", "整单减员需确认的比例", "", 0.05, P, ""),
    Parameter("row_loss_share", "整单行数减少需确认的比例", "", 0.20, P, ""),
    Parameter("reject_share", "整单退回需确认的比例", "", 0.20, P, ""),
    Parameter("outside_share", "整单区划不符需确认的比例", "", 0.50, P, ""),
    Parameter("unmatched_share", "整单未匹配需确认的比例", "", 0.50, P, ""),
    Parameter("local_share", "整单本地证件号码的最低比例", "", 0.10, P, ""),
    Parameter("count_change_share", "同月重报行数变化需确认的比例", "", 0.20, P, ""),
    Parameter("month_gap", "月份与最近数据相隔需确认的月数", "月", 3, P, ""),
    Parameter("stale_months", "各来源数据过期的月数", "月", STALE_MONTHS, P, ""),
    Parameter("service_package", "131服务内容与次数", "次", SERVICE_PACKAGE, S, "131服务"),
    Parameter("service_gap_days", "登记后多少天提醒所欠服务", "天", 30, P, ""),
    Parameter("priority_service_gap", "服务欠缺提醒次序", "", 70, P, ""),
    Parameter("act_days_service_gap", "服务欠缺提醒办理时限", "工作日", 10, P, ""),
    Parameter("walking_metres_a_minute", "步行速度", "米/分", 80, P, ""),
    Parameter("walking_detour", "无路网时直线距离的倍数", "", 1.3, P, ""),
    Parameter("reach_minutes", "服务圈步行时间", "分", 15, P, ""),
    Parameter("match_minutes", "匹配岗位最远步行时间", "分", 60, P, ""),
    Parameter("match_count", "每人匹配的岗位数", "个", 20, P, ""),
    Parameter("match_weights", "匹配各项的分量", "", MATCH_WEIGHTS, P, ""),
    Parameter("referral_days", "推荐无回音多少天失效", "天", 14, P, ""),
    Parameter("message_days", "消息多少天内未发出就不再发送", "天", 7, P, ""),
    Parameter("link_days", "企业链接有效", "天", 14, P, ""),
    Parameter("post_days", "岗位最长有效", "天", 90, P, ""),
    Parameter("minimum_wage_hour_fen", "当地最低小时工资", "分", 2400, B, ""),
    Parameter("retention_months", "稳定就业核查", "月", [3, 6], P, ""),
    Parameter(
        "dibao_refusals",
        "低保人员多少次无正当理由拒绝须报告",
        "次",
        3,
        S,
        "浙江省社会救助条例第三十六条",
    ),
    Parameter(
        "dibao_refusal_months",
        "低保人员拒绝次数的计算期",
        "月",
        6,
        S,
        "浙江省社会救助条例第三十六条",
    ),
    Parameter(
        "retirement_tracks",
        "法定退休年龄",
        "月",
        RETIREMENT_TRACKS,
        S,
        "国务院关于渐进式延迟法定退休年龄的办法（2024）",
    ),
)
