"""The versioned facts each source brings: where they stand and what makes two of them equal."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Boolean, Column, Enum, LargeBinary, String, Table
from sqlalchemy.types import TypeEngine

from circle.imports.sources.base import ENDED
from circle.imports.staging import counted, numbered, temporary
from models.base import BigKey
from models.facts import (
    BenefitSpell,
    Degree,
    EmploymentSpell,
    RegisterEntry,
    Subsistence,
    UnemploymentSpell,
)
from models.residents import HouseholdMember
from models.sealed import ADDRESS_DOMAIN, current_keyring
from models.vocabulary.documents import normalise_number
from models.vocabulary.facts import EducationLevel, Source

HEAD = "户主"
LEVEL_ORDER = {level.value: order for order, level in enumerate(EducationLevel, start=1)}
ADDRESS_PLACE = "register_entry.address_sealed"

Builder = Callable[[pd.DataFrame, date], pd.DataFrame]


@dataclass(frozen=True)
class FactTable:
    """A table of versioned facts and how a source's rows fill it.

    `key`, beside the resident, tells two current facts apart; `sealed` are
    written and never compared. `builds` makes these columns and `p` from acceptable rows and the
    batch's day, keeping the rows' index.
    """

    model: Any
    key: tuple[str, ...]
    compared: tuple[str, ...]
    builds: Builder
    sealed: tuple[str, ...] = ()
    # Stands beside ended_on where the sender gave no day: then any earlier end is as good.
    guesses_end: bool = False
    staged: Table = field(init=False)
    known: Table = field(init=False)
    departing: Table = field(init=False)

    def __post_init__(self) -> None:
        name = self.table.name
        written = [Column(column, self._plain_type(column)) for column in self.written]
        extra: list[Column[Any]] = [Column("end_is_guess", Boolean())] if self.guesses_end else []
        if "household_id" in self.compared:
            extra.append(Column("household_number", String(40)))
        tables = {
            "staged": (
                numbered("f"),
                Column("p", BigKey),
                Column("resident_id", BigKey, index=True),
            ),
            "known": (numbered("f"), Column("current_id", BigKey), Column("change", BigKey)),
            "departing": (
                counted("d"),
                Column("current_id", BigKey),
                Column("resident_id", BigKey),
            ),
        }
        for attribute, columns in tables.items():
            more = [*written, *extra] if attribute == "staged" else []
            object.__setattr__(self, attribute, temporary(f"{attribute}_{name}", *columns, *more))

    @property
    def table(self) -> Table:
        table: Table = self.model.__table__
        return table

    @property
    def written(self) -> tuple[str, ...]:
        return (*self.key, *self.compared, *self.sealed)

    def _plain_type(self, column: str) -> TypeEngine[Any]:
        """Without the CHECK of an enumeration and without opening what is sealed."""
        kind = self.table.c[column].type
        if column in self.sealed:
            return LargeBinary()
        return String(40) if isinstance(kind, Enum) else kind


def _register_entries(rows: pd.DataFrame, _day: date) -> pd.DataFrame:
    keyring = current_keyring()
    addresses = [None if pd.isna(text) else str(text) for text in rows["address"]]
    return pd.DataFrame(
        {
            "p": rows["p"],
            "division_code": rows["division"],
            "status": rows["register_status"],
            "status_on": rows["status_on"],
            "address_index": pd.Series(
                [text and keyring.index_of(ADDRESS_DOMAIN, text) for text in addresses],
                index=rows.index,
                dtype="str",
            ),
            "address_sealed": pd.Series(
                [text and keyring.seal_text(text, ADDRESS_PLACE) for text in addresses],
                index=rows.index,
                dtype=object,
            ),
        }
    )


def _members(rows: pd.DataFrame, _day: date) -> pd.DataFrame:
    rows = rows[rows["household_number"].notna()]
    relation = rows["relation"].fillna("")
    own = rows["head_number"].fillna("").map(normalise_number) == rows["number"]
    return pd.DataFrame(
        {
            "p": rows["p"],
            "household_number": rows["household_number"],
            "relation": rows["relation"],
            "is_head": relation.eq(HEAD) | (relation.isin(["", "本人"]) & own),
        }
    )


def _support(rows: pd.DataFrame, _day: date) -> pd.DataFrame:
    return _picked(
        rows,
        certificate="certificate",
        relation="relation",
        reason="reason",
        from_month="from_month",
        amount_fen="amount_fen",
        ability="ability",
        kind="subsistence_kind",
        division_code="division",
    )


def _unemployment_spells(rows: pd.DataFrame, day: date) -> pd.DataFrame:
    spells = _picked(
        rows,
        registered_on="registered_on",
        unemployed_since="unemployed_since",
        reason="reason",
        registered_division="registered_division",
        lives_in="lives_in",
        ended_on="ended_on",
        end_reason="end_reason",
    )
    return _with_end(spells, rows, day)


def _employment_spells(rows: pd.DataFrame, day: date) -> pd.DataFrame:
    spells = _picked(
        rows,
        registered_on="registered_on",
        employer="employer_name",
        uscc="uscc",
        form="form",
        contract_from="contract_from",
        contract_to="contract_to",
    )
    spells["ended_on"] = rows["ended_on"].fillna(rows["contract_to"])
    return _with_end(spells, rows, day)


def _with_end(spells: pd.DataFrame, rows: pd.DataFrame, day: date) -> pd.DataFrame:
    """Ended on the day the sender gives, else on the batch's; open ones have no end."""
    ended = rows["valid"].eq(ENDED).fillna(value=False).astype(bool)
    spells["is_open"] = ~ended
    spells["end_is_guess"] = ended & spells["ended_on"].isna()
    spells["ended_on"] = spells["ended_on"].fillna(pd.Timestamp(day)).where(ended)
    if "end_reason" in spells:
        spells["end_reason"] = spells["end_reason"].where(ended)
    return spells


