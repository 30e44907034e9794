"""A referral in the words people read."""

from collections.abc import Mapping

from flask_babel import gettext as _

from circle.referrals.queries import Line
from models.referrals import Referral, ReferralMove
from models.vocabulary.referrals import DeclinedBy, ReferralStage, ReferralVerb, Retention

# How loud the tag of a stage is.
TAGS = {
    ReferralStage.APPLIED: "warn",
    ReferralStage.OFFERED: "brand",
    ReferralStage.ACCEPTED: "brand",
    ReferralStage.INTERVIEW: "brand",
    ReferralStage.HIRED: "good",
}
# Nobody of ours and no link: they did it from their own phone.
BY_THE_RESIDENT = {
    ReferralVerb.APPLY,
    ReferralVerb.ACCEPT,
    ReferralVerb.DECLINE,
    ReferralVerb.WITHDRAW,
}
RETENTION_TAGS = {
    Retention.RETAINED: "good",
    Retention.LOST: "danger",
    Retention.UNKNOWN: "warn",
    Retention.NOT_DUE: "plain",
}


def ending_words(line: Line) -> str:
    """Why it did not come to a hire; nothing of one that goes on."""
    referral = line.referral
    if referral.stage is ReferralStage.OBSOLETE:
        return _stopped(line)
    if referral.declined_by is DeclinedBy.EMPLOYER and referral.employer_refusal:
        return str(_("单位：%(why)s", why=_(referral.employer_refusal.label)))
    if referral.declined_by is DeclinedBy.RESIDENT and referral.refusal_reason:
        return _refusal(referral)
    return ""


def _stopped(line: Line) -> str:
    if line.referral.obsolete_by is None:
        return str(_("档案结案，推荐停止"))
    return str(_("岗位已由他人录用") if line.is_filled else _("本人已在别处录用"))


def _refusal(referral: Referral) -> str:
    judged = {True: _("理由合理"), False: _("理由不合理"), None: _("理由是否合理还没有判断")}
    reason = _(referral.refusal_reason.label) if referral.refusal_reason else ""
    judgement = judged[referral.refusal_reasonable]
    return str(_("本人：%(why)s（%(judged)s）", why=reason, judged=judgement))


def who_words(move: ReferralMove, name: str | None) -> str:
    """A worker's name may stand beside 愿意: they wrote it down, the resident said it."""
    if name:
        said = move.verb in {ReferralVerb.ACCEPT, ReferralVerb.DECLINE}
        return str(_("%(name)s记录", name=name) if said else name)
    if move.link_id is not None:
        return str(_("单位（通过链接）"))
    if move.verb in BY_THE_RESIDENT:
        return str(_("本人"))
    return str(_("系统"))


def retention_words(retention: Mapping[int, Retention]) -> list[tuple[str, str]]:
    """A word for each time asked about, and how loud its tag is."""
    return [
        (
            str(_("%(months)s个月：%(state)s", months=months, state=_(state.label))),
            RETENTION_TAGS[state],
        )
        for months, state in retention.items()
    ]
