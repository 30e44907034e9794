"""A life is a table: which verb leads from which states to which."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from enum import StrEnum
from typing import Generic, TypeVar

State = TypeVar("State", bound=StrEnum)


class IllegalMove(Exception):  # noqa: N818 - named for what happened, as the refusals are
    """The verb does not lead anywhere from this state."""

    def __init__(self, verb: str, state: StrEnum) -> None:
        super().__init__(f"{verb} is not possible from {state}")
        self.verb = verb
        self.state = state


class Lifecycle(Generic[State]):
    """Moves as (verb, states it may start from, state it leads to)."""

    def __init__(self, *moves: tuple[str, AbstractSet[State], State]) -> None:
        self._targets = {(verb, state): to for verb, states, to in moves for state in states}

    def __iter__(self) -> Iterator[tuple[str, State, State]]:
        return ((verb, state, to) for (verb, state), to in self._targets.items())

    def allows(self, verb: str, state: State) -> bool:
        return (verb, state) in self._targets

    def target(self, verb: str, state: State) -> State:
        """The state the verb leads to; raises IllegalMove."""
        try:
            return self._targets[verb, state]
        except KeyError:
            raise IllegalMove(verb, state) from None
