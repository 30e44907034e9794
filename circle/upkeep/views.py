"""The jobs and the scheduler that runs them; what the checks of the records found."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from circle.access.guard import needs
from circle.access.health import is_scheduler_silent
from circle.access.permissions import Permission
from circle.access.person import current_account
from circle.access.trail import acted, viewed
from circle.database import current_session, current_settings, now
from circle.refusals import NotFound
from circle.upkeep import queries, words
from circle.upkeep.checks import BY_NAME, CHECKS
from circle.upkeep.forms import HistoryFilter
from circle.upkeep.operations import file_request
from models.vocabulary.integrity import CheckName
from models.vocabulary.jobs import JobName, JobState

jobs = Blueprint("jobs", __name__, url_prefix="/jobs")
integrity = Blueprint("integrity", __name__, url_prefix="/integrity")


@jobs.get("")
@needs(Permission.READ_JOBS)
def index() -> ResponseReturnValue:
    session, moment = current_session(), now()
    # A page left open asks every few seconds; it shows nobody.
    polled = request.headers.get("HX-Request") is not None
    if not polled:
        viewed("job:list:read")
    return render_template(
        "upkeep/_jobs.html" if polled else "upkeep/jobs.html",
        lines=queries.overview(session, now=moment, zone=current_settings().timezone),
        keepers=queries.keepers(session, moment),
        now=moment,
        words=words,
    )


@jobs.get("/<name>")
@needs(Permission.READ_JOBS)
def history(name: str) -> ResponseReturnValue:
    job = _job(name)
    form = HistoryFilter(request.args)
    form.validate()
    state = form.wanted_state
    viewed("job:history:read", details={"job": job.value})
    return render_template(
        "upkeep/history.html",
        job=job,
        page=queries.history(current_session(), job, state=state, before=form.wanted_before),
        state=state,
        states=[None, *JobState],
        now=now(),
        words=words,
    )


@jobs.post("/<name>/run")
@needs(Permission.RUN_JOB)
def run(name: str) -> ResponseReturnValue:
    """The scheduler does it; here the wish is only written down."""
    job = _job(name)
    if job is JobName.INTEGRITY_MEND:
        raise NotFound
    _ask(job)
    back = "integrity.index" if request.form.get("back") == "integrity" else "jobs.index"
    return redirect(url_for(back))


@integrity.get("", endpoint="index")
@needs(Permission.READ_INTEGRITY)
def checks() -> ResponseReturnValue:
    session = current_session()
    polled = request.headers.get("HX-Request") is not None
    if not polled:
        viewed("integrity:list:read")
    results = queries.newest_results(session)
    waiting = queries.waiting_requests(session)
    return render_template(
        "upkeep/_integrity.html" if polled else "upkeep/integrity.html",
        run=queries.newest_run(session),
        broken=[each for each in results if each.count],
        unread=[each for each in results if each.count is None],
        fine=[each for each in results if each.count == 0],
        by_name=BY_NAME,
        count=len(CHECKS),
        is_awaited=any(each.name is JobName.INTEGRITY_CHECK for each in waiting),
        mending={each.argument for each in waiting if each.name is JobName.INTEGRITY_MEND},
        is_silent=is_scheduler_silent(session, now()),
    )


@integrity.get("/<name>")
@needs(Permission.READ_INTEGRITY)
def offenders(name: str) -> ResponseReturnValue:
    check = BY_NAME[_check(name)]
    session = current_session()
    result = queries.result_of(session, check.name)
    if result is None:
        raise NotFound
    found = queries.offenders(session, current_account(), result)
    ids = [each.finding.resident_id for each in found.shown if each.finding.resident_id]
    viewed("integrity:records:read", ids, details={"check": check.name.value})
    return render_template(
        "upkeep/offenders.html",
        check=check,
        result=result,
        found=found,
        trend=queries.trend(session, check.name),
        words=words,
    )


@integrity.post("/<name>/mend")
@needs(Permission.MEND_RECORDS)
def mend(name: str) -> ResponseReturnValue:
    check = BY_NAME[_check(name)]
    if not check.is_mended:
        raise NotFound
    acted("integrity:mend:ask", details={"check": check.name.value})
    _ask(JobName.INTEGRITY_MEND, check.name.value)
    return redirect(url_for("integrity.index"))


def _ask(job: JobName, argument: str = "") -> None:
    is_new = file_request(
        current_session(), job, argument=argument, by=current_account(), now=now()
    )
    if is_new and not argument:
        acted("job:run:ask", details={"job": job.value})
    if is_new:
        flash(gettext("已通知后台程序，几秒内开始。"), "success")
    else:
        flash(gettext("已经有人要求过，正在等待运行。"), "info")


def _job(name: str) -> JobName:
    if name not in list(JobName):
        raise NotFound
    return JobName(name)


def _check(name: str) -> CheckName:
    if name not in list(CheckName):
        raise NotFound
    return CheckName(name)
