"""Time-based codes (RFC 6238) and recovery codes: the second factor."""

import base64
import secrets
from datetime import datetime

import pyotp

from models.sealed import Keyring

STEP_SECONDS = 30
# A phone's clock may be one step ahead or behind.
TOLERATED_STEPS = (-1, 0, 1)
ISSUER = "15分钟就业服务圈"
RECOVERY_CODES = 8
RECOVERY_BYTES = 5
RECOVERY_DOMAIN = "recovery"


def new_secret() -> str:
    return str(pyotp.random_base32())


def matching_step(secret: str, code: str, at: datetime) -> int | None:
    """The 30-second step whose code this is; None where it fits none of those tolerated."""
    now = int(at.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    steps = (now + offset for offset in TOLERATED_STEPS)
    fitting = (step for step in steps if secrets.compare_digest(_code(totp, step), digits(code)))
    return next(fitting, None)


def enrolment_picture(secret: str, account_name: str) -> str:
    """The address an authenticator app scans, as SVG without style attributes."""
    address = pyotp.TOTP(secret, name=account_name, issuer=ISSUER).provisioning_uri()
    import segno  # noqa: PLC0415 - most web workers never draw a code

    picture = segno.make(address, error="m")
    return str(picture.svg_inline(scale=4, border=2, dark="#1e2826", omitsize=True))


def new_recovery_codes() -> list[str]:
    """Each is two groups of four letters and digits that cannot be mistaken for another."""
    words = (
        base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
        for _ in range(RECOVERY_CODES)
    )
    return [f"{word[:4]}-{word[4:]}" for word in words]


def recovery_index(keyring: Keyring, code: str) -> str:
    return keyring.index_of(RECOVERY_DOMAIN, _plain(code))


def recovery_indexes(keyring: Keyring, code: str) -> list[str]:
    return keyring.indexes_of(RECOVERY_DOMAIN, _plain(code))


def digits(code: str) -> str:
    """What was typed without blanks; anything but ASCII digits becomes nothing."""
    text = "".join(code.split())
    return text if text.isascii() and text.isdecimal() else ""


def _plain(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _code(totp: pyotp.TOTP, step: int) -> str:
    return str(totp.generate_otp(step))
