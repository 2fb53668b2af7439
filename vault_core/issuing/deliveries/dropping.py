"""Drop folders: what an issuer puts in `ISSUER/TYPE/` is delivered, and answered beside it.

A file is complete once it was renamed into place or its size has settled; names that begin with a
dot or end as those of unfinished transfers are left alone. When its batch has ended, a receipt and
a report of errors lie beside it, and the file itself is archived or removed. In
`ISSUER/ISSUER-pdf/` what is taken up is an index, once the PDFs that it names are complete, or have
not come for a while.
"""

from __future__ import annotations

import asyncio
import csv
import io
import logging
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

from watchdog.events import FileMovedEvent, FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from vault_core.api import Clock, Random, said
from vault_core.errors import InvalidInput, ParcheminError
from vault_core.issuing.deliveries.batches import Batch, Batches
from vault_core.issuing.deliveries.receipts import Receipts
from vault_core.issuing.deliveries.reviewing import Reviews
from vault_core.issuing.input import own_drops
from vault_core.issuing.input.own_documents import OwnDocuments
from vault_core.issuing.reasons import joined
from vault_core.plugins import Plugins
from vault_core.spreadsheets import inert

log = logging.getLogger(__name__)
After = Literal["archive", "remove"]
UNFINISHED = (".part", ".tmp", ".partial", ".filepart", ".crdownload", ".swp")
ANSWERS = (".receipt.jsonl", ".errors.csv", ".refused.txt")
ARCHIVE = "archive"
MOST_AT_ONCE = 100
"""Files whose batches have not ended."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a file looked like, and since when it has looked so."""

    size: int
    modified: int
    since: float


@dataclass(slots=True, eq=False)
class _Moved(FileSystemEventHandler):
    """Told by the operating system; wakes the folder's loop."""

    loop: asyncio.AbstractEventLoop
    wake: asyncio.Event
    complete: set[Path] = field(default_factory=set)

    def on_any_event(self, event: FileSystemEvent) -> None:
        if isinstance(event, FileMovedEvent):
            self.complete.add(Path(os.fsdecode(event.dest_path)))
        self.loop.call_soon_threadsafe(self.wake.set)


