"""Why a post fits somebody and what is missing: values, put in words when they are shown."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from circle.matching.components import Ask
from circle.matching.conditions import hours_suiting, kinds_wanted, levels_reached
from circle.matching.seekers import Seeker
from models.posts import Post
from models.vocabulary.facts import EducationLevel
from models.vocabulary.posts import PayUnit
from models.vocabulary.residents import CategoryCode, WishedHours, WorkKind


@dataclass(frozen=True)
class WordsReason:
    """Words of the wish that stand in the post, the most telling first."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class PayReason:
    """Fen a month; the post reaches what is wished for.

    `is_reckoned`: paid by the hour or the day, and this much only for a whole month of full days.
    """

    low: int
    high: int
    wished: int
    is_reckoned: bool = False


@dataclass(frozen=True)
class HoursReason:
    hours: WishedHours


@dataclass(frozen=True)
class KindReason:
    kind: WorkKind


@dataclass(frozen=True)
class HelpedReason:
    """The post is meant for these groups."""

    groups: tuple[CategoryCode, ...]


@dataclass(frozen=True)
class EducationReason:
    """The post asks for a level that is reached."""

    asked: EducationLevel


@dataclass(frozen=True)
class CertificateMissing:
    name: str


@dataclass(frozen=True)
class EducationUnknown:
    asked: EducationLevel


@dataclass(frozen=True)
class EducationBelow:
    asked: EducationLevel
    reached: EducationLevel


@dataclass(frozen=True)
class PayBelow:
    """Fen a month; `is_reckoned` as in PayReason."""

    high: int
    wished: int
    is_reckoned: bool = False


@dataclass(frozen=True)
class PayUnknown:
    pass


@dataclass(frozen=True)
class WordsMissing:
    """Nothing of the wish stands in the post."""


@dataclass(frozen=True)
class WayUnknown:
    pass


@dataclass(frozen=True)
class TooFar:
    """Minutes on foot, and those the person would walk."""

    minutes: int
    wished: int


@dataclass(frozen=True)
class HoursUnlike:
    hours: WishedHours


@dataclass(frozen=True)
class KindUnlike:
    kind: WorkKind


Reason = WordsReason | PayReason | HoursReason | KindReason | HelpedReason | EducationReason
Missing = (
    CertificateMissing
    | EducationUnknown
    | EducationBelow
    | PayBelow
    | PayUnknown
    | WordsMissing
    | WayUnknown
    | TooFar
    | HoursUnlike
    | KindUnlike
)


@dataclass(frozen=True)
class View:
    """A post as one person sees it."""

    ask: Ask
    post: Post
    minutes: int | None
    words: tuple[str, ...]

    @property
    def seeker(self) -> Seeker:
        return self.ask.seeker


def reasons_of(view: View) -> list[Reason]:
    return [reason for says in REASONS for reason in says(view)]


def missing_in(view: View) -> list[Missing]:
    return [missing for says in MISSING for missing in says(view)]


def _words(view: View) -> Iterator[WordsReason]:
    if view.words:
        yield WordsReason(view.words)


def _pay(view: View) -> Iterator[PayReason]:
    pay, wished = _monthly(view.post), view.seeker.pay_fen
    if pay and wished and pay[1] >= wished:
        yield PayReason(*pay, wished, _is_reckoned(view.post))


def _hours(view: View) -> Iterator[HoursReason]:
    hours, wished = view.post.hours, view.seeker.hours
    if hours and wished not in {None, WishedHours.ANY} and hours in hours_suiting(view.seeker):
        yield HoursReason(hours)


def _kind(view: View) -> Iterator[KindReason]:
    if view.seeker.kinds and view.post.kind in kinds_wanted(view.seeker):
        yield KindReason(view.post.kind)


def _helped(view: View) -> Iterator[HelpedReason]:
    meant = view.seeker.categories.intersection(view.post.helped)
    if meant:
        yield HelpedReason(tuple(code for code in CategoryCode if code.value in meant))


def _education(view: View) -> Iterator[EducationReason]:
    asked = view.post.education
    if asked and view.seeker.education and asked in levels_reached(view.seeker):
        yield EducationReason(asked)


def _certificates(view: View) -> Iterator[CertificateMissing]:
    for name in view.post.certificates:
        if name not in view.seeker.skills:
            yield CertificateMissing(name)


def _education_missing(view: View) -> Iterator[EducationUnknown | EducationBelow]:
    asked, reached = view.post.education, view.seeker.education
    if asked is None:
        return
    if reached is None:
        yield EducationUnknown(asked)
    elif asked not in levels_reached(view.seeker):
        yield EducationBelow(asked, tuple(EducationLevel)[reached - 1])


def _pay_missing(view: View) -> Iterator[PayBelow | PayUnknown]:
    pay, wished = _monthly(view.post), view.seeker.pay_fen
    if pay is None:
        yield PayUnknown()
    elif wished and pay[1] < wished:
        yield PayBelow(pay[1], wished, _is_reckoned(view.post))


def _words_missing(view: View) -> Iterator[WordsMissing]:
    if view.seeker.words and not view.words:
        yield WordsMissing()


def _way_missing(view: View) -> Iterator[WayUnknown | TooFar]:
    most = view.seeker.metres(view.ask.policy) // view.ask.policy.walking_metres_a_minute
    if view.minutes is None:
        yield WayUnknown()
    elif view.minutes > most:
        yield TooFar(view.minutes, most)


def _unlike(view: View) -> Iterator[HoursUnlike | KindUnlike]:
    if view.post.hours and view.post.hours not in hours_suiting(view.seeker):
        yield HoursUnlike(view.post.hours)
    if view.post.kind not in kinds_wanted(view.seeker):
        yield KindUnlike(view.post.kind)


REASONS: Sequence[Callable[[View], Iterator[Reason]]] = (
    _words,
    _pay,
    _helped,
    _hours,
    _kind,
    _education,
)
MISSING: Sequence[Callable[[View], Iterator[Missing]]] = (
    _certificates,
    _education_missing,
    _way_missing,
    _pay_missing,
    _unlike,
    _words_missing,
)


def _is_reckoned(post: Post) -> bool:
    """Somebody who works half days earns half of what is reckoned."""
    return post.pay_unit in {PayUnit.HOUR, PayUnit.DAY}


def _monthly(post: Post) -> tuple[int, int] | None:
    """The range in fen a month; None where pay is to be negotiated."""
    known = [fen for fen in (post.month_low_fen, post.month_high_fen) if fen is not None]
    return (min(known), max(known)) if known else None
