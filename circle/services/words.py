"""What shows that a service was given."""

from flask_babel import gettext as _

from models.services import ServiceItem


def evidence_words(item: ServiceItem) -> str:
    """The record it rests on; a note itself is sealed and stays in the file."""
    if item.referral is not None:
        return str(_("推荐到“%(title)s”", title=item.referral.post.title))
    if item.visit is not None:
        return str(_("%(day)s的走访", day=item.visit.visited_on))
    return str(_("专员说明") if item.note else _("专员记录"))
