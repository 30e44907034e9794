"""The outbox: what residents were told, what waits, what went wrong."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from circle.access.choices import choices_of
from circle.access.guard import needs
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.trail import acted, viewed
from circle.cases.consents import has_agreed
from circle.database import current_session, current_settings, now
from circle.messages.channels import channels_of
from circle.messages.filters import Wanted, place_of
from circle.messages.forms import EmailForm
from circle.messages.operations import channel_of, drop, drop_listed, retry, set_email
from circle.messages.queries import (
    DROPPABLE,
    LOOKED_AT,
    counts_of,
    messages_to,
    page_of,
)
from models.messages import Message
from models.residents import Resident
from models.vocabulary.messages import MessageChannel, MessageKind, MessageState
from models.vocabulary.residents import ConsentPurpose

bp = Blueprint("messages", __name__)


@bp.get("/messages")
@needs(Permission.READ_MESSAGES)
def index() -> ResponseReturnValue:
    wanted = Wanted.read(request.args)
    after = place_of(request.args.get("after"))
    page = page_of(current_session(), current_account(), wanted, after=after)
    viewed("message:list:read", [message.resident_id for message in page.messages])
    following = url_for("messages.index", after=page.after, **wanted.arguments())
    return render_template(
        "messages/index.html",
        page=page,
        wanted=wanted,
        following=following if page.after else None,
        counts=counts_of(current_session(), current_account()),
        states=list(MessageState),
        counted=LOOKED_AT,
        droppable=DROPPABLE,
        kinds=choices_of(MessageKind, blank="不限")(),
        missing=_missing(),
    )


@bp.post("/messages/drop")
@needs(Permission.SEND_MESSAGES)
def drop_all() -> ResponseReturnValue:
    """Everything of the list that has not gone out yet."""
    wanted = Wanted.read(request.form)
    count = drop_listed(current_session(), current_account(), wanted)
    acted("message:list:drop", details={**wanted.arguments(), "count": count})
    flash(ngettext("%(num)s条消息不再发送。", "%(num)s条消息不再发送。", count), "success")
    return redirect(url_for("messages.index", **wanted.arguments()))


@bp.post("/messages/<int:message_id>/retry")
@needs(Permission.SEND_MESSAGES)
def send_again(message: Message) -> ResponseReturnValue:
    retry(current_session(), message, now=now())
    acted("message:state:retry", [message.resident_id], details={"message": message.id})
    flash(gettext("已放回待发送，一分钟内再试。"), "success")
    return _back()


@bp.post("/messages/<int:message_id>/drop")
@needs(Permission.SEND_MESSAGES)
def drop_one(message: Message) -> ResponseReturnValue:
    drop(current_session(), message)
    acted("message:state:drop", [message.resident_id], details={"message": message.id})
    flash(gettext("这条消息不再发送。"), "success")
    return _back()


@bp.get("/residents/<int:resident_id>/messages")
@needs(Permission.READ_MESSAGES)
def of_resident(resident: Resident) -> ResponseReturnValue:
    viewed("message:list:read", [resident.id])
    return _resident_page(resident, EmailForm(formdata=None))


@bp.post("/residents/<int:resident_id>/email")
@needs(Permission.AMEND_RESIDENT)
def change_email(resident: Resident) -> ResponseReturnValue:
    form = EmailForm()
    if not form.validate_on_submit():
        return _resident_page(resident, form), 422
    set_email(current_session(), resident, form.email.data or None)
    acted("resident:email:set", [resident.id])
    said = (
        gettext("已记下邮箱，今后的消息发到这里。") if form.email.data else gettext("已删除邮箱。")
    )
    flash(said, "success")
    return redirect(url_for("messages.of_resident", resident_id=resident.id))


def _resident_page(resident: Resident, form: EmailForm) -> str:
    session = current_session()
    return render_template(
        "messages/resident.html",
        resident=resident,
        form=form,
        messages=messages_to(session, resident),
        agrees=has_agreed(session, resident.id, ConsentPurpose.MESSAGES),
        channel=channel_of(resident),
        missing=_missing(),
    )


def _missing() -> list[MessageChannel]:
    """The ways the office has not set up: what is meant for them waits."""
    ready = channels_of(current_settings())
    return [channel for channel in MessageChannel if channel not in ready]


def _back() -> ResponseReturnValue:
    wanted = Wanted.read(request.form)
    return redirect(url_for("messages.index", **wanted.arguments()))
