"""The rules of the sweep written by hand as plain SQL: what somebody who knows both databases would
type, without a table of rules, without slices, counts or a log of moves.
"""

from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, text

from bench.sizes import ON
from circle.office import Office
from models.policy import Policy, policy_on
from models.vocabulary.months import add_months, month_key
from models.vocabulary.residents import RetirementTrack
from models.vocabulary.tasks import TaskKind
from reminders.calendar import due_after
from reminders.retirement import Track, last_birth_retired, tracks_of

TODAY = f"'{ON.isoformat()}'"


@dataclass(frozen=True)
class Spelling:
    """The same thought in the words of one database."""

    day: str
    month: str
    first_day: str
    plus: str
    months_later: str
    birth_month: str
    least: str
    greatest: str
    document: str
    office_day: str


SPELLINGS = {
    "sqlite": Spelling(
        day="{0}",
        month="printf('%04d-%02d', ({0}) / 12, ({0}) % 12 + 1)",
        first_day="printf('%04d-%02d-01', ({0}) / 12, ({0}) % 12 + 1)",
        plus="date({0}, ({1}) || ' days')",
        months_later="min(date({0}, ({1}) || ' months'),"
        " date({0}, 'start of month', ({1} + 1) || ' months', '-1 day'))",
        birth_month="(CAST(substr({0}, 1, 4) AS INTEGER) * 12 + CAST(substr({0}, 6, 2) AS INTEGER)"
        " - 1)",
        least="min({0}, {1})",
        greatest="max({0}, {1})",
        document="json_object",
        office_day="date({0}, '+8 hours')",
    ),
    "postgresql": Spelling(
        day="to_char({0}, 'YYYY-MM-DD')",
        month="to_char(make_date(({0}) / 12, ({0}) % 12 + 1, 1), 'YYYY-MM')",
        first_day="make_date(({0}) / 12, ({0}) % 12 + 1, 1)",
        plus="({0} + {1})",
        months_later="CAST({0} + make_interval(months => {1}) AS date)",
        birth_month="CAST(extract(year FROM {0}) * 12 + extract(month FROM {0}) - 1 AS integer)",
        least="least({0}, {1})",
        greatest="greatest({0}, {1})",
        document="jsonb_build_object",
        office_day="CAST({0} AT TIME ZONE 'Asia/Shanghai' AS date)",
    ),
}
PENSION = "'employee_pension'"
GONE = (
    "EXISTS (SELECT 1 FROM register_entry g WHERE g.resident_id = r.id AND g.ended_by IS NULL"
    " AND g.status IN ('moved_out', 'dead', 'army'))"
)
OPEN_CASE = "EXISTS (SELECT 1 FROM case_file o WHERE o.resident_id = r.id AND o.state = 'open'{0})"
STUDENT = (
    "EXISTS (SELECT 1 FROM degree s WHERE s.resident_id = r.id AND s.ended_by IS NULL"
    f" AND s.study_form = 'full_time' AND s.entered_on <= {TODAY}"
    f" AND (s.graduated_on IS NULL OR s.graduated_on > {TODAY}))"
)
DRAWS = (
    "EXISTS (SELECT 1 FROM benefit_spell b WHERE b.resident_id = r.id AND b.ended_by IS NULL"
    f" AND b.kind IN ({{0}}) AND b.from_month <= {month_key(ON)}"
    f" AND (b.to_month IS NULL OR b.to_month >= {month_key(ON)}))"
)
RECORDED = (
    "EXISTS (SELECT 1 FROM status_history h WHERE h.resident_id = r.id AND h.replaced_at IS NULL"
    " AND h.status IN ({0}) AND h.since_on >= {1})"
)


def sweep() -> dict[str, Any]:
    """The step that does by hand what a sweep does; one transaction."""
    office = Office()
    with office.session() as session:
        policy = policy_on(session, ON)
        dues = {
            kind: due_after(session, ON, days)[0].isoformat()
            for kind, days in (
                (TaskKind.INSURANCE_LAPSE, policy.act_days_lapse),
                (TaskKind.FIRST_REGISTRATION, policy.act_days_first_registration),
                (TaskKind.ANOMALY, policy.act_days_anomaly),
                (TaskKind.SERVICE_GAP, policy.act_days_service_gap),
            )
        }
        connection = session.connection()
        started = perf_counter()
        found = _by_hand(connection, policy, dues)
    return {"seconds": perf_counter() - started, "found": found}


