"""What a mini-form says, checked and typed; and the part of it that is kept as a document."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from circle.cases.statements import Wish
from models.vocabulary.cases import DifficultyCause
from models.vocabulary.documents import DocumentNumber
from models.vocabulary.registration import JobLoss
from models.vocabulary.residents import (
    CategoryCode,
    ConsentPurpose,
    WishedHours,
    WorkKind,
    WorkStatus,
)

# Which text of the consents was shown; a new text gets a new day.
WORDING = "2026-11-22"


@dataclass(frozen=True)
class Answers:
    """One submission; `uuid` is made by the client and makes sending it again harmless."""

    uuid: str
    division_code: str
    name: str
    document: DocumentNumber
    phone: str
    status: WorkStatus
    address: str | None = None
    status_since: date | None = None
    job_loss: JobLoss | None = None
    categories: tuple[CategoryCode, ...] = ()
    causes: tuple[DifficultyCause, ...] = ()
    wish: Wish = field(default_factory=Wish)
    note: str | None = None
    consents: tuple[ConsentPurpose, ...] = ()

    def as_document(self) -> dict[str, Any]:
        """What `registration.answers` keeps."""
        return {
            "job_loss": self.job_loss.value if self.job_loss else None,
            "categories": [code.value for code in self.categories],
            "causes": [cause.value for cause in self.causes],
            "wish": wish_document(self.wish),
            "consents": [purpose.value for purpose in self.consents],
            "wording": WORDING,
        }


def wish_document(wish: Wish) -> dict[str, Any]:
    return {**asdict(wish), "kinds": [kind.value for kind in wish.kinds]}


def wish_of(document: Mapping[str, Any]) -> Wish:
    """The wish as `wish_document` wrote it."""
    values = {name: document[name] for name in Wish.__dataclass_fields__ if name in document}
    hours = values.get("hours")
    return Wish(
        **{
            **values,
            "kinds": tuple(WorkKind(kind) for kind in values.get("kinds", ())),
            "hours": WishedHours(hours) if hours else None,
        }
    )
