"""Whatever is done in whatever order, by two processes in turn, the vault holds what it should.

A state machine does random things through two workers and keeps a dictionary beside them.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.vault.workers import Clock, pieces, tree, worker
from vault_core.errors import ParcheminError
from vault_core.vault.vault import Vault

T = TypeVar("T")
Place = tuple[str, ...]
PART = st.sampled_from(["a", "b", "c"])
PATH = st.lists(PART, min_size=1, max_size=3).map(tuple)
SIZE = st.sampled_from([0, 1, 1000, 66_000, 70_000])
WHO = st.sampled_from([0, 1])


class TwoProcesses(RuleBasedStateMachine):
    """The vault beside a dictionary of paths: content of documents, None for folders."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.model: dict[Place, bytes | None] = {}
        self.trash: dict[bytes, dict[Place, bytes | None]] = {}
        self.vaults: list[Vault] = []
        self.turn = 0
        self.stack = AsyncExitStack()
        self.folder = tempfile.TemporaryDirectory()
        self.do(self._open())

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def _open(self) -> None:
        clock, data = Clock(), Path(self.folder.name)
        self.workers = [await self.stack.enter_async_context(worker(data, clock)) for _ in range(2)]
        first, token = await self.workers[0].enrol("ada")
        self.vaults = [first, await self.workers[1].open("ada", token)]

    def teardown(self) -> None:
        assert self.do(self.workers[0].maintenance.check()).problems == []
        self.do(self.stack.aclose())
        self.loop.close()
        self.folder.cleanup()

    def _holds(self, path: Place) -> bool:
        """Whether it is a folder that exists."""
        return not path or self.model.get(path, b"") is None

    def _below(self, top: Place) -> dict[Place, bytes | None]:
        return {path: data for path, data in self.model.items() if path[: len(top)] == top}

    def _take(self, top: Place) -> dict[Place, bytes | None]:
        found = self._below(top)
        for path in found:
            del self.model[path]
        return found

    def attempt(self, allowed: bool, work: Coroutine[Any, Any, T]) -> T | None:
        """Do it; it succeeds exactly if the model allows it."""
        if allowed:
            return self.do(work)
        with pytest.raises(ParcheminError):
            self.do(work)
        return None

    async def _fresh(self, who: int) -> Vault:
        await self.vaults[who].refresh()
        return self.vaults[who]

    @rule(who=WHO, path=PATH)
    def make_folder(self, who: int, path: Place) -> None:
        allowed = self._holds(path[:-1]) and path not in self.model
        self.attempt(allowed, self.do(self._fresh(who)).make_folder(path))
        if allowed:
            self.model[path] = None

    @rule(who=WHO, path=PATH, size=SIZE)
    def write(self, who: int, path: Place, size: int) -> None:
        data = os.urandom(size)
        allowed = self._holds(path[:-1]) and not (path in self.model and self._holds(path))
        self.attempt(allowed, self.do(self._fresh(who)).write(path, pieces(data)))
        if allowed:
            self.model[path] = data

    @rule(who=WHO, path=PATH)
    def delete(self, who: int, path: Place) -> None:
        allowed = path in self.model
        vault = self.do(self._fresh(who))
        node = self.do(vault.find(path)) if allowed else None
        self.attempt(allowed, vault.delete(path))
        if node is not None:
            self.trash[node.id] = {p[len(path) - 1 :]: d for p, d in self._take(path).items()}

    @rule(who=WHO, source=PATH, to=PATH, overwrite=st.booleans(), moving=st.booleans())
    def transfer(self, who: int, source: Place, to: Place, overwrite: bool, moving: bool) -> None:
        inside = to[: len(source)] == source or source[: len(to)] == to
        allowed = (
            source in self.model and not inside and self._holds(to[:-1])
            and (overwrite or to not in self.model)
        )  # fmt: skip
        vault = self.do(self._fresh(who))
        replaced = self.do(vault.find(to)) if allowed and to in self.model else None
        change = vault.move if moving else vault.copy
        self.attempt(allowed, change(source, to, overwrite=overwrite))
        if not allowed:
            return
        if replaced is not None:
            taken = self._take(to)
            self.trash[replaced.id] = {p[len(to) - 1 :]: d for p, d in taken.items()}
        carried = self._take(source) if moving else self._below(source)
        self.model |= {to + path[len(source) :]: data for path, data in carried.items()}

    @rule(who=WHO, choose=st.randoms(use_true_random=False))
    def restore(self, who: int, choose: Any) -> None:
        """It comes back somewhere, whole, under its own name or a numbered one."""
        if not self.trash:
            return
        node = choose.choice(sorted(self.trash))
        kept = self.trash.pop(node)
        vault = self.do(self._fresh(who))
        back = self.do(vault.restore(node))  # type: ignore[arg-type]
        path = self.do(vault.path_of(back.id))
        assert path not in self.model
        assert self._holds(path[:-1])
        self.model |= {path + old[1:]: data for old, data in kept.items()}

    @rule(who=WHO, choose=st.randoms(use_true_random=False))
    def purge(self, who: int, choose: Any) -> None:
        if self.trash:
            node = choose.choice(sorted(self.trash))
            del self.trash[node]
            self.do(self.do(self._fresh(who)).purge(node))  # type: ignore[arg-type]

    @invariant()
    def the_vault_is_the_model(self) -> None:
        """The processes look in turn, so that each has several changes to take over."""
        self.turn = (self.turn + 1) % 3
        if self.turn != 2:
            assert self.do(tree(self.do(self._fresh(self.turn)))) == self.model

    @invariant()
    def the_trash_is_what_was_deleted(self) -> None:
        assert {node.id for node in self.do(self.vaults[0].trash())} == set(self.trash)


TestTwoProcesses = TwoProcesses.TestCase
TestTwoProcesses.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
