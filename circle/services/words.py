"""What shows that a service was given."""

from flask_babel import gettext as _

from models.services import ServiceItem


def evidence_words(item: ServiceItem) -> str:
    """The record it rests on; a note itself is sealed and stays in the file."""
    if item.referral_id is not None:
        return str(_("推荐记录%(number)s", number=item.referral_id))
    if item.visit_id is not None:
        return str(_("走访记录%(number)s", number=item.visit_id))
    return str(_("专员说明") if item.note else _("专员记录"))
