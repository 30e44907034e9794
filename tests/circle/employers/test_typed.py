import pytest

from circle.employers.typed import read_degrees, read_phone


@pytest.mark.parametrize(
    "text",
    ["30.27,120.01", "120.01，30.27", " 30.27 120.01 ", "（30.27，120.01）", "N30.27 E120.01"],
)
def test_a_pasted_pair_is_read_in_either_order(text: str) -> None:
    assert read_degrees(text) == (30.27, 120.01)


@pytest.mark.parametrize("text", ["", "村口", "30.27", "30.27,120.01,5", "30°16′,120°"])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the form says the rest
        read_degrees(text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86 13800138000", "13800138000"),
        ("0571－88880000", "0571-88880000"),
        ("0571-88880000转8001", "0571-88880000-8001"),
        ("400-888-0000", "400-888-0000"),
    ],
)
def test_telephones_are_read_as_people_write_them(typed: str, kept: str) -> None:
    assert read_phone(typed) == kept


@pytest.mark.parametrize("typed", ["12", "12800138000", "138001380001", "打我手机"])
def test_what_is_no_telephone_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - as above
        read_phone(typed)
