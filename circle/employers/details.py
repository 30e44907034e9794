"""An employer as somebody fills it in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EmployerDetails:
    """`uscc` is None for a shop too small to have one at hand."""

    name: str
    division_code: str
    uscc: str | None = None
    is_agency: bool = False
    address: str | None = None
    position_id: int | None = None
    contact: str | None = None
    contact_phone: str | None = None