class DropFolder:
    """Watches `root` while `run` does. `settle` and `wait` are in seconds."""

    def __init__(
        self,
        batches: Batches,
        receipts: Receipts,
        reviews: Reviews,
        plugins: Plugins,
        root: Path,
        after: After,
        settle: float,
        wait: float,
        clock: Clock,
        random: Random,
    ) -> None:
        self._batches = batches
        self._receipts = receipts
        self._reviews = reviews
        self._plugins = plugins
        self._root = root
        self._after = after
        self._settle = settle
        self._wait = wait
        self._clock = clock
        self._random = random
        self._seen: dict[Path, _Seen] = {}
        self._taken: set[Path] = set()
        self._moved: set[Path] = set()
        self._with: dict[Path, list[Path]] = {}

    def prepare(self) -> None:
        """Make a folder for each type of each issuer, and none that anybody else may read."""
        for type_id in self._plugins.document_types:
            self._folder(type_id).mkdir(mode=0o700, parents=True, exist_ok=True)

    def _folder(self, type_id: str) -> Path:
        return self._root / self._plugins.issuer_of(type_id).id / type_id

    async def run(self) -> None:
        """Take up what is complete, for ever."""
        await asyncio.to_thread(self.prepare)
        wake = asyncio.Event()
        handler = _Moved(asyncio.get_running_loop(), wake, self._moved)
        observer = Observer()
        observer.schedule(handler, str(self._root), recursive=True)
        observer.start()
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    wake.clear()
                    for type_id, file in await asyncio.to_thread(self._complete):
                        await self._take_up(type_id, file, tasks)
                        if file in self._taken or not file.exists():
                            self._moved.discard(file)
                    try:
                        async with asyncio.timeout(max(0.1, self._settle / 2)):
                            await wake.wait()
                            await asyncio.sleep(0.05)
                    except TimeoutError:
                        continue
        finally:
            observer.stop()
            await asyncio.to_thread(observer.join)

    def _complete(self) -> list[tuple[str, Path]]:
        """Files that nobody is writing any more."""
        found, present = [], set()
        for type_id, kind in self._plugins.document_types.items():
            for file in sorted(self._folder(type_id).iterdir()):
                if not _is_input(file) or file in self._taken:
                    continue
                present.add(file)
                named = isinstance(kind, OwnDocuments) and not own_drops.is_index(file)
                if self._is_complete(file) and not named:
                    found.append((type_id, file))
                if len(self._taken) + len(found) >= MOST_AT_ONCE:
                    return found
        self._seen = {file: seen for file, seen in self._seen.items() if file in present}
        return found

    def _is_complete(self, file: Path) -> bool:
        return self._settled(file) or file in self._moved

    def _settled(self, file: Path) -> bool:
        try:
            status = file.lstat()
        except OSError:
            return False
        now, seen = self._clock(), self._seen.get(file)
        if seen is None or (seen.size, seen.modified) != (status.st_size, status.st_mtime_ns):
            self._seen[file] = _Seen(status.st_size, status.st_mtime_ns, now)
            return False
        return now - seen.since >= self._settle

    async def _take_up(self, type_id: str, file: Path, tasks: asyncio.TaskGroup) -> None:
        """Take in one file after another; each is answered when its own batch has ended."""
        try:
            source = await asyncio.to_thread(_open, file)
        except OSError as error:
            log.warning("%s cannot be read: %s", file, error.strerror)
            return
        with source:
            status = os.fstat(source.fileno())
            request = f"{type_id}/{file.name}/{status.st_mtime_ns}/{status.st_size}"
            try:
                batch = await self._submit(type_id, file, source, request)
            except InvalidInput as error:
                await asyncio.to_thread(self._refuse, file, error.reason)
                return
            except ParcheminError as error:
                log.warning("%s waits: %s", file, error)
                return
        if batch is None:
            return
        self._taken.add(file)
        tasks.create_task(self._follow(file, batch))

    async def _submit(
        self, type_id: str, file: Path, source: BinaryIO, request: str
    ) -> Batch | None:
        """The batch of a file; None while files that it names are on their way."""
        kind = self._plugins.document_type(type_id)
        if not isinstance(kind, OwnDocuments):
            return await self._batches.submit(type_id, source, file.name, "folder", request=request)
        if await asyncio.to_thread(self._waits, file, kind):
            return None
        gathered = await asyncio.to_thread(
            own_drops.gather, source, file.parent, kind, self._is_complete, self._random
        )
        self._with[file] = gathered.files
        with gathered.spool:
            return await self._batches.submit(
                type_id, gathered.source(), file.name, "folder", request=request
            )

    def _waits(self, file: Path, kind: OwnDocuments) -> bool:
        seen = self._seen.get(file)
        if seen is None or self._clock() - seen.since >= self._wait:
            return seen is None
        with _open(file) as source:
            return own_drops.is_waiting(source, file.parent, kind, self._is_complete)

    async def _follow(self, file: Path, batch: Batch) -> None:
        try:
            await self._answer(file, await self._ended(batch))
        except (ParcheminError, OSError) as error:  # it is taken up again: the same batch
            log.warning("%s is not answered yet: %s", file, error)
            await asyncio.sleep(5)
        finally:
            self._taken.discard(file)

    async def _ended(self, batch: Batch) -> Batch:
        while batch.ended_at is None:
            await asyncio.sleep(0.2)
            batch = await self._batches.find(batch.id)
        return batch

    async def _answer(self, file: Path, batch: Batch) -> None:
        """Receipt and report first, so that a file that is gone has been answered."""
        receipt = file.with_name(f"{file.name}{ANSWERS[0]}")
        with receipt.open("w", encoding="utf-8") as target:
            async for line in self._receipts.of_batch(batch.id):
                target.write(f"{line}\n")
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";")
        writer.writerow(("line", "fate", "reasons", "motifs"))
        async for number, reasons in self._batches.faults(batch.id):
            why = joined(reasons, " / ")
            writer.writerow((number, "refused", inert(why), inert(why.fr)))
        async for review in self._reviews.waiting(batch.id):
            told = (review.doubt.sentence,) if review.doubt else review.reasons
            why = joined(told, " / ")
            writer.writerow((review.line, review.verdict, inert(why), inert(why.fr)))
        await asyncio.to_thread(self._conclude, file, text.getvalue())

    def _conclude(self, file: Path, errors: str) -> None:
        file.with_name(f"{file.name}{ANSWERS[1]}").write_text(errors, encoding="utf-8-sig")
        for one in (*dict.fromkeys(self._with.pop(file, ())), file):
            if self._after == "remove":
                one.unlink(missing_ok=True)
            elif one.exists():
                _archive(one)
            self._moved.discard(one)

    def _refuse(self, file: Path, why: str) -> None:
        """What is no such table is put aside with the reason: it would be tried for ever."""
        file.with_name(f"{file.name}{ANSWERS[2]}").write_text(
            f"{said(why, 'fr')}\n{why}\n", "utf-8"
        )
        _archive(file)


def _is_input(file: Path) -> bool:
    name = file.name.lower()
    if name.startswith(".") or name.endswith((*UNFINISHED, *ANSWERS)):
        return False
    try:
        return stat.S_ISREG(file.lstat().st_mode)  # never a link: it could lead anywhere
    except OSError:
        return False


def _open(file: Path) -> BinaryIO:
    return os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")


def _archive(file: Path) -> None:
    """Into the folder's archive, under a number if the name is taken there."""
    folder = file.parent / ARCHIVE
    folder.mkdir(mode=0o700, exist_ok=True)
    target, number = folder / file.name, 2
    while target.exists():
        target, number = folder / f"{file.stem}-{number}{file.suffix}", number + 1
    file.rename(target)