def _by_hand(connection: Connection, policy: Policy, dues: dict[TaskKind, str]) -> dict[str, int]:
    spelling = SPELLINGS[connection.dialect.name]
    analyse = connection.dialect.name == "postgresql"
    if analyse:
        _say(connection, "SET LOCAL jit = off")
        _say(connection, "SET LOCAL work_mem = '64MB'")
    for statement in _preparation():
        _say(connection, statement)
    found = {}
    for kind, query in _rules(spelling, policy).items():
        _say(connection, f"CREATE TEMPORARY TABLE hand_{kind} AS {query}")
        _say(connection, f"CREATE INDEX hand_{kind}_key ON hand_{kind} (resident_id, cycle)")
        if analyse:
            _say(connection, f"ANALYZE hand_{kind}")
        for statement in _application(kind, dues.get(kind)):
            _say(connection, statement)
        count = connection.execute(text(f"SELECT count(*) FROM hand_{kind}"))
        found[kind.value] = int(count.scalar_one())
    return found


def _say(connection: Connection, statement: str) -> None:
    """As it stands, through the driver's own cursor: a percent sign is no parameter there."""
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    cursor.close()


def _preparation() -> list[str]:
    """Which months are closed where, and who takes what nobody's case holds."""
    return [
        (
            "CREATE TEMPORARY TABLE hand_closed AS SELECT d.code, c.month,"
            " row_number() OVER (PARTITION BY d.code ORDER BY c.month DESC) AS place"
            " FROM division d JOIN closed_month c"
            " ON d.code >= c.division_code AND d.code < c.division_end"
            f" WHERE c.kind = {PENSION} GROUP BY d.code, c.month"
        ),
        "CREATE INDEX hand_closed_code ON hand_closed (code, place)",
        (
            "CREATE TEMPORARY TABLE hand_worker AS SELECT division_code,"
            " min(account_id) AS account_id FROM coverage GROUP BY division_code"
        ),
        "CREATE INDEX hand_worker_code ON hand_worker (division_code)",
    ]


def _application(kind: TaskKind, due: str | None) -> list[str]:
    """Raise what is new, refresh what follows its data, withdraw what is no longer found."""
    due_on = "f.due_on" if due is None else f"CAST('{due}' AS date)"
    known = "t.resident_id = f.resident_id AND t.cycle = f.cycle"
    of_kind = f"t.kind = '{kind}' AND t.state = 'open'"
    return [
        (
            "INSERT INTO task (resident_id, case_id, kind, cycle, state, raised_on, due_on,"
            " provisional, priority, assignee_id, pinned, evidence, created_at)"
            f" SELECT f.resident_id, c.id, '{kind}', f.cycle, 'open', {TODAY},"
            f" {due_on if due is None else repr(due)},"
            " false, f.priority, coalesce(c.worker_id, w.account_id), false, f.evidence,"
            " '2026-11-21'"
            f" FROM hand_{kind} f JOIN resident r ON r.id = f.resident_id"
            " LEFT JOIN case_file c ON c.resident_id = r.id AND c.state = 'open'"
            " LEFT JOIN hand_worker w ON w.division_code = r.lives_in WHERE true"
            " ON CONFLICT DO NOTHING"
        ),
        "UPDATE task SET priority = f.priority, evidence = f.evidence"
        + (", due_on = f.due_on" if due is None else "")
        + f" FROM hand_{kind} f WHERE task.kind = '{kind}' AND task.state = 'open'"
        f" AND task.resident_id = f.resident_id AND task.cycle = f.cycle"
        " AND (task.priority <> f.priority OR task.evidence <> f.evidence"
        + (" OR task.due_on <> f.due_on)" if due is None else ")"),
        (
            "UPDATE task SET state = 'withdrawn', settled_at = '2026-11-21' WHERE id IN"
            f" (SELECT t.id FROM task t LEFT JOIN hand_{kind} f ON {known}"
            f" WHERE {of_kind} AND f.resident_id IS NULL)"
        ),
    ]


def _rules(say: Spelling, policy: Policy) -> dict[TaskKind, str]:
    return {
        TaskKind.VISIT: _visit(say, policy),
        TaskKind.INSURANCE_LAPSE: _lapse(say, policy),
        TaskKind.FIRST_REGISTRATION: _first_registration(say, policy),
        TaskKind.ANOMALY: " UNION ALL ".join(_anomalies(say, policy)),
        TaskKind.FOLLOW_UP: " UNION ALL ".join(_follow_ups(say, policy)),
        TaskKind.SERVICE_GAP: _service_gap(say, policy),
    }


