"""Referrals: a person put forward for a post, up to the hire."""

from models.vocabulary.labelled import Labelled
from models.vocabulary.lifecycle import Lifecycle


class ReferralStage(Labelled):
    APPLIED = "applied", "本人申请"
    OFFERED = "offered", "已推荐"
    ACCEPTED = "accepted", "本人愿意"
    INTERVIEW = "interview", "已约面试"
    HIRED = "hired", "已录用"
    DECLINED = "declined", "未成功"
    WITHDRAWN = "withdrawn", "已撤回"
    LAPSED = "lapsed", "超时失效"
    OBSOLETE = "obsolete", "已停止"


class ReferralVerb(Labelled):
    """What a move in a referral's history was."""

    OFFER = "offer", "推荐"
    APPLY = "apply", "申请"
    ACCEPT = "accept", "愿意"
    INVITE = "invite", "约面试"
    HIRE = "hire", "录用"
    DECLINE = "decline", "拒绝"
    WITHDRAW = "withdraw", "撤回"
    LAPSE = "lapse", "超时失效"
    SET_ASIDE = "set_aside", "停止"
    CANCEL_HIRE = "cancel_hire", "取消录用"
    RESTORE = "restore", "恢复"


RUNNING_REFERRALS = frozenset(
    {
        ReferralStage.APPLIED,
        ReferralStage.OFFERED,
        ReferralStage.ACCEPTED,
        ReferralStage.INTERVIEW,
    }
)

# `restore` brings an obsolete one back to the stage it was set aside from: its record keeps it.
REFERRAL_LIFECYCLE = Lifecycle(
    ("offer", {ReferralStage.APPLIED}, ReferralStage.ACCEPTED),
    ("accept", {ReferralStage.OFFERED}, ReferralStage.ACCEPTED),
    ("invite", {ReferralStage.ACCEPTED, ReferralStage.INTERVIEW}, ReferralStage.INTERVIEW),
    ("hire", {ReferralStage.ACCEPTED, ReferralStage.INTERVIEW}, ReferralStage.HIRED),
    ("decline", RUNNING_REFERRALS, ReferralStage.DECLINED),
    ("withdraw", RUNNING_REFERRALS, ReferralStage.WITHDRAWN),
    ("lapse", RUNNING_REFERRALS, ReferralStage.LAPSED),
    ("set_aside", RUNNING_REFERRALS, ReferralStage.OBSOLETE),
    ("cancel_hire", {ReferralStage.HIRED}, ReferralStage.WITHDRAWN),
)


class DeclinedBy(Labelled):
    RESIDENT = "resident", "求职者"
    EMPLOYER = "employer", "用人单位"


class EmployerRefusal(Labelled):
    """Why an employer did not take somebody."""

    FILLED = "filled", "岗位已招满"
    SKILLS_SHORT = "skills_short", "技能或经验不符"
    NO_SHOW = "no_show", "未到面试"
    NOT_AGREED = "not_agreed", "待遇或时间未谈妥"
    OTHER = "other", "其他"


class Retention(Labelled):
    """Whether somebody placed is known to be in work some months later; derived, never typed."""

    NOT_DUE = "not_due", "未到核查日"
    RETAINED = "retained", "稳定就业中"
    LOST = "lost", "已离岗"
    UNKNOWN = "unknown", "尚未核实"


class ReferralView(Labelled):
    """What the list of referrals is narrowed to."""

    RUNNING = "running", "进行中"
    WAITING = "waiting", "等专员处理"
    ANSWERED = "answered", "单位已回复"
    LAPSING = "lapsing", "即将超时"
    HIRED = "hired", "已录用"
    ENDED = "ended", "已结束"
