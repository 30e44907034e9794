"""What people see of a number, a phone, a name and an address when there is no need for more.

The usual first 6 and last 4 of a document number hide only the birthday, and the checksum gives
most of that back; we show the first 3 and the last 2.
"""

import re
from datetime import date

NUMBER_HEAD = 3
NUMBER_TAIL = 2
PHONE_HEAD = 3
PHONE_TAIL = 4
HIDDEN = "****"
# An address is shown as far as the community; house and room number stay hidden.
# Estates call themselves 小镇 too: the first street or township counts, then its community.
COARSE_ADDRESS = re.compile(r"^.*?(?:街道|镇|乡|社区|村)(?:\D{0,12}?(?:社区|村))?")


def mask_number(number: str | None) -> str:
    if not number:
        return ""
    hidden = max(len(number) - NUMBER_HEAD - NUMBER_TAIL, 0)
    return number[:NUMBER_HEAD] + "*" * hidden + (number[-NUMBER_TAIL:] if hidden else "")


def mask_phone(phone: str | None) -> str:
    if not phone:
        return ""
    if len(phone) <= PHONE_HEAD + PHONE_TAIL:
        return HIDDEN
    return phone[:PHONE_HEAD] + HIDDEN + phone[-PHONE_TAIL:]


def mask_email(address: str | None) -> str:
    """The first letter and where the mailbox is."""
    name, _, host = (address or "").rpartition("@")
    return f"{name[:1]}{HIDDEN}@{host}" if name else ""


def mask_name(name: str | None) -> str:
    return f"{name[0]}*" if name else ""


def mask_address(address: str | None) -> str:
    if not address:
        return ""
    coarse = COARSE_ADDRESS.match(address)
    return (coarse.group() if coarse else "") + HIDDEN


def age(born_on: date | None, on: date) -> int | None:
    """Full years; someone born on 29 February has their birthday on 1 March."""
    if born_on is None:
        return None
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
