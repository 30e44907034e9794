"""Lives are tables: every verb leads somewhere, and nothing else does."""

from enum import StrEnum

import pytest

from models.vocabulary.cases import CASE_LIFECYCLE, CASE_STAGES, REGISTRATION_LIFECYCLE
from models.vocabulary.imports import BATCH_LIFECYCLE
from models.vocabulary.jobs import JOB_LIFECYCLE
from models.vocabulary.lifecycle import IllegalMove, Lifecycle
from models.vocabulary.tasks import TASK_LIFECYCLE, TaskState, TaskVerb

LIVES = [
    CASE_LIFECYCLE,
    CASE_STAGES,
    REGISTRATION_LIFECYCLE,
    BATCH_LIFECYCLE,
    JOB_LIFECYCLE,
    TASK_LIFECYCLE,
]


@pytest.mark.parametrize("life", LIVES)
def test_a_verb_leads_only_where_the_table_says(life: Lifecycle[StrEnum]) -> None:
    moves = {(verb, state): to for verb, state, to in life}
    for verb in {verb for verb, _ in moves}:
        for state in type(next(iter(moves.values()))):
            assert life.allows(verb, state) == ((verb, state) in moves)
            if life.allows(verb, state):
                assert life.target(verb, state) is moves[verb, state]
            else:
                with pytest.raises(IllegalMove):
                    life.target(verb, state)


@pytest.mark.parametrize("life", LIVES)
def test_an_unknown_verb_leads_nowhere(life: Lifecycle[StrEnum]) -> None:
    _, state, _ = next(iter(life))
    with pytest.raises(IllegalMove, match="vanish"):
        life.target("vanish", state)


def test_every_verb_of_a_task_but_raising_is_in_its_table() -> None:
    assert {verb for verb, _, _ in TASK_LIFECYCLE} == set(TaskVerb) - {TaskVerb.RAISE}


def test_only_an_open_task_is_snoozed_or_handed_over() -> None:
    for verb in (TaskVerb.SNOOZE, TaskVerb.HAND_OVER):
        allowed = [state for state in TaskState if TASK_LIFECYCLE.allows(verb, state)]
        assert allowed == [TaskState.OPEN]
