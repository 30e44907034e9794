"""Who looks at posts: somebody whose registration was confirmed, as long as the case is open."""

from circle.refusals import SeekingClosed
from circle.registration.progress import seeks
from circle.registration.visitors import opened_registration
from models.cases import Registration


def opened_seeker() -> Registration:
    """Raises ProgressClosed, and SeekingClosed where nothing may be shown beyond the progress."""
    registration = opened_registration()
    if not seeks(registration):
        raise SeekingClosed
    return registration
