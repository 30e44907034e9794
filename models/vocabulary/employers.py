"""Employers: how one is known, and what a link may be used for."""

from models.vocabulary.labelled import Labelled


class LinkPurpose(Labelled):
    """What a signed link lets its holder do, without an account."""

    SUBMIT_POSTS = "submit_posts", "填报岗位"
    ANSWER_REFERRAL = "answer_referral", "反馈推荐结果"
