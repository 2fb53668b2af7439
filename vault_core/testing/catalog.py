"""What every `Catalog` keeps to, as tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
import pytest_asyncio

from vault_core.errors import Conflict, StoreError
from vault_core.store.catalog import Catalog, Later, Put, Unit

OpenCatalog = Callable[[], Awaitable[Catalog]]


def insert(name: str, value: str) -> Unit[str]:
    """A new row of the table `settings`; gives back its name."""
    yield "INSERT INTO settings (name, value) VALUES (?, ?)", (name, value)
    return name


def increment(name: str) -> Unit[int]:
    """Read a number and write the next one: what only serialised units get right."""
    rows = yield "SELECT value FROM settings WHERE name = ?", (name,)
    number = int(rows[0][0]) + 1
    yield "UPDATE settings SET value = ? WHERE name = ?", (str(number), name)
    return number


def insert_then_raise(name: str, error: Exception) -> Unit[None]:
    """Write a row, then fail."""
    yield from insert(name, "to be undone")
    raise error


def insert_twice(first: str, second: str) -> Unit[None]:
    """Two rows that belong together."""
    yield from insert(first, "1")
    yield from insert(second, "2")


def insert_or_read(name: str, value: str) -> Unit[str]:
    """Handle the conflict inside the unit, then go on with statements."""
    try:
        yield from insert(name, value)
    except Conflict:
        rows = yield "SELECT value FROM settings WHERE name = ?", (name,)
        yield from insert(f"{name}-again", value)
        return str(rows[0][0])
    return value


def misspelt() -> Unit[None]:
    """A statement that no database accepts."""
    yield "SELEKT 1", ()


def tick(name: str) -> Unit[bool]:
    """Change a row that was not changed yet, later if others do the same; whether it was there."""
    rows = yield Later(
        "UPDATE settings SET value = 'ticked' WHERE name = ? AND value <> 'ticked'",
        (name,),
        "settings",
        _tick_all,
    )
    return bool(rows)


def _tick_all(rows: Sequence[Sequence[str]]) -> tuple[str, Sequence[str]]:
    marks = ", ".join("?" * len(rows))
    return (
        f"UPDATE settings SET value = 'ticked' WHERE name IN ({marks}) AND value <> 'ticked'",  # noqa: S608
        [name for (name,) in rows],
    )


def put_nowhere() -> Unit[None]:
    """Write back a row that is not there."""
    yield Put("UPDATE settings SET value = ? WHERE name = ?", ("x", "missing"), (b"missing", "x"))


def nothing() -> Unit[int]:
    """A unit without a statement."""
    yield from ()
    return 7


class CatalogContract:
    """Subclass it with an async fixture `open_catalog`.

    It gives a function that opens one more catalog on the same database, empty at the test's
    start but for its tables; the fixture closes what it opened (closing twice is no error).
    """

    pytestmark = pytest.mark.asyncio

    @pytest_asyncio.fixture
    async def catalog(self, open_catalog: OpenCatalog) -> AsyncIterator[Catalog]:
        """One open catalog."""
        catalog = await open_catalog()
        yield catalog
        await catalog.close()

    async def names(self, catalog: Catalog) -> list[str]:
        """What is stored, in order."""
        return [row[0] for row in await catalog.fetch("SELECT name FROM settings ORDER BY name")]

    async def test_commit_returns_the_units_result(self, catalog: Catalog) -> None:
        assert await catalog.commit(insert, "a", value="1") == "a"
        assert await catalog.commit(nothing) == 7

    async def test_reads_see_the_commit_that_was_awaited(self, catalog: Catalog) -> None:
        sql = "SELECT value FROM settings WHERE name = ?"
        for number in range(50):
            await catalog.commit(insert, f"n{number}", str(number))
            assert await catalog.point(sql, (f"n{number}",)) == (str(number),)
            assert await catalog.few(sql, (f"n{number}",)) == [(str(number),)]
            assert await catalog.fetch(sql, (f"n{number}",)) == [(str(number),)]

    async def test_point_without_a_row_is_none(self, catalog: Catalog) -> None:
        assert await catalog.point("SELECT value FROM settings WHERE name = ?", ("-",)) is None

    async def test_commits_outlive_the_catalog(
        self, catalog: Catalog, open_catalog: OpenCatalog
    ) -> None:
        await catalog.commit(insert, "a", "1")
        await catalog.close()
        assert await self.names(await open_catalog()) == ["a"]

    async def test_units_of_two_catalogs_are_serialised(
        self, catalog: Catalog, open_catalog: OpenCatalog
    ) -> None:
        both = [catalog, await open_catalog()]
        await catalog.commit(insert, "count", "0")
        results = await asyncio.gather(
            *(both[number % 2].commit(increment, "count") for number in range(100))
        )
        assert sorted(results) == list(range(1, 101))

    async def test_two_hundred_commits_at_once_all_hold(self, catalog: Catalog) -> None:
        names = [f"{number:03}" for number in range(200)]
        assert await asyncio.gather(*(catalog.commit(insert, name, "x") for name in names)) == names
        assert await self.names(catalog) == names

    async def test_what_many_change_later_is_changed_once(self, catalog: Catalog) -> None:
        names = [f"{number:02}" for number in range(20)]
        await asyncio.gather(*(catalog.commit(insert, name, "x") for name in names))
        asked = [*names, "missing", "07"]
        found = await asyncio.gather(*(catalog.commit(tick, name) for name in asked))
        assert found == [True] * 20 + [False, False]
        assert await catalog.fetch("SELECT DISTINCT value FROM settings") == [("ticked",)]
        assert await catalog.commit(tick, "07") is False

    async def test_a_row_put_back_that_is_gone_fails_its_unit_only(self, catalog: Catalog) -> None:
        for others in ([], ["a", "b"]):
            results = await asyncio.gather(
                *(catalog.commit(insert, name, "1") for name in others),
                catalog.commit(put_nowhere),
                return_exceptions=True,
            )
            assert isinstance(results.pop(), StoreError)
            assert results == others
        assert await self.names(catalog) == ["a", "b"]

    async def test_a_raising_unit_undoes_itself_only(self, catalog: Catalog) -> None:
        error = LookupError("mine")
        commits = [
            catalog.commit(insert_then_raise, f"{number:02}", error)
            if number % 3 == 0
            else catalog.commit(insert, f"{number:02}", "kept")
            for number in range(30)
        ]
        results = await asyncio.gather(*commits, return_exceptions=True)
        kept = [f"{number:02}" for number in range(30) if number % 3]
        assert [result for result in results if result is not error] == kept
        assert await self.names(catalog) == kept

    async def test_a_lone_raising_unit_leaves_nothing(self, catalog: Catalog) -> None:
        with pytest.raises(LookupError, match="mine"):
            await catalog.commit(insert_then_raise, "a", LookupError("mine"))
        assert await self.names(catalog) == []

    async def test_a_unique_constraint_raises_conflict_inside_the_unit(
        self, catalog: Catalog
    ) -> None:
        await catalog.commit(insert, "a", "first")
        assert await catalog.commit(insert_or_read, "a", "second") == "first"
        assert await self.names(catalog) == ["a", "a-again"]

    async def test_an_unhandled_conflict_passes_through_and_undoes(self, catalog: Catalog) -> None:
        await catalog.commit(insert, "b", "first")
        with pytest.raises(Conflict):
            await catalog.commit(insert_twice, "a", "b")
        assert await self.names(catalog) == ["b"]

    async def test_one_wrong_statement_harms_no_other_unit(self, catalog: Catalog) -> None:
        results = await asyncio.gather(
            catalog.commit(insert, "a", "1"),
            catalog.commit(misspelt),
            catalog.commit(insert, "b", "1"),
            return_exceptions=True,
        )
        assert isinstance(results[1], StoreError)
        assert [results[0], results[2]] == ["a", "b"]
        assert await self.names(catalog) == ["a", "b"]

    async def test_a_wrong_query_is_a_store_error(self, catalog: Catalog) -> None:
        with pytest.raises(StoreError):
            await catalog.fetch("SELECT no_such_column FROM settings")
        with pytest.raises(StoreError):
            await catalog.point("SELECT no_such_column FROM settings")
        assert await self.names(catalog) == []

    async def test_generation_changes_with_every_commit_of_anybody(
        self, catalog: Catalog, open_catalog: OpenCatalog
    ) -> None:
        other = await open_catalog()
        for number, writer in enumerate([other, catalog, other, other, catalog]):
            before = catalog.generation(), other.generation()
            await writer.commit(insert, str(number), "x")
            after = catalog.generation(), other.generation()
            unseen = [old for old, new in zip(before, after, strict=True) if old == new]
            assert unseen == []

    async def test_a_cancelled_commit_is_whole_or_absent(self, catalog: Catalog) -> None:
        for number in range(40):
            first, second = f"{number:02}a", f"{number:02}b"
            task = asyncio.ensure_future(catalog.commit(insert_twice, first, second))
            await asyncio.sleep(number * 0.00005)
            task.cancel()
            await asyncio.wait([task])
        await catalog.commit(insert, "end", "x")
        stored = await self.names(catalog)
        firsts = [name[:-1] for name in stored if name.endswith("a")]
        assert firsts == [name[:-1] for name in stored if name.endswith("b")]

    async def test_close_finishes_what_is_queued(
        self, catalog: Catalog, open_catalog: OpenCatalog
    ) -> None:
        names = [f"{number:02}" for number in range(50)]
        tasks = [asyncio.ensure_future(catalog.commit(insert, name, "x")) for name in names]
        await asyncio.sleep(0)
        await catalog.close()
        assert await asyncio.gather(*tasks) == names
        assert await self.names(await open_catalog()) == names

    async def test_a_cancelled_close_still_closes(
        self, catalog: Catalog, open_catalog: OpenCatalog
    ) -> None:
        commit = asyncio.ensure_future(catalog.commit(insert, "a", "1"))
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(catalog.close())
        await asyncio.sleep(0)
        closing.cancel()
        assert await commit == "a"
        await catalog.close()
        with pytest.raises(StoreError):
            await catalog.commit(insert, "b", "1")
        assert await self.names(await open_catalog()) == ["a"]
