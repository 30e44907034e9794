"""Every act the code writes into the audit trail has its words."""

import re
from pathlib import Path

from circle.access.acts import ACTS
from models.vocabulary.privacy import RevealField

ACT = re.compile(r'f?"([a-z_]+:[a-z_{}.]+:[a-z_]+)"')
CODE = Path(__file__).parents[2] / "circle"


def written() -> set[str]:
    sources = (path.read_text(encoding="utf-8") for path in CODE.rglob("*.py"))
    found = {act for source in sources for act in ACT.findall(source)}
    revealing = {f"resident:{field}:reveal" for field in RevealField}
    return {act for act in found if "{" not in act} | revealing


def test_every_act_has_words_for_the_auditor() -> None:
    assert sorted(written() - set(ACTS)) == []


def test_an_act_is_a_resource_its_part_and_what_was_done() -> None:
    assert all(act.count(":") == 2 and len(act) <= 60 for act in ACTS)
