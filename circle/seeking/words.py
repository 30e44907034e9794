"""How it stands with a post, said to the person it is about."""

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from circle.access.pages import clock
from models.referrals import Referral
from models.vocabulary.referrals import DeclinedBy, ReferralStage

STAGES: dict[ReferralStage, tuple[LazyString, str, LazyString]] = {
    # How it stands, the look of its tag, what comes next
    ReferralStage.APPLIED: (
        _l("已申请"),
        "brand",
        _l("专员正在看您的申请，会联系用人单位，再打电话给您。"),
    ),
    ReferralStage.OFFERED: (
        _l("等您回复"),
        "warn",
        _l("专员推荐您去这个岗位。愿意去就告诉专员；不想去，说一声原因。"),
    ),
    ReferralStage.ACCEPTED: (
        _l("您愿意去"),
        "brand",
        _l("专员正在和用人单位约时间，请留意来电。"),
    ),
    ReferralStage.INTERVIEW: (_l("已约面试"), "brand", _l("面试时间由专员通知您，请留意来电。")),
    ReferralStage.HIRED: (_l("已录用"), "good", _l("恭喜！工作中有困难，随时联系专员。")),
    ReferralStage.DECLINED: (_l("没有成"), "plain", _l("您已经说了不去。专员会继续帮您找。")),
    ReferralStage.WITHDRAWN: (_l("已撤回"), "plain", _l("这次推荐已经撤回。")),
    ReferralStage.LAPSED: (
        _l("已过期"),
        "plain",
        _l("太久没有回音，这次推荐结束了。还想去，请告诉专员。"),
    ),
    ReferralStage.OBSOLETE: (_l("已停止"), "plain", _l("这个岗位的推荐已经停止。")),
}
TURNED_DOWN = _l("用人单位这次没有录用。不要灰心，专员会继续帮您找。")


def stage_words(referral: Referral) -> str:
    return str(STAGES[referral.stage][0])


def stage_look(referral: Referral) -> str:
    """The kind of the tag that says it."""
    return STAGES[referral.stage][1]


def next_words(referral: Referral) -> str:
    """What happens now, and who acts; of an interview, when it is."""
    if referral.declined_by is DeclinedBy.EMPLOYER:
        return str(TURNED_DOWN)
    if referral.stage is ReferralStage.INTERVIEW and referral.interview_at:
        return _interview_words(referral)
    if referral.stage is ReferralStage.HIRED and referral.hired_on:
        return str(
            gettext("恭喜！%(day)s上班。工作中有困难，随时联系专员。", day=referral.hired_on)
        )
    return str(STAGES[referral.stage][2])


def _interview_words(referral: Referral) -> str:
    at = clock(referral.interview_at)
    return str(gettext("面试时间：%(at)s。请提前十分钟到，带上身份证。", at=at))
