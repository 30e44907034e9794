from circle.demo.accounts import sign_ins, worker_of
from circle.demo.divisions import MODEL_COMMUNITY, communities, divisions, streets
from models.vocabulary.places import parent_of
from models.vocabulary.staff import Role


def test_one_sign_in_of_each_role_is_shown() -> None:
    shown = [account.role for account in sign_ins() if account.shown]
    assert sorted(shown) == sorted(Role)


def test_account_names_are_distinct() -> None:
    names = [account.name for account in sign_ins()]
    assert len(names) == len(set(names))


def test_every_community_has_exactly_one_worker() -> None:
    covered = [code for account in sign_ins() for code in account.covers]
    assert sorted(covered) == sorted(community.code for community in communities())


def test_a_worker_covers_communities_of_one_street() -> None:
    for account in sign_ins():
        assert {parent_of(code) for code in account.covers} <= {account.division}


def test_every_street_has_two_workers_or_more() -> None:
    workers = [account.division for account in sign_ins() if account.role is Role.WORKER]
    assert all(workers.count(code) >= 2 for code, _ in streets())


def test_wang_lili_looks_after_gexiang() -> None:
    assert worker_of()[MODEL_COMMUNITY] == "wanglili"


def test_divisions_come_parents_first_down_to_communities() -> None:
    seen: set[str] = set()
    for code, _ in divisions():
        parent = parent_of(code)
        assert parent is None or parent in seen
        seen.add(code)
    assert len(streets()) == 12
    assert len(communities()) == 223


def test_no_two_communities_share_a_name() -> None:
    """So a file may name them instead of giving their codes."""
    names = [community.name for community in communities()]
    assert len(names) == len(set(names))