def _visit(say: Spelling, policy: Policy) -> str:
    next_due = say.plus.format("c.last_contact_on", "c.days")
    first_due = say.plus.format("c.opened_on", policy.first_service_days)
    lead = f"CASE WHEN c.days / 3 < {policy.visit_lead_days} THEN c.days / 3 ELSE"
    appears = say.plus.format(next_due, f"-({lead} {policy.visit_lead_days} END)")
    hard = min(policy.visit_days_zero_employment, policy.visit_days_hard_to_employ)
    document = (
        f"{say.document}('standing', c.standing, 'interval', c.days, 'last_contact_on',"
        f" {say.day.format('c.last_contact_on')}, 'opened_on', {say.day.format('c.opened_on')})"
    )
    held = (
        "EXISTS (SELECT 1 FROM category k WHERE k.resident_id = c.resident_id AND k.code = '{0}'"
        f" AND k.from_on <= {TODAY} AND (k.to_on IS NULL OR k.to_on >= {TODAY}))"
    )
    zero = (
        f"({held.format('zero_employment_household')} OR EXISTS (SELECT 1 FROM household_member m"
        " JOIN household h ON h.id = m.household_id WHERE m.resident_id = c.resident_id"
        f" AND m.ended_by IS NULL AND h.zero_employment_confirmed_on <= {TODAY}))"
    )
    standing = (
        f"CASE WHEN {zero} THEN 'zero_employment' WHEN {held.format('hard_to_employ')}"
        " THEN 'hard_to_employ' ELSE 'other' END"
    )
    last_follow_up = say.plus.format("p.started_on", max(policy.follow_up_days))
    of_standing = "CASE standing WHEN 'zero_employment' THEN {0} WHEN 'hard_to_employ' THEN {1}"
    days = of_standing.format(hard, policy.visit_days_hard_to_employ)
    urgency = of_standing.format(policy.priority_zero_employment, policy.priority_hard_to_employ)
    return (
        "SELECT c.resident_id, CASE WHEN c.last_contact_on IS NULL"
        f" THEN 'opened:' || {say.day.format('c.opened_on')}"
        f" ELSE 'since:' || {say.day.format('c.last_contact_on')} END AS cycle,"
        f" CASE WHEN c.last_contact_on IS NULL THEN {first_due} ELSE {next_due} END AS due_on,"
        f" c.priority, {document} AS evidence"
        f" FROM (SELECT s.*, {days} ELSE {policy.visit_days_other} END AS days,"
        f" {urgency} ELSE {policy.priority_other_visit} END AS priority"
        f" FROM (SELECT c.*, {standing} AS standing FROM case_file c"
        f" WHERE c.state = 'open' AND c.opened_on <= {TODAY}) s) c"
        " JOIN resident r ON r.id = c.resident_id AND r.merged_into IS NULL"
        f" WHERE (c.last_contact_on IS NULL OR {appears} <= {TODAY}) AND NOT {GONE}"
        " AND NOT EXISTS (SELECT 1 FROM task t WHERE t.resident_id = r.id"
        " AND t.kind = 'assistance' AND t.state = 'open')"
        " AND NOT EXISTS (SELECT 1 FROM placement p WHERE p.case_id = c.id"
        f" AND p.removed_at IS NULL AND p.started_on <= {TODAY}"
        f" AND {last_follow_up} >= {TODAY} AND (p.ended_on IS NULL OR p.ended_on > {TODAY}))"
    )


def _lapse(say: Spelling, policy: Policy) -> str:
    missing = "s.last_month + 1"
    document = (
        f"{say.document}('kind', {PENSION}, 'last_month', {say.month.format('s.last_month')},"
        f" 'first_missing', {say.month.format(missing)},"
        f" 'closed_month', {say.month.format('n.month')}, 'months_paid', s.months_paid,"
        " 'source', 'insurance')"
    )
    return (
        f"SELECT r.id AS resident_id, 'employee_pension:' || {say.month.format(missing)} AS cycle,"
        f" NULL AS due_on, {policy.priority_lapse} AS priority, {document} AS evidence"
        " FROM insurance_standing s JOIN resident r ON r.id = s.resident_id"
        " JOIN hand_closed n ON n.code = r.lives_in AND n.place = 1"
        f" WHERE s.kind = {PENSION} AND n.month - s.last_month >= {policy.lapse_months}"
        f" AND r.merged_into IS NULL AND {_of_working_age(policy)} AND NOT {GONE}"
        f" AND NOT {DRAWS.format(_quoted('pension', 'unemployment_benefit'))} AND NOT {STUDENT}"
        " AND NOT EXISTS (SELECT 1 FROM unemployment_spell u WHERE u.resident_id = r.id"
        " AND u.ended_by IS NULL AND u.is_open)"
        " AND NOT "
        + OPEN_CASE.format(" AND o.work_status = 'unemployed'")
        + " AND NOT "
        + RECORDED.format(_quoted("transferred", "not_seeking"), say.first_day.format(missing))
    )


