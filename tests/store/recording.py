"""A catalog that remembers what was asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from vault_core.store.catalog import Catalog, Later, Row, Unit

T = TypeVar("T")
P = ParamSpec("P")


class Recording:
    """`Catalog` over another one; `asked` has every statement, in the order of the first time."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.asked: dict[str, None] = {}

    async def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        self.asked[sql] = None
        return await self._catalog.fetch(sql, parameters)

    async def point(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        self.asked[sql] = None
        return await self._catalog.point(sql, parameters)

    async def few(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        self.asked[sql] = None
        return await self._catalog.few(sql, parameters)

    async def commit(self, unit: Callable[P, Unit[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        def listening() -> Unit[T]:
            inside = unit(*args, **kwargs)
            try:
                statement = next(inside)
                while True:
                    self.asked[statement[0]] = None
                    if type(statement) is Later:
                        self.asked[statement.together([statement.parameters] * 3)[0]] = None
                    try:
                        rows = yield statement
                    except Exception as error:  # noqa: BLE001 - the unit's
                        statement = inside.throw(error)
                    else:
                        statement = inside.send(rows)
            except StopIteration as end:
                result: T = end.value
                return result

        return await self._catalog.commit(listening)

    def generation(self) -> object:
        return self._catalog.generation()

    async def close(self) -> None:
        await self._catalog.close()
