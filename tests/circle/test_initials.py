import pytest

from circle.initials import initials


@pytest.mark.parametrize(
    ("name", "expected"),
    [("张建国", "zjg"), ("单雄信", "sxx"), ("曾国藩", "zgf"), ("Li Na", "lina")],
)
def test_family_names_are_read_as_families_do(name: str, expected: str) -> None:
    assert initials(name) == expected