def _benefits(rows: pd.DataFrame, _day: date) -> pd.DataFrame:
    return _picked(rows, kind="benefit_kind", from_month="from_month", to_month="to_month")


def _degrees(rows: pd.DataFrame, _day: date) -> pd.DataFrame:
    degrees = _picked(
        rows,
        level="level",
        graduated_on="graduated_on",
        school="school",
        major="major",
        entered_on="entered_on",
        study_form="study_form",
        certificate="certificate",
    )
    degrees["level_order"] = degrees["level"].map(LEVEL_ORDER).astype("Int64")
    return degrees


def _picked(rows: pd.DataFrame, **columns: str) -> pd.DataFrame:
    """The rows' columns under the table's names, and whom they are about."""
    picked = rows[["p", *columns.values()]].copy()
    picked.columns = pd.Index(["p", *columns])
    return picked


REGISTER = FactTable(
    RegisterEntry,
    (),
    ("division_code", "status", "status_on", "address_index"),
    _register_entries,
    sealed=("address_sealed",),
)
MEMBERS = FactTable(HouseholdMember, (), ("household_id", "relation", "is_head"), _members)

# The first table of a source is the one whose ends are counted.
FACTS: dict[Source, tuple[FactTable, ...]] = {
    Source.HOUSEHOLD: (REGISTER, MEMBERS),
    Source.SUBSISTENCE: (
        FactTable(
            Subsistence,
            (),
            (
                "kind",
                "division_code",
                "certificate",
                "relation",
                "reason",
                "from_month",
                "amount_fen",
                "ability",
            ),
            _support,
        ),
    ),
    Source.UNEMPLOYMENT: (
        FactTable(
            UnemploymentSpell,
            ("registered_on",),
            (
                "unemployed_since",
                "reason",
                "registered_division",
                "lives_in",
                "is_open",
                "ended_on",
                "end_reason",
            ),
            _unemployment_spells,
            guesses_end=True,
        ),
    ),
    Source.EMPLOYMENT: (
        FactTable(
            EmploymentSpell,
            ("registered_on",),
            ("employer", "uscc", "form", "contract_from", "contract_to", "is_open", "ended_on"),
            _employment_spells,
            guesses_end=True,
        ),
    ),
    Source.BENEFITS: (FactTable(BenefitSpell, ("kind", "from_month"), ("to_month",), _benefits),),
    Source.EDUCATION: (
        FactTable(
            Degree,
            ("level", "graduated_on"),
            ("level_order", "school", "major", "entered_on", "study_form", "certificate"),
            _degrees,
        ),
    ),
}


def staged_frame(
    fact: FactTable, rows: pd.DataFrame, persons: pd.DataFrame, day: date
) -> pd.DataFrame:
    """The fact's staged rows by person, with `f`, the resident and `row`, whence each came."""
    built = fact.builds(rows, day)
    built["row"] = built.index.to_numpy()
    built["resident_id"] = persons["resident_id"].take(built["p"].to_numpy()).array
    built = built.sort_values("p", kind="stable", ignore_index=True)
    # Two documents may have been found to be one resident: the first row speaks then.
    who = built["resident_id"].fillna(-1 - built["p"])
    twice = built.assign(who=who).duplicated(["who", *fact.key])
    built = built[~twice].reset_index(drop=True)
    return built.assign(f=np.arange(len(built)))
