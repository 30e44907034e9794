"""The office's own ledger opens cases, and only adds."""

from tests.acceptance.town import GEXIANG, ZHUMIAO, Cells, Town, number, people

HEAD = ["姓名", "身份证号", "联系电话", "所属社区", "登记日期", "专员", "人员类别", "就业状态",
        "求职意向", "最近走访日期"]  # fmt: skip
ZHANG, LI = people(2)


def ledger(*rows: Cells) -> list[Cells]:
    return [HEAD, *rows]


def line(**cells: str) -> list[str]:
    plain = {
        "姓名": ZHANG[0], "身份证号": ZHANG[1], "联系电话": "13800138000", "所属社区": "葛巷社区",
        "登记日期": "2026-10-01", "专员": "gexiang", "最近走访日期": "2026-11-01",
    }  # fmt: skip
    return [(plain | cells).get(name, "") for name in HEAD]


def test_each_row_opens_a_case(town: Town) -> None:
    told = town.sends("caseload", ledger(line(), line(姓名=LI[0], 身份证号=LI[1], 专员="")))
    assert (told["added"], told["warnings"], told["scope"]["division"]) == (2, {}, GEXIANG)
    found = town.all(
        "SELECT c.state, c.opened_on, a.name, c.work_status, c.last_contact_on "
        "FROM case_file c LEFT JOIN account a ON a.id = c.worker_id ORDER BY c.id"
    )
    assert found == [
        ("open", "2026-10-01", "gexiang", "unemployed", "2026-11-01"),
        ("open", "2026-10-01", None, "unemployed", "2026-11-01"),
    ]


def test_an_unknown_worker_is_a_warning_and_leaves_the_case_to_the_street(town: Town) -> None:
    told = town.sends("caseload", ledger(line(专员="nobody")))
    assert (told["added"], told["rejected"]) == (1, 0)
    assert told["warnings"] == {"worker_unknown": 1}
    assert town.all("SELECT worker_id FROM case_file") == [(None,)]


def test_moving_in_raises_no_orders(town: Town) -> None:
    town.sends("caseload", ledger(line()))
    town.does("sweep")
    assert "assistance" not in {task["kind"] for task in town.tasks()}


def test_the_same_ledger_again_changes_nothing(town: Town) -> None:
    path = town.file(ledger(line()))
    town.sends("caseload", path)
    before = town.dump()
    told = town.sends("caseload", path, "--again")
    assert (told["unchanged"], told["added"], told["changed"]) == (1, 0, 0)
    assert town.dump() == before


def test_a_ledger_without_someone_closes_no_case(town: Town) -> None:
    town.sends("caseload", ledger(line(), line(姓名=LI[0], 身份证号=LI[1])))
    told = town.sends("caseload", ledger(line()))
    assert (told["unchanged"], told["ended"]) == (1, 0)
    assert town.all("SELECT count(*) FROM case_file WHERE state = 'open'") == [(2,)]


def test_one_open_case_for_a_person(town: Town) -> None:
    town.sends("caseload", ledger(line()))
    town.sends("caseload", ledger(line(登记日期="2026-11-05", 所属社区="朱庙社区", 专员="zhumiao")))
    assert town.all("SELECT count(*) FROM case_file") == [(1,)]


def test_two_telephones_in_a_cell(town: Town) -> None:
    cells = ["13800138000/13900139000", "13800138000、0571-88881234", "138 0013 8000",
             "", "无", "13800138000 13900139000"]  # fmt: skip
    rows = [line(姓名=name, 身份证号=num, 联系电话=cell)
            for (name, num), cell in zip(people(6), cells, strict=True)]  # fmt: skip
    told = town.sends("caseload", ledger(*rows))
    assert (told["added"], told["reasons"]) == (6, {})


def test_a_telephone_that_is_none_is_unreadable(town: Town) -> None:
    told = town.sends("caseload", ledger(line(联系电话="12345")))
    assert told["reasons"] == {"value_unreadable": 1}


def test_a_registration_date_must_stand_there(town: Town) -> None:
    told = town.sends("caseload", ledger(line(登记日期="")))
    assert told["reasons"] == {"date_unreadable": 1}


def test_a_visit_before_the_case_was_opened_is_no_contact_of_it(town: Town) -> None:
    told = town.sends("caseload", ledger(line(最近走访日期="2026-09-01")))
    assert told["added"] == 1
    assert town.all("SELECT last_contact_on FROM case_file") == [(None,)]


def test_the_community_may_be_a_name_or_a_code(town: Town) -> None:
    rows = [line(), line(姓名=LI[0], 身份证号=LI[1], 所属社区=ZHUMIAO)]
    assert town.sends("caseload", ledger(*rows))["added"] == 2
    found = town.all("SELECT lives_in, lives_in_basis FROM resident ORDER BY id")
    assert found == [(GEXIANG, "registration"), (ZHUMIAO, "registration")]


def test_a_worker_of_another_place_or_another_role_is_told(town: Town) -> None:
    told = town.sends("caseload", ledger(line(专员="clerk")))
    assert told["rejected"] == 0
    assert town.all("SELECT count(*) FROM case_file WHERE state = 'open'") == [(1,)]


def test_a_second_row_of_the_person_with_another_worker_is_a_contradiction(town: Town) -> None:
    told = town.sends("caseload", ledger(line(), line(专员="zhumiao")))
    assert told["reasons"] == {"duplicate_in_file": 2}


def test_the_telephone_finds_nobody_in_the_clear(town: Town) -> None:
    town.sends("caseload", ledger(line()))
    ((name, num),) = people(1)
    shown = town.asks("tasks", "--format", "json", "--state", "all")
    assert num not in str(shown)
    assert number(101) not in town.circle("imports", "list").out
    assert name not in town.circle("imports", "list").out
