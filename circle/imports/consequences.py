"""The effects of a batch, or of undoing it, as a page shows them: by rule, person by person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from circle.access.person import current_account
from circle.database import current_session, today
from circle.imports import hindsight, queries, told
from circle.places.queries import names_of
from circle.processes import is_gone
from circle.sentences import sentence, title
from models.imports import ImportBatch
from models.vocabulary.imports import BatchState, TrialState
from models.vocabulary.tasks import TaskKind

FIRST = 20  # shown at once; the others unfold


def awaits_word(batch: ImportBatch) -> bool:
    progress = batch.progress
    is_open = batch.state is BatchState.CHECKED and bool(progress.get("waits"))
    return is_open and progress.get("waits_for") == "word"


def effects_shown(batch: ImportBatch) -> dict[str, Any]:
    """`runs` while they are looked for; `whom` are the residents the page names."""
    found = batch.effects
    state = TrialState(found.get("state", TrialState.BROKEN))
    runs = state is TrialState.RUNNING and not is_gone(found["by"])
    if state is not TrialState.READY:
        return {"effects": None, "runs": runs, "trial": state, "whom": []}
    return _ready(found)


def undoing_shown(batch: ImportBatch) -> dict[str, Any]:
    """The same of taking it back; `asks` where nobody has asked, or the answer is an old one."""
    found, session = batch.effects, current_session()
    if hindsight.holds(session, batch, today()):
        return {**_ready(found), "asks": False, "found_at": datetime.fromisoformat(found["at"])}
    runs = hindsight.is_sought(batch)
    state = TrialState(found.get("state", TrialState.WAITING))
    asks = not runs and state in {TrialState.READY, TrialState.WAITING}
    return {"effects": None, "runs": runs, "trial": state, "whom": [], "asks": asks}


def _ready(found: dict[str, Any]) -> dict[str, Any]:
    examples, listed = found["examples"], found["listed"]
    ids = {one["resident"] for one in (*examples, *listed) if one["resident"] is not None}
    session = current_session()
    people = queries.people_of(session, current_account(), ids)
    codes = {code for one in listed for code in told.codes_in(one)}
    codes |= {one.lives_in for one in people.values() if one.lives_in}
    places = names_of(session, codes)
    return {
        "effects": found,
        "runs": False,
        "trial": TrialState.READY,
        "whom": sorted(people),
        "rules": _rules(found, people),
        "changes": _changes(listed, people, places),
        "place_names": places,
        "first": FIRST,
    }


def _rules(found: dict[str, Any], people: dict[int, queries.Known]) -> list[dict[str, Any]]:
    """Each rule that would do something: its counts, and its first tasks in words.

    What goes with a case is withdrawn to whoever looks at the list.
    """
    gone: dict[str, int] = found.get("gone", {})
    return [
        {
            "label": title(TaskKind(kind)),
            "counts": {**counts, "withdrawn": counts["withdrawn"] + gone.get(kind, 0)},
            "examples": [
                {
                    "verb": one["verb"],
                    "resident": one["resident"],
                    "who": people.get(one["resident"]),
                    "says": sentence(TaskKind(kind), one["evidence"]),
                }
                for one in found["examples"]
                if one["kind"] == kind
            ],
        }
        for kind, counts in found["rules"].items()
        if any(counts.values()) or gone.get(kind)
    ]


def _changes(
    listed: Sequence[dict[str, Any]], people: dict[int, queries.Known], places: dict[str, str]
) -> list[dict[str, Any]]:
    """Person by person, in the order of their weightiest change."""
    by_person: dict[int, list[str]] = {}
    for one in listed:
        said = told.change(one["what"], one["before"], one["after"], places)
        by_person.setdefault(one["resident"], []).append(said)
    return [
        {"resident": key, "who": people[key], "says": says}
        for key, says in by_person.items()
        if key in people
    ]