def _first_registration(say: Spelling, policy: Policy) -> str:
    paid = f"SELECT 1 FROM contribution k WHERE k.kind = {PENSION} AND k.resident_id = r.id"
    start = "coalesce(s.from_month, b.month)"
    no_day, no_word = "CAST(NULL AS date)", "CAST(NULL AS varchar(40))"
    support = (
        f"SELECT r.id, {say.first_day.format(start)} AS support, {no_day} AS lost,"
        f" {no_day} AS graduated, s.kind AS word FROM subsistence s"
        " JOIN resident r ON r.id = s.resident_id JOIN import_batch b ON b.id = s.brought_by"
        " LEFT JOIN hand_closed n ON n.code = r.lives_in AND n.place = 1"
        " WHERE s.ended_by IS NULL AND s.kind IN ('dibao', 'near_dibao')"
        f" AND (s.ability IS NULL OR s.ability <> 'none') AND {start} <= {month_key(ON)}"
        f" AND NOT EXISTS ({paid} AND k.month = n.month)"
    )
    lost = (
        f"SELECT u.resident_id, {no_day}, u.registered_on, {no_day}, {no_word}"
        " FROM unemployment_spell u"
        f" WHERE u.ended_by IS NULL AND u.is_open AND u.registered_on <= {TODAY}"
    )
    graduated = (
        f"SELECT r.id, {no_day}, {no_day}, d.graduated_on, {no_word} FROM degree d"
        " JOIN resident r ON r.id = d.resident_id WHERE d.ended_by IS NULL"
        f" AND d.graduated_on BETWEEN '{add_months(ON, -policy.graduate_months)}' AND {TODAY}"
        f" AND NOT EXISTS ({paid} AND k.month IN (SELECT n.month FROM hand_closed n"
        f" WHERE n.code = r.lives_in AND n.place <= {policy.graduate_uninsured_months}))"
    )
    newest = say.greatest.format(
        say.greatest.format("coalesce(g.support, '0001-01-01')", "coalesce(g.lost, '0001-01-01')"),
        "coalesce(g.graduated, '0001-01-01')",
    )
    word = say.day.format("g.newest")
    document = (
        f"{say.document}('subsistence', {say.day.format('g.support')}, 'subsistence_kind', g.word,"
        f" 'unemployment', {say.day.format('g.lost')}, 'graduate', {say.day.format('g.graduated')},"
        f" 'closed_month', {say.month.format('n.month')})"
    )
    return (
        f"SELECT r.id AS resident_id, {word} AS cycle, NULL AS due_on,"
        f" {policy.priority_first_registration} AS priority, {document} AS evidence"
        f" FROM (SELECT g.*, {newest} AS newest FROM (SELECT id, max(support) AS support,"
        " max(lost) AS lost, max(graduated) AS graduated, max(word) AS word"
        f" FROM ({support} UNION ALL {lost} UNION ALL {graduated}) g GROUP BY id) g) g"
        " JOIN resident r ON r.id = g.id"
        " LEFT JOIN hand_closed n ON n.code = r.lives_in AND n.place = 1"
        " WHERE r.lives_in IS NOT NULL AND r.merged_into IS NULL"
        f" AND {_of_working_age(policy)} AND NOT {OPEN_CASE.format('')} AND NOT {GONE}"
        f" AND NOT {DRAWS.format(_quoted('pension'))} AND NOT {STUDENT}"
        f" AND NOT {RECORDED.format(_quoted('not_seeking'), 'g.newest')}"
        " AND NOT EXISTS (SELECT 1 FROM task t WHERE t.resident_id = r.id"
        " AND t.kind = 'first_registration' AND t.state IN ('done', 'dismissed')"
        f" AND t.cycle > {word})"
    )


