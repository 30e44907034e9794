"""Who each row is about: document, name, and whether what else it says of them agrees."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from circle.imports.cells import is_blank, read_birth, read_word, squeezed
from circle.imports.columns import BLANK_CELLS, Flags, Names, name_column, read_each, series
from circle.imports.findings import Findings
from circle.imports.identity import OUTCOMES, SEXES, TYPES, Identities, read_numbers
from circle.imports.sources.base import DOCUMENTS
from circle.imports.sources.base import SEXES as SEX_WORDS
from circle.imports.tables import DataRows
from models.vocabulary.imports import RejectCode


@dataclass(frozen=True)
class Persons:
    ids: Identities
    names: Names
    stated: Flags  # the row says sex or birth date itself

    def name_keys(self) -> pd.Series:
        return series(self.names.keys)

    def columns(self) -> dict[str, object]:
        """The columns every source has; missing where the number failed."""
        ids, passed = self.ids, self.ids.passed
        numbers = pc.if_else(pa.array(passed), ids.numbers, pa.scalar(None, pa.string()))
        born = ids.born.astype("datetime64[s]")
        return {
            "document_type": _chosen(TYPES, ids.document_type, passed),
            "number": series(numbers),
            "name": series(self.names.stored),
            "name_key": self.name_keys(),
            "born_on": np.where(passed, born, np.datetime64("NaT", "s")),
            "sex": _chosen(SEXES, ids.sex, passed),
            "stated_sex_born": self.stated,
        }


def read_persons(rows: DataRows, findings: Findings, on: date) -> Persons:
    """A number that is refused gets one code, and then nothing is compared with it."""
    kinds = read_each(rows.text("document_kind"), squeezed)
    unsupported = kinds.flags(lambda kind: not is_blank(kind) and kind not in DOCUMENTS)
    findings.add(unsupported, RejectCode.DOCUMENT_UNSUPPORTED, "document_kind")
    ids = read_numbers(_numbers(rows), on=on, numeric=rows.is_number("number"))
    for code, outcome in enumerate(OUTCOMES):
        if outcome is not None:
            findings.add((ids.outcome == code) & ~unsupported, outcome, "number")
    names = name_column(rows.text("name"))
    missing = names.stored.is_null().to_numpy(zero_copy_only=False) & ~names.unreadable
    findings.add(missing, RejectCode.NAME_MISSING, "name")
    findings.add(names.unreadable, RejectCode.VALUE_UNREADABLE, "name")
    says_sex = _compare_sex(findings, ids, ids.passed & ~unsupported)
    says_birth = _compare_birth(findings, ids, ids.passed & ~unsupported)
    return Persons(ids, names, says_sex | says_birth)


def _numbers(rows: DataRows) -> pa.Array:
    """无 and / in a number's cell say that there is none."""
    texts = rows.text("number")
    return pc.if_else(pc.is_in(texts, BLANK_CELLS), "", texts)


def _compare_sex(findings: Findings, ids: Identities, comparable: Flags) -> Flags:
    stated = findings.read(
        "sex", lambda text: read_word(text, SEX_WORDS), RejectCode.VALUE_UNREADABLE
    )
    places = np.array(
        [-1 if sex is None else SEXES.index(sex) for sex in stated.distinct], dtype=np.int8
    )[stated.places]
    differs = (places >= 0) & (places != ids.sex)
    findings.add(differs & comparable, RejectCode.ID_SEX_MISMATCH, "sex")
    says: Flags = places >= 0
    return says


def _compare_birth(findings: Findings, ids: Identities, comparable: Flags) -> Flags:
    stated = findings.read("born_on", read_birth, RejectCode.DATE_UNREADABLE)
    days = [(None, False) if birth is None else birth for birth in stated.distinct]
    born = np.array([day for day, _ in days], dtype="datetime64[D]")[stated.places]
    has_day = np.array([has for _, has in days], dtype=bool)[stated.places]
    months = born.astype("datetime64[M]") != ids.born.astype("datetime64[M]")
    differs = np.where(has_day, born != ids.born, months) & ~np.isnat(born)
    findings.add(differs & comparable, RejectCode.ID_BIRTH_MISMATCH, "born_on")
    says: Flags = ~np.isnat(born)
    return says


def _chosen(words: tuple[str, ...], places: np.ndarray, passed: Flags) -> "pd.Categorical[str]":
    codes = np.where(passed, places, -1)
    return pd.Categorical.from_codes(codes, categories=pd.Index([str(word) for word in words]))
