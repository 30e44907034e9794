"""Every door has its guard."""

from flask import Flask
from flask.testing import FlaskClient

from circle.access.permissions import Permission

PUBLIC = {
    "accounts.code",
    "accounts.enrol",
    "accounts.landing",
    "accounts.language",
    "accounts.sign_in",
    "accounts.sign_out",
    "access.healthz",
    "access.readyz",
    "posts.occupations",
    "answers.ask",
    "answers.receive",
    "visits.service_worker",
}
OPEN_FEATURES = ("door.", "noticeboard.", "registration.", "seeking.")


def views(app: Flask) -> dict[str, object]:
    return {name: view for name, view in app.view_functions.items() if name != "static"}


def test_every_route_names_its_permission_or_says_it_is_public(app: Flask) -> None:
    unguarded = [name for name, view in views(app).items() if not hasattr(view, "guarded_by")]
    assert unguarded == []


def test_only_the_listed_routes_are_public(app: Flask) -> None:
    public = {name for name, view in views(app).items() if getattr(view, "guarded_by", 0) is None}
    assert {name for name in public if not name.startswith(OPEN_FEATURES)} == PUBLIC


def test_guards_name_permissions_of_the_policy(app: Flask) -> None:
    named = {getattr(view, "guarded_by", None) for view in views(app).values()} - {None}
    assert named <= set(Permission)


def test_nobody_gets_behind_a_guard_without_signing_in(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        if getattr(app.view_functions[rule.endpoint], "guarded_by", None) is None:
            continue
        address = rule.build({name: _example(name) for name in rule.arguments})
        assert address is not None, rule
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        answer = client.open(address[1], method=method)
        assert answer.status_code == 302, rule
        assert answer.location.startswith("/login"), rule


def test_changing_routes_are_never_reached_by_following_a_link(app: Flask) -> None:
    """Forms are shown by GET; what only changes something answers POST alone."""
    for rule in app.url_map.iter_rules():
        assert "PUT" not in (rule.methods or ())
        assert "DELETE" not in (rule.methods or ())


def _example(name: str) -> int | str:
    return 1 if name.endswith("_id") else "330110"
