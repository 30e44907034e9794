import pytest

from circle.employers.names import employer_key, normal_employer


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 杭州(余杭) 某某 有限公司 ", "杭州（余杭）某某有限公司"),
        ("ＡＢＣ  Food (HZ)", "ABC Food (HZ)"),
    ],
)
def test_a_name_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert normal_employer(typed) == kept


def test_blanks_brackets_and_case_say_nothing() -> None:
    assert employer_key("杭州（余杭）Abc 有限公司") == employer_key("杭州(余杭)ABC有限公司")
    assert employer_key("杭州甲公司") != employer_key("杭州乙公司")
