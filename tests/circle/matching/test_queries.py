"""A list with its reasons, as a worker asks for it."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from circle.matching import reasons as of
from circle.matching.queries import Fit, fitting_posts, why
from circle.matching.terms import reckon_posts, reckon_wishes, settle_rarity
from models.cases import Case
from models.places import Position
from models.policy import Policy
from models.posts import Post
from models.referrals import Referral, Resume
from models.residents import Intention
from models.seeking import PassedPost
from models.vocabulary.cases import CaseStage, RefusalReason
from models.vocabulary.facts import EducationLevel
from models.vocabulary.referrals import ReferralStage
from models.vocabulary.residents import CategoryCode, WishedHours, WorkKind, WorkStatus
from tests.circle.matching.conftest import ON, MakeWalk
from tests.factories import (
    NOON,
    OTHER_COMMUNITY,
    CaseFactory,
    CategoryFactory,
    DegreeFactory,
    PostFactory,
    ResidentFactory,
)
from tests.house.test_statements import statements


def wishes(session: Session, case: Case, **values: object) -> Intention:
    given = {"kinds": [], "recorded_on": ON, "resident_id": case.resident_id}
    wish = Intention(**{**given, **values})
    session.add(wish)
    session.flush()
    return wish


def cut(session: Session) -> None:
    reckon_posts(session)
    reckon_wishes(session)
    settle_rarity(session)


def titles(fits: list[Fit]) -> list[str]:
    return [fit.post.title for fit in fits]


def test_words_of_the_wish_outweigh_what_is_nearer(
    session: Session, policy: Policy, walk: MakeWalk
) -> None:
    case = CaseFactory()
    wishes(session, case, occupation="想找保洁的工作", pay_fen=300_000, minutes=30)
    for title, metres in (("电工", 100), ("清洁工", 1500), ("帮厨", 300), ("保洁", 9000)):
        PostFactory(published=True, title=title, position_id=walk(metres))
    cut(session)
    first, *others = fitting_posts(session, case, ON, policy)
    assert first.post.title == "清洁工"
    assert titles(others) == ["电工", "帮厨"]
    assert first.minutes == 19
    assert first.by_street
    assert of.WordsReason(("保洁", "家政服务类")) in first.reasons
    assert of.PayReason(400_000, 500_000, 300_000) in first.reasons
    assert of.WordsMissing() in others[0].missing


def test_the_list_takes_six_statements(session: Session, policy: Policy, walk: MakeWalk) -> None:
    case = CaseFactory()
    CategoryFactory(resident_id=case.resident_id)
    wishes(session, case, occupation="保洁")
    for metres in range(100, 130):
        PostFactory(published=True, position_id=walk(metres))
    cut(session)
    number = case.id
    session.expunge_all()
    again = session.get_one(Case, number)
    with statements(session) as heard:
        assert len(fitting_posts(session, again, ON, policy)) == 20
    assert len([text for text in heard if not text.startswith(("SAVEPOINT", "BEGIN"))]) <= 6


@pytest.mark.parametrize(
    ("metres", "fits"), [(1200, True), (1201, False)], ids=["on the edge", "behind it"]
)
def test_nobody_is_sent_further_than_they_would_walk(
    session: Session, policy: Policy, walk: MakeWalk, metres: int, fits: bool
) -> None:
    case = CaseFactory()
    wishes(session, case, minutes=15)
    PostFactory(published=True, position_id=walk(metres))
    assert bool(fitting_posts(session, case, ON, policy)) is fits


def test_a_post_nobody_knows_the_way_to_stays_in_its_street(
    session: Session, policy: Policy
) -> None:
    case = CaseFactory()
    PostFactory(published=True, title="同街道", division_code=OTHER_COMMUNITY)
    PostFactory(published=True, title="他街道", division_code="330110013001")
    new = Position(latitude=30.1, longitude=120.1)
    session.add(new)
    session.flush()
    PostFactory(published=True, title="新位置", position_id=new.id)
    fits = fitting_posts(session, case, ON, policy)
    assert titles(fits) == ["同街道", "新位置"]
    assert {fit.minutes for fit in fits} == {None}
    assert of.WayUnknown() in fits[0].missing


@pytest.mark.parametrize(
    "values",
    [
        {"published_on": None, "state": "received"},
        {"valid_until": date(2026, 11, 20)},
        {"hired_count": 2},
        {"kind": WorkKind.GIG},
        {"hours": WishedHours.EVENING},
        {"education": EducationLevel.BACHELOR},
    ],
    ids=lambda values: next(iter(values)),
)
def test_what_must_be_fulfilled(
    session: Session, policy: Policy, values: dict[str, object]
) -> None:
    case = CaseFactory()
    DegreeFactory(resident_id=case.resident_id, level=EducationLevel.COLLEGE, level_order=4)
    wishes(session, case, kinds=["full_time"], hours=WishedHours.DAY)
    fitting = {"kind": WorkKind.FULL_TIME, "hours": WishedHours.ANY}
    post = PostFactory(published=True, **fitting, education=EducationLevel.COLLEGE)
    assert titles(fitting_posts(session, case, ON, policy)) == [post.title]
    for name, value in values.items():
        setattr(post, name, value)
    session.flush()
    assert fitting_posts(session, case, ON, policy) == []


def test_what_is_not_known_excludes_nobody_and_is_said(session: Session, policy: Policy) -> None:
    case = CaseFactory()
    session.add(Resume(resident_id=case.resident_id, certificates=["健康证"]))
    PostFactory(
        published=True,
        education=EducationLevel.COLLEGE,
        certificates=["健康证", "低压电工证"],
        month_low_fen=None,
        month_high_fen=None,
    )
    (fit,) = fitting_posts(session, case, ON, policy)
    assert of.EducationUnknown(EducationLevel.COLLEGE) in fit.missing
    assert of.CertificateMissing("低压电工证") in fit.missing
    assert of.CertificateMissing("健康证") not in fit.missing
    assert of.PayUnknown() in fit.missing


@pytest.mark.parametrize(
    ("born_on", "seeks"),
    [
        (date(2010, 11, 21), True),
        (date(2010, 11, 22), False),
        (date(1966, 11, 21), True),
        (date(1960, 1, 1), False),
    ],
)
def test_age_counts_as_the_law_has_it(
    session: Session, policy: Policy, born_on: date, seeks: bool
) -> None:
    case = CaseFactory(resident=ResidentFactory(born_on=born_on))
    PostFactory(published=True)
    assert bool(fitting_posts(session, case, ON, policy)) is seeks


@pytest.mark.parametrize(
    "values",
    [{"stage": CaseStage.PLACED}, {"work_status": WorkStatus.NOT_SEEKING}],
    ids=["placed", "not seeking"],
)
def test_nothing_is_looked_for_whoever_does_not_seek(
    session: Session, policy: Policy, values: dict[str, object]
) -> None:
    case = CaseFactory(**values)
    PostFactory(published=True)
    assert fitting_posts(session, case, ON, policy) == []


@pytest.mark.parametrize(
    ("stage", "again"),
    [(ReferralStage.OFFERED, False), (ReferralStage.LAPSED, True)],
)
def test_a_post_somebody_was_put_forward_for_comes_again_only_after_silence(
    session: Session, policy: Policy, stage: ReferralStage, again: bool
) -> None:
    case, post = CaseFactory(), PostFactory(published=True)
    session.add(
        Referral(
            uuid="1",
            resident_id=case.resident_id,
            case_id=case.id,
            post_id=post.id,
            stage=stage,
            offered_on=ON,
            lapses_on=ON,
        )
    )
    session.flush()
    assert bool(fitting_posts(session, case, ON, policy)) is again


def test_a_post_that_was_passed_over_is_gone(session: Session, policy: Policy) -> None:
    case, post = CaseFactory(), PostFactory(published=True)
    session.add(
        PassedPost(
            resident_id=case.resident_id,
            post_id=post.id,
            reason=RefusalReason.PAY,
            passed_at=NOON,
        )
    )
    session.flush()
    assert fitting_posts(session, case, ON, policy) == []


def test_a_post_meant_for_the_persons_group_comes_first(session: Session, policy: Policy) -> None:
    case = CaseFactory()
    CategoryFactory(resident_id=case.resident_id, code=CategoryCode.HARD_TO_EMPLOY)
    PostFactory(published=True, title="普通")
    PostFactory(published=True, title="帮扶", helped=[CategoryCode.HARD_TO_EMPLOY.value])
    first, _ = fitting_posts(session, case, ON, policy)
    assert first.post.title == "帮扶"
    assert of.HelpedReason((CategoryCode.HARD_TO_EMPLOY,)) in first.reasons


def test_chosen_posts_are_explained_whether_or_not_they_fit(
    session: Session, policy: Policy, walk: MakeWalk
) -> None:
    case = CaseFactory()
    DegreeFactory(resident_id=case.resident_id, level=EducationLevel.COLLEGE, level_order=4)
    wishes(session, case, kinds=["gig"], minutes=10, pay_fen=900_000)
    near = PostFactory(published=True, position_id=walk(400))
    far: Post = PostFactory(position_id=walk(3000), education=EducationLevel.MASTER)
    first, second = why(session, case, [far, near], ON, policy)
    assert (first.post, second.post) == (far, near)
    assert first.missing == [
        of.EducationBelow(EducationLevel.MASTER, EducationLevel.COLLEGE),
        of.TooFar(38, 10),
        of.PayBelow(500_000, 900_000),
        of.KindUnlike(WorkKind.FULL_TIME),
    ]
    assert second.minutes == 5
    assert 0 <= first.score < second.score <= 100
