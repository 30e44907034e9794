"""A post as its sender fills it in, whichever door it comes by."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from circle.posts.pay import Pay
from circle.posts.titles import title_key
from models.posts import Post
from models.vocabulary.facts import EducationLevel
from models.vocabulary.residents import CategoryCode, WishedHours, WorkKind


@dataclass(frozen=True)
class PostDetails:
    """`position_id` is of a position that is kept (circle.places.operations.position_at)."""

    title: str
    kind: WorkKind
    pay: Pay
    division_code: str
    valid_until: date
    headcount: int = 1
    occupation_code: str | None = None
    hours: WishedHours | None = None
    shifts: str | None = None
    description: str | None = None
    education: EducationLevel | None = None
    skills: str | None = None
    certificates: list[str] = field(default_factory=list)
    helped: list[CategoryCode] = field(default_factory=list)
    insurance_paid: bool | None = None
    address: str | None = None
    position_id: int | None = None
    contact: str | None = None
    contact_phone: str | None = None

    @classmethod
    def of(cls, post: Post) -> "PostDetails":
        pay = Pay(post.pay_unit, post.pay_low_fen, post.pay_high_fen, post.pay_months)
        same = {name: getattr(post, name) for name in SAME_NAMES}
        helped = [CategoryCode(word) for word in post.helped]
        return cls(pay=pay, **{**same, "helped": helped, "certificates": [*post.certificates]})

    def columns(self) -> dict[str, Any]:
        """What the post's row holds of it."""
        month_low, month_high = self.pay.by_month()
        return {
            **{name: getattr(self, name) for name in SAME_NAMES},
            "helped": [code.value for code in self.helped],
            "title_key": title_key(self.title),
            "pay_unit": self.pay.unit,
            "pay_low_fen": self.pay.low_fen,
            "pay_high_fen": self.pay.high_fen,
            "pay_months": self.pay.months,
            "month_low_fen": month_low,
            "month_high_fen": month_high,
        }


SAME_NAMES = (
    "title",
    "kind",
    "division_code",
    "valid_until",
    "headcount",
    "occupation_code",
    "hours",
    "shifts",
    "description",
    "education",
    "skills",
    "certificates",
    "insurance_paid",
    "address",
    "position_id",
    "contact",
    "contact_phone",
)
