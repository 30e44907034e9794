import pytest

from circle.formulas import harmless


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_compute_is_led_by_an_apostrophe(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("text", ["", "-", "＋", "王伟-1", "仓前=街道"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text
