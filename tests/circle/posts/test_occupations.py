from circle.posts.occupations import occupation_named, occupations, occupations_like


def test_the_whole_classification_is_there() -> None:
    assert len(occupations()) == 1670


def test_chosen_from_the_list_or_typed_by_heart() -> None:
    for typed in ("6-31-01-03 电工", "6-31-01-03", "电工", " ６-31-01-03 "):
        found = occupation_named(typed)
        assert found is not None
        assert (found.code, found.name) == ("6-31-01-03", "电工")
    assert occupation_named("9-99-99-99") is None
    assert occupation_named("随便写的") is None


def test_a_search_shows_the_plainest_first() -> None:
    assert occupations_like("电工")[0].name == "电工"
    assert occupations_like("6-31-01")[0].code.startswith("6-31-01")
    assert occupations_like(" ") == []
