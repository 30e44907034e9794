"""What a resident's browser is remembered by: the forms it was given, the registration it opened.

The session cookie is signed; neither the receipt code nor anything typed goes into it.
"""

import time

from flask import session

from circle.database import current_session
from circle.refusals import ProgressClosed
from models.cases import Registration

GIVEN_FORMS, OPENED = "registration_forms", "registration_opened"
FORMS_KEPT = 5
# Sending the same form again within this time shows the code again: the answer may have been lost.
REPEAT_SECONDS = 15 * 60
LOOK_SECONDS = 15 * 60


def give_form(uuid: str) -> None:
    given = [kept for kept in session.get(GIVEN_FORMS, []) if kept != uuid]
    session[GIVEN_FORMS] = [*given, uuid][-FORMS_KEPT:]


def was_given(uuid: str) -> bool:
    return uuid in session.get(GIVEN_FORMS, [])


def open_progress(registration: Registration) -> None:
    session[OPENED] = [registration.id, int(time.time())]


def close_progress() -> None:
    session.pop(OPENED, None)


def opened_registration() -> Registration:
    """The one whose code this browser gave a while ago at most; raises ProgressClosed."""
    number, opened_at = session.get(OPENED, (None, 0))
    if number is None or time.time() - opened_at > LOOK_SECONDS:
        raise ProgressClosed
    registration = current_session().get(Registration, number)
    if registration is None:
        raise ProgressClosed
    return registration
