import pytest

from models.vocabulary.names import name_key, normal_name


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (" 张 建国 ", "张建国"),
        ("阿卜杜热西提 • 买买提江", "阿卜杜热西提·买买提江"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("John  P. Smith", "John P. Smith"),
        ("\u3000李㛃", "李㛃"),
        ("·", ""),
    ],
)
def test_names_are_read_as_people_type_them(typed: str, expected: str) -> None:
    assert normal_name(typed) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("阿依古丽·买买提", "阿依古丽•买买提"),
        ("买买提·吐尔逊", "买买提吐尔逊"),
        ("JOHN SMITH", "John Smith"),
        ("John P. Smith", "John P Smith"),
    ],
)
def test_dots_blanks_and_case_say_nothing(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_another_character_is_another_name() -> None:
    assert name_key("张建国") != name_key("张建华")
