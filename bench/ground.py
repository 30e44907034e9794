"""What the works of one database stand on: its worlds, made at the first need and shared."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.installations import Installation, copy_of, installation
from bench.process import run
from bench.sizes import Sizes


@dataclass
class Ground(AbstractContextManager["Ground"]):
    """The whole world of a database lasts as long as its ground; nothing is left of it behind."""

    backend: str
    sizes: Sizes
    folder: Path
    is_swept: bool = False
    worlds: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.worlds.close()

    @cached_property
    def whole(self) -> tuple[Installation, dict[str, Any]]:
        """The district at its full size, and how many residents and tasks it has."""
        place = self.worlds.enter_context(installation(self.backend, self.folder))
        return place, run("bench.world:whole", place.environ, residents=self.sizes.residents)

    def sweep(self) -> dict[str, Any]:
        place, _ = self.whole
        found = run("bench.sweeps:run", place.environ)
        self.is_swept = True
        return found

    def swept(self) -> Installation:
        """The whole district with its reminders raised."""
        if not self.is_swept:
            self.sweep()
        return self.whole[0]

    @contextmanager
    def small(self) -> Iterator[Installation]:
        """A district of so many times fewer residents, with its reminders raised."""
        with installation(self.backend, self.folder) as place:
            run("bench.world:whole", place.environ, residents=self.sizes.fewer_residents)
            run("bench.sweeps:run", place.environ)
            yield place

    @contextmanager
    def empty(self) -> Iterator[Installation]:
        with installation(self.backend, self.folder) as place:
            yield place

    @contextmanager
    def copy(self) -> Iterator[Installation]:
        with copy_of(self.whole[0], self.folder) as place:
            yield place