def _anomalies(say: Spelling, policy: Policy) -> list[str]:
    """In the order of the agreed page; the mini-form's conflicts are its last."""
    newest = "JOIN hand_closed n ON n.code = r.lives_in AND n.place = 1"
    month = say.month.format("n.month")
    missing = say.month.format("s.last_month + 1")
    paid = f"p.kind = {PENSION} AND p.month = n.month"

    def conflict(code: str, key: str, evidence: str, rest: str) -> str:
        return (
            f"SELECT r.id AS resident_id, '{code}:' || {key} AS cycle, NULL AS due_on,"
            f" {policy.priority_anomaly} AS priority,"
            f" {say.document}('code', '{code}', {evidence}) AS evidence"
            f" FROM resident r {rest}"
        )

    here = f"r.merged_into IS NULL AND NOT {GONE}"
    since = (
        f"coalesce({say.day.format('g.status_on')},"
        f" {say.day.format(say.office_day.format('b.created_at'))})"
    )
    retires = say.day.format(_retirement_day(say, policy))
    return [
        conflict(
            "departed_with_case",
            since,
            f"'status', g.status, 'status_on', {since}",
            "JOIN case_file c ON c.resident_id = r.id AND c.state = 'open'"
            " JOIN register_entry g ON g.resident_id = r.id JOIN import_batch b"
            " ON b.id = g.brought_by WHERE r.merged_into IS NULL AND g.ended_by IS NULL"
            " AND g.status IN ('moved_out', 'dead', 'army')",
        ),
        conflict(
            "unemployed_but_insured",
            month,
            f"'registered_on', {say.day.format('max(u.registered_on)')}, 'month', {month},"
            " 'employer', max(e.name)",
            f"{newest} JOIN unemployment_spell u ON u.resident_id = r.id"
            " JOIN contribution p ON p.resident_id = r.id JOIN paying_employer e"
            f" ON e.id = p.employer_id WHERE u.ended_by IS NULL AND u.is_open AND {paid}"
            f" AND {here} GROUP BY r.id, n.month",
        ),
        conflict(
            "subsistence_but_insured",
            month,
            f"'month', {month}, 'base_fen', max(p.base_fen)",
            f"{newest} JOIN subsistence s ON s.resident_id = r.id"
            " JOIN contribution p ON p.resident_id = r.id WHERE s.ended_by IS NULL"
            f" AND s.kind = 'dibao' AND {paid} AND p.base_fen >= {policy.minimum_wage_fen}"
            f" AND {here} GROUP BY r.id, n.month",
        ),
        *(
            conflict(
                "sources_disagree",
                f"'{field}'",
                f"'field', '{field}'",
                "JOIN stated_identity i ON i.resident_id = r.id WHERE i.ended_by IS NULL"
                f" AND i.{column} IS NOT NULL AND {here} GROUP BY r.id"
                f" HAVING min(i.{column}) <> max(i.{column})",
            )
            for field, column in (("name", "name_key"), ("birth", "born_on"))
        ),
        conflict(
            "employed_but_lapsed",
            missing,
            f"'registered_on', {say.day.format('max(w.registered_on)')}, 'last_month',"
            f" {say.month.format('s.last_month')}, 'first_missing', {missing},"
            f" 'closed_month', {month}",
            f"{newest} JOIN employment_spell w ON w.resident_id = r.id"
            " JOIN insurance_standing s ON s.resident_id = r.id WHERE w.ended_by IS NULL"
            f" AND w.is_open AND s.kind = {PENSION}"
            f" AND n.month - s.last_month >= {policy.employed_lapse_months} AND {here}"
            " GROUP BY r.id, s.last_month, n.month",
        ),
        conflict(
            "retired_with_case",
            retires,
            f"'retires_on', {retires}",
            "JOIN case_file c ON c.resident_id = r.id AND c.state = 'open'"
            f" WHERE {_is_retired(policy)} AND {here}",
        ),
        conflict(
            "registration_differs",
            "g.uuid",
            "'registration', g.uuid, 'differs', g.differs",
            "JOIN registration g ON g.resident_id = r.id WHERE g.differs IS NOT NULL"
            f" AND g.state = 'received' AND {here}",
        ),
    ]


