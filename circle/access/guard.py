"""The door of every route: @needs(permission), or @public for those open to all."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from circle.access.permissions import Permission
from circle.access.person import account_or_none
from circle.access.predicates import Entity
from circle.access.scope import check, find
from circle.access.trail import concerns, sent_back
from circle.database import current_session
from circle.errors import wants_json
from models.cases import Case, Registration, Visit
from models.employers import Employer
from models.imports import ImportBatch
from models.messages import Message
from models.places import Station
from models.posts import Complaint, Post
from models.referrals import Referral
from models.residents import Resident
from models.services import ServiceItem
from models.staff import Account
from models.tasks import Task

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

# A route's variable: the argument the view gets instead, and the record it is
RECORDS: dict[str, tuple[str, Entity]] = {
    "resident_id": ("resident", Resident),
    "case_id": ("case", Case),
    "task_id": ("task", Task),
    "visit_id": ("visit", Visit),
    "registration_id": ("registration", Registration),
    "batch_id": ("batch", ImportBatch),
    "account_id": ("account", Account),
    "employer_id": ("employer", Employer),
    "post_id": ("post", Post),
    "complaint_id": ("complaint", Complaint),
    "referral_id": ("referral", Referral),
    "service_id": ("service", ServiceItem),
    "message_id": ("message", Message),
    "station_id": ("station", Station),
}


def needs(permission: Permission) -> Callable[[View], Callable[..., ResponseReturnValue]]:
    """Let in whom the policy lets in, and hand the view the records its address names.

    Nobody signed in goes to sign in first; somebody the permission is closed to is refused (403);
    a record outside the person's scope does not exist for them (404).
    """

    def guard(view: View) -> Callable[..., ResponseReturnValue]:
        @wraps(view)
        def guarded(**names: Any) -> ResponseReturnValue:  # noqa: ANN401 - as the route has them
            actor = account_or_none()
            if actor is None:
                return ask_to_sign_in()
            check(actor, permission)
            return sent_back(view(**_with_records(actor, permission, names)))

        guarded.guarded_by = permission  # type: ignore[attr-defined] # the house test reads it
        return guarded

    return guard


def public(view: View) -> View:
    """Open to everybody, on purpose."""
    view.guarded_by = None  # type: ignore[attr-defined] # as above
    return view


def ask_to_sign_in() -> ResponseReturnValue:
    """To the sign-in page and back here; a page fetched by script leads there as a whole."""
    here = request.full_path.rstrip("?") if request.method == "GET" else "/"
    if request.headers.get("HX-Request"):
        here = urlsplit(request.headers.get("HX-Current-URL", "/")).path or "/"
        return "", 401, {"HX-Redirect": _sign_in_address(here)}
    if wants_json():
        return jsonify(error="sign_in", message=gettext("请先登录")), 401
    return redirect(_sign_in_address(here))


def _sign_in_address(back: str) -> str:
    address = url_for("accounts.sign_in")
    return address if back == "/" else f"{address}?next={quote(back)}"


def _with_records(
    actor: Account, permission: Permission, names: dict[str, Any]
) -> dict[str, object]:
    arguments: dict[str, object] = {}
    for name, value in names.items():
        if name in RECORDS:
            argument, entity = RECORDS[name]
            record = find(current_session(), actor, permission, entity, value)
            _note_whom(record)
            arguments[argument] = record
        else:
            arguments[name] = value
    return arguments


def _note_whom(record: object) -> None:
    resident_id = (
        record.id if isinstance(record, Resident) else getattr(record, "resident_id", None)
    )
    if resident_id is not None:
        concerns(resident_id)
