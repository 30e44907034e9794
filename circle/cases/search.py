"""One search for every list of people: a name, its initials, a whole document number or a phone.

A number is only ever compared by its keyed hash, so part of one finds nobody.
"""

import re
import unicodedata
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.sql.functions import Function

from circle.refusals import SearchUnreadable
from models.residents import Resident
from models.sealed import PHONE_DOMAIN, current_keyring, document_domain
from models.vocabulary.documents import UnreadableNumber, normalise_number, read_number

PHONE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
INITIALS = re.compile(r"[a-z]{1,20}", re.IGNORECASE)
LONGEST = 60
# The dots minority names are written with, and blanks: people type any of them or none.
DOTS = "·•‧∙⋅・．.。 \u3000"
WITHOUT_DOTS = str.maketrans(dict.fromkeys(DOTS))


def found_by(text: str, *, on: date) -> ColumnElement[bool]:
    """The residents `text` means; raises SearchUnreadable where it can mean nobody."""
    typed = unicodedata.normalize("NFKC", text).strip()[:LONGEST]
    if not typed:
        raise SearchUnreadable
    return and_(Resident.merged_into.is_(None), _meant(typed, on))


def _meant(typed: str, on: date) -> ColumnElement[bool]:
    number = normalise_number(typed)
    phone = PHONE.fullmatch(number)
    if phone:
        return Resident.phone_index.in_(current_keyring().indexes_of(PHONE_DOMAIN, phone[1]))
    if any(letter.isdigit() for letter in number):
        return _with_number(typed, on)
    if INITIALS.fullmatch(number):
        return or_(Resident.pinyin.startswith(number.lower(), autoescape=True), _named(typed))
    return _named(typed)


def _with_number(typed: str, on: date) -> ColumnElement[bool]:
    try:
        read = read_number(typed, on=on)
    except UnreadableNumber as error:
        raise SearchUnreadable from error
    domain = document_domain(read.document_type)
    return Resident.id_index.in_(current_keyring().indexes_of(domain, read.number))


def _named(typed: str) -> ColumnElement[bool]:
    key = typed.translate(WITHOUT_DOTS)
    if not key:
        raise SearchUnreadable
    bare: Function[str] = func.replace(func.replace(Resident.name, "·", ""), " ", "")
    return bare.contains(key, autoescape=True)
