"""Posts: what is offered, how it came, its review."""

from models.vocabulary.labelled import Labelled
from models.vocabulary.lifecycle import Lifecycle


class PayUnit(Labelled):
    MONTH = "month", "元/月"
    DAY = "day", "元/天"
    HOUR = "hour", "元/小时"
    YEAR = "year", "元/年"
    PIECE = "piece", "计件"


class PostDoor(Labelled):
    """How a post came in."""

    FORM = "form", "社区录入"
    FILE = "file", "机构文件"
    LINK = "link", "企业填报"


class PostState(Labelled):
    RECEIVED = "received", "待审核"
    PUBLISHED = "published", "已发布"
    RETURNED = "returned", "已退回"
    MERGED = "merged", "已并入"
    EXPIRED = "expired", "已过期"
    TAKEN_DOWN = "taken_down", "已下架"


class PostVerb(Labelled):
    """What a move in a post's history was."""

    SUBMIT = "submit", "提交"
    AMEND = "amend", "修改"
    PUBLISH = "publish", "发布"
    RETURN = "return", "退回修改"
    MERGE = "merge", "并入另一岗位"
    EXPIRE = "expire", "到期"
    TAKE_DOWN = "take_down", "下架"
    COMPLAIN = "complain", "因投诉复核"


# A published post that is amended or complained of is reviewed again before anybody sees it.
POST_LIFECYCLE = Lifecycle(
    ("publish", {PostState.RECEIVED}, PostState.PUBLISHED),
    ("return", {PostState.RECEIVED}, PostState.RETURNED),
    ("merge", {PostState.RECEIVED, PostState.PUBLISHED}, PostState.MERGED),
    ("expire", {PostState.RECEIVED, PostState.PUBLISHED}, PostState.EXPIRED),
    (
        "take_down",
        {PostState.RECEIVED, PostState.PUBLISHED, PostState.RETURNED},
        PostState.TAKEN_DOWN,
    ),
    ("complain", {PostState.PUBLISHED}, PostState.RECEIVED),
    (
        "amend",
        {
            PostState.RECEIVED,
            PostState.PUBLISHED,
            PostState.RETURNED,
            PostState.EXPIRED,
            PostState.TAKEN_DOWN,
        },
        PostState.RECEIVED,
    ),
)


class ReturnReason(Labelled):
    """Why a reviewer sends a post back; the label is what the sender reads."""

    DISCRIMINATION = "discrimination", "含有就业歧视内容"
    FEES = "fees", "向求职者收取费用或押金"
    DOCUMENTS_HELD = "documents_held", "扣押证件"
    PAY_UNCLEAR = "pay_unclear", "薪酬不明确"
    PAY_TOO_LOW = "pay_too_low", "低于最低工资标准"
    PLACE_UNCLEAR = "place_unclear", "工作地点不明确"
    EMPLOYER_UNVERIFIED = "employer_unverified", "用人单位资质未核验"
    UNTRUE = "untrue", "内容不实"
    DUPLICATE_POST = "duplicate_post", "与已有岗位重复"
    INCOMPLETE = "incomplete", "内容不完整"


class ComplaintReason(Labelled):
    UNTRUE_PAY = "untrue_pay", "薪酬与发布不符"
    ASKED_FOR_MONEY = "asked_for_money", "被要求交钱"
    DISCRIMINATED = "discriminated", "遇到歧视"
    NO_SUCH_POST = "no_such_post", "岗位不存在或已招满"
    DIFFERENT_WORK = "different_work", "工作内容或地点不符"
    OTHER = "other", "其他"


class ComplaintState(Labelled):
    OPEN = "open", "待处理"
    UPHELD = "upheld", "属实"
    REJECTED = "rejected", "不属实"


COMPLAINT_LIFECYCLE = Lifecycle(
    ("uphold", {ComplaintState.OPEN}, ComplaintState.UPHELD),
    ("reject", {ComplaintState.OPEN}, ComplaintState.REJECTED),
)


class Severity(Labelled):
    """How much a flagged word weighs: the law forbids it, or a person should look twice."""

    FORBIDDEN = "forbidden", "违法内容"
    DOUBTFUL = "doubtful", "需要核实"
