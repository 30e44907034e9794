"""The audit trail as a view writes it: the person, the time and the address come by themselves."""

from collections.abc import Iterable, Mapping

from flask import Response, g, make_response, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from circle import audit
from circle.access.person import account_or_none, whence
from circle.database import (
    READING,
    begin_immediately,
    current_session,
    keep_despite_refusal,
    now,
    sessions,
)
from circle.logs import scrubbed_text
from circle.refusals import TrailUnavailable

REFUSED = 400


def acted(
    act: str,
    resident_ids: Iterable[int] = (),
    *,
    reason: str | None = None,
    succeeded: bool = True,
    details: Mapping[str, object] | None = None,
) -> None:
    """Write an act into the request's own transaction: both stand or neither."""
    audit.record(
        current_session(),
        act=act,
        actor=account_or_none(),
        now=now(),
        resident_ids=resident_ids,
        reason=_without_numbers(reason),
        succeeded=succeeded,
        details=details,
        whence=whence(),
    )


def viewed(
    act: str,
    resident_ids: Iterable[int] = (),
    *,
    reason: str | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Write a page view, with the residents shown, before it is shown; raises TrailUnavailable."""
    audit.record_view(
        sessions(),
        act=act,
        actor=account_or_none(),
        now=now(),
        resident_ids=resident_ids,
        reason=_without_numbers(reason),
        details=details,
        whence=whence(),
    )


def concerns(resident_id: int) -> None:
    """Note whom the request is about; the guard does so for the records an address names."""
    g.setdefault("concerned", set()).add(resident_id)


def sent_back(answer: ResponseReturnValue) -> Response:
    """The answer of a guarded view; raises TrailUnavailable.

    A form sent back with its faults shows the person again. What the request wrote, its own entry
    included, goes with the refusal: the view is written down in its place.
    """
    response = make_response(answer)
    shows = request.method not in READING and response.status_code >= REFUSED
    if not shows or response.is_json or "concerned" not in g or "keep_despite_refusal" in g:
        return response
    session = current_session()
    session.rollback()
    try:
        begin_immediately(session)
        acted("resident:form:read", g.concerned)
        session.flush()
    except SQLAlchemyError as error:
        raise TrailUnavailable from error
    keep_despite_refusal()
    return response


def _without_numbers(reason: str | None) -> str | None:
    """A person may type anything as a note; the trail is read by people who may not see numbers."""
    return None if reason is None else scrubbed_text(reason)
