import pytest

from circle.sentences import SENTENCES, sentence, title
from models.vocabulary.tasks import AnomalyCode, TaskKind

VISIT = TaskKind.VISIT
ANOMALY = TaskKind.ANOMALY

SAID = [
    (
        VISIT,
        {
            "standing": "zero_employment",
            "interval": 7,
            "last_contact_on": "2026-11-10",
            "opened_on": "2026-06-01",
        },
        "零就业家庭成员，每7天联系一次；走访记录或台账显示上次联系到本人是2026-11-10。",
    ),
    (
        VISIT,
        {"standing": "other", "interval": 30, "last_contact_on": None, "opened_on": "2026-11-18"},
        "在册人员，2026-11-18建档，走访记录里还没有联系到本人。",
    ),
    (
        TaskKind.INSURANCE_LAPSE,
        {
            "kind": "employee_pension",
            "last_month": "2026-06",
            "first_missing": "2026-07",
            "closed_month": "2026-09",
            "months_paid": 18,
            "source": "insurance",
        },
        "社保缴费文件显示：职工基本养老保险已缴至2026-06，2026-07起中断（数据截至2026-09）。",
    ),
    (
        TaskKind.FIRST_REGISTRATION,
        {
            "subsistence": "2026-03-01",
            "subsistence_kind": "dibao",
            "unemployment": None,
            "graduate": None,
            "closed_month": "2026-09",
        },
        "民政救助名单：2026-03起享受低保；社保缴费文件（截至2026-09）无职工养老缴费；尚未建档。",
    ),
    (
        TaskKind.FIRST_REGISTRATION,
        {"unemployment": "2026-08-03", "graduate": "2026-06-30", "closed_month": None},
        "失业登记名册：2026-08-03登记失业；教育学历名单：2026-06毕业；尚未建档。",
    ),
    (
        ANOMALY,
        {
            "code": "unemployed_but_insured",
            "registered_on": "2026-05-01",
            "month": "2026-09",
            "employer": "杭州某某科技有限公司",
        },
        "失业登记名册：2026-05-01登记失业；社保缴费文件：2026-09由杭州某某科技有限公司缴职工养老。",
    ),
    (
        ANOMALY,
        {"code": "departed_with_case", "status": "moved_out", "status_on": "2026-10-08"},
        "公安户籍文件：2026-10-08已迁出，档案仍在册。",
    ),
    (
        ANOMALY,
        {"code": "subsistence_but_insured", "month": "2026-09", "base_fen": 500_000},
        "民政救助名单：正在享受低保；社保缴费文件：2026-09职工养老缴费基数5000元。",
    ),
    (
        ANOMALY,
        {"code": "sources_disagree", "field": "birth", "sources": "household,insurance"},
        "公安户籍、社会保险缴费给出的出生日期不一致，请当面核对证件。",
    ),
    (
        ANOMALY,
        {
            "code": "employed_but_lapsed",
            "registered_on": "2025-03-01",
            "last_month": "2026-05",
            "first_missing": "2026-06",
            "closed_month": "2026-09",
        },
        "就业登记名册：2025-03-01登记就业；社保缴费文件：职工养老2026-06起中断（数据截至2026-09）。",
    ),
    (
        ANOMALY,
        {"code": "retired_with_case", "retires_on": "2026-10-01"},
        "按出生日期推算，2026-10-01达到法定退休年龄，档案仍在册。",
    ),
    (
        ANOMALY,
        {"code": "registration_differs", "registration": "u", "differs": "name,division"},
        "本人扫码登记填写的姓名、居住社区与已核实信息不同，请电话或当面核实。",
    ),
    (
        TaskKind.ASSISTANCE,
        {"registration": "u", "submitted_on": "2026-11-20"},
        "本人2026-11-20扫码登记，等待首次服务。",
    ),
    (
        TaskKind.FOLLOW_UP,
        {"placement": 1, "started_on": "2026-10-22", "days": 30},
        "走访记录：2026-10-22上岗，该做第30天回访。",
    ),
    (
        TaskKind.SERVICE_GAP,
        {"opened_on": "2026-10-01", "guidance": 1, "recommendation": 2, "training": 0},
        "服务台账：2026-10-01建档以来，还欠职业指导1次、岗位推荐2次。",
    ),
]


@pytest.mark.parametrize(("kind", "evidence", "said"), SAID)
def test_a_sentence_names_the_source_and_the_month_it_rests_on(
    kind: TaskKind, evidence: dict[str, object], said: str
) -> None:
    assert sentence(kind, evidence) == said


@pytest.mark.parametrize("kind", TaskKind)
def test_evidence_that_says_nothing_still_gives_a_sentence(kind: TaskKind) -> None:
    assert sentence(kind, {})
    assert "None" not in sentence(kind, {})


@pytest.mark.parametrize("code", AnomalyCode)
def test_an_anomaly_is_called_by_its_question(code: AnomalyCode) -> None:
    assert title(ANOMALY, {"code": code.value}) == code.label
    assert "None" not in sentence(ANOMALY, {"code": code.value})


def test_every_kind_has_its_sentence() -> None:
    assert set(SENTENCES) == set(TaskKind)
