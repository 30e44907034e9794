from datetime import UTC, datetime, timedelta

import pyotp
from hypothesis import given
from hypothesis import strategies as st

from circle.accounts import two_factor
from models.sealed import Keyring

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
# RFC 6238, appendix B: the secret 12345678901234567890 at 1111111109 seconds, last six digits
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_CODE = "081804"


def test_the_code_of_the_standard_fits() -> None:
    at = datetime.fromtimestamp(1111111109, UTC)
    assert two_factor.matching_step(RFC_SECRET, RFC_CODE, at) == 1111111109 // 30
    assert two_factor.matching_step(RFC_SECRET, "081 804", at) == 1111111109 // 30


def test_a_clock_one_step_off_is_tolerated_and_no_more() -> None:
    code = pyotp.TOTP(RFC_SECRET).at(NOON)
    step = int(NOON.timestamp()) // 30
    for seconds, fits in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        found = two_factor.matching_step(RFC_SECRET, code, NOON + timedelta(seconds=seconds))
        assert (found == step) is fits


@given(st.text(max_size=12))
def test_anything_may_be_typed(code: str) -> None:
    found = two_factor.matching_step(RFC_SECRET, code, NOON)
    assert found is None or two_factor.digits(code)


def test_recovery_codes_differ_and_are_found_however_typed() -> None:
    keyring = Keyring.make()
    codes = two_factor.new_recovery_codes()
    assert len(set(codes)) == 8
    assert all(len(code) == 9 for code in codes)
    typed = codes[0].lower().replace("-", " ")
    kept = two_factor.recovery_index(keyring, codes[0])
    assert kept in two_factor.recovery_indexes(keyring.rotated(), typed) or kept.startswith("i1")
    assert kept in two_factor.recovery_indexes(keyring, typed)


def test_the_picture_needs_no_style() -> None:
    picture = two_factor.enrolment_picture(RFC_SECRET, "wanglili")
    assert picture.startswith("<svg")
    assert "style=" not in picture