def _follow_ups(say: Spelling, policy: Policy) -> list[str]:
    started = say.day.format("p.started_on")
    return [
        f"SELECT c.resident_id, {started} || '+{days}' AS cycle,"
        f" {say.plus.format('p.started_on', days)} AS due_on,"
        f" {policy.priority_follow_up} AS priority, {say.document}('placement', min(p.id),"
        f" 'started_on', {started}, 'days', {days}) AS evidence"
        " FROM placement p JOIN case_file c ON c.id = p.case_id AND c.state = 'open'"
        " JOIN resident r ON r.id = c.resident_id LEFT JOIN visit v ON v.id = p.visit_id"
        f" WHERE p.removed_at IS NULL AND (p.ended_on IS NULL OR p.ended_on > {TODAY})"
        f" AND {say.plus.format('p.started_on', days - min(policy.visit_lead_days, days // 3))}"
        f" <= {TODAY} AND (v.id IS NULL OR {say.plus.format('p.started_on', days)}"
        f" >= v.visited_on) AND r.merged_into IS NULL AND NOT {GONE}"
        " GROUP BY c.resident_id, p.started_on"
        for days in policy.follow_up_days
    ]


def _service_gap(say: Spelling, policy: Policy) -> str:
    owed = {kind: count for kind, count in policy.service_package if count}
    counts = "".join(
        f", coalesce(sum(CASE WHEN i.kind = '{kind}' THEN 1 ELSE 0 END), 0) AS {kind}"
        for kind in owed
    )
    left = ", ".join(
        f"'{kind}', CASE WHEN d.{kind} >= {count} THEN 0 ELSE {count} - d.{kind} END"
        for kind, count in owed.items()
    )
    since = say.day.format("d.since")
    oldest = ON - timedelta(days=policy.service_gap_days)
    return (
        f"SELECT d.resident_id, 'package:' || {since} AS cycle, NULL AS due_on,"
        f" {policy.priority_service_gap} AS priority,"
        f" {say.document}('opened_on', {since}, {left}) AS evidence"
        f" FROM (SELECT c.resident_id, c.id, coalesce(c.reopened_on, c.opened_on) AS since{counts}"
        " FROM case_file c LEFT JOIN service_item i ON i.case_id = c.id AND i.removed_at IS NULL"
        " AND i.delivered_on >= coalesce(c.reopened_on, c.opened_on)"
        f" WHERE c.state = 'open' AND c.stage <> 'placed'"
        f" AND coalesce(c.reopened_on, c.opened_on) <= '{oldest}'"
        f" AND (c.origin <> 'ledger' OR {say.office_day.format('c.created_at')} <= '{oldest}')"
        " GROUP BY c.resident_id, c.id, coalesce(c.reopened_on, c.opened_on)) d"
        " JOIN resident r ON r.id = d.resident_id AND r.merged_into IS NULL"
        f" WHERE ({' OR '.join(f'd.{kind} < {count}' for kind, count in owed.items())})"
        f" AND NOT {GONE}"
    )


def _quoted(*words: str) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _of_working_age(policy: Policy) -> str:
    youngest = add_months(ON, -policy.labour_age * 12)
    return f"r.born_on <= '{youngest}' AND NOT ({_is_retired(policy)})"


def _is_retired(policy: Policy) -> str:
    return "({})".format(
        " OR ".join(
            f"({who} AND r.born_on <= '{last_birth_retired(ON, track)}')"
            for who, track in _followers(policy)
        )
    )


def _retirement_day(say: Spelling, policy: Policy) -> str:
    born = say.birth_month.format("r.born_on")
    ages = " ".join(
        f"WHEN {who} THEN {_age(say, born, track)}" for who, track in _followers(policy)
    )
    return say.months_later.format("r.born_on", f"(CASE {ages} END)")


def _age(say: Spelling, born: str, track: Track) -> str:
    behind = f"{born} - {track.first_moving}"
    steps = f"CASE WHEN {behind} < 0 THEN 0 ELSE ({behind}) / {track.births_a_step} + 1 END"
    return say.least.format(f"{track.age} + {steps}", track.last_age)


def _followers(policy: Policy) -> list[tuple[str, Track]]:
    tracks = tracks_of(policy)
    worker = "r.retirement_track IS NOT DISTINCT FROM 'woman_50'"
    who = {
        RetirementTrack.MAN_60: "r.sex = 'male'",
        RetirementTrack.WOMAN_55: f"r.sex = 'female' AND NOT ({worker})",
        RetirementTrack.WOMAN_50: f"r.sex = 'female' AND {worker}",
    }
    return [(who[name], track) for name, track in tracks.items()]
