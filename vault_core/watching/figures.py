"""The figures of one worker, and of all workers together (Prometheus' text format).

With several workers each writes its own small files in one folder, and whichever is asked adds
them up. `prometheus_client` decides which it is when it is imported, by an environment variable:
so it is imported when a worker starts, and nowhere else.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.registry import Collector

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Figures:
    """Counters that a worker adds to; adding costs about a microsecond."""

    def __init__(self) -> None:
        from prometheus_client import (
            CollectorRegistry,
            Counter,
            Gauge,
            Histogram,
            disable_created_metrics,
        )

        disable_created_metrics()  # type: ignore[no-untyped-call]

        self.registry = CollectorRegistry()
        mine: dict[str, Any] = {"registry": self.registry}
        self._requests = Histogram(
            "parchemin_request_seconds", "Time from a request's head to its answer.",
            ("way", "method", "status"), buckets=SECONDS, **mine,
        )  # fmt: skip
        self._received = Counter(
            "parchemin_received_bytes", "Bytes of request bodies.", ("way",), **mine
        )
        self._sent = Counter("parchemin_sent_bytes", "Bytes of answers' bodies.", ("way",), **mine)
        self._store = Histogram(
            "parchemin_store_seconds", "Time of operations of the blob store.",
            ("operation",), buckets=SECONDS, **mine,
        )  # fmt: skip
        self._store_errors = Counter(
            "parchemin_store_errors", "Operations of the blob store that failed.",
            ("operation",), **mine,
        )  # fmt: skip
        self._catalog_errors = Counter(
            "parchemin_catalog_errors", "Reads and commits of the catalog that failed.",
            ("operation",), **mine,
        )  # fmt: skip
        for operation in ("read", "commit"):  # shown as 0 from the beginning
            self._catalog_errors.labels(operation)
        self.opened = Gauge(
            "parchemin_opened_vaults", "Vaults whose key is in memory.",
            multiprocess_mode="livesum", **mine,
        )  # fmt: skip
        self.waiting = Gauge(
            "parchemin_waiting_changes", "Changes that wait for the catalog to commit them.",
            multiprocess_mode="livesum", **mine,
        )  # fmt: skip
        self._undone = Counter(
            "parchemin_catalog_undone",
            "Transactions that clashed with another one in PostgreSQL, and were run again.", **mine,
        )  # fmt: skip
        self._undone_before = 0
        self._of_requests: dict[tuple[str, str, int], Callable[[float], None]] = {}
        self._of_bytes: dict[str, tuple[Callable[[float], None], Callable[[float], None]]] = {}
        self._of_store: dict[str, Callable[[float], None]] = {}

    def request(
        self, way: str, method: str, status: int, seconds: float, received: int, sent: int
    ) -> None:
        """One request was answered."""
        key = (way, method, status)
        observe = self._of_requests.get(key)
        if observe is None:
            observe = self._requests.labels(way, method, str(status)).observe
            self._of_requests[key] = observe
        observe(seconds)
        if received or sent:
            add = self._of_bytes.get(way)
            if add is None:
                add = self._received.labels(way).inc, self._sent.labels(way).inc
                self._of_bytes[way] = add
            add[0](received)
            add[1](sent)

    def store(self, operation: str, seconds: float, failed: bool) -> None:
        """One operation of the blob store ended."""
        observe = self._of_store.get(operation)
        if observe is None:
            observe = self._store.labels(operation).observe
            self._of_store[operation] = observe
            self._store_errors.labels(operation)  # shown as 0 from the beginning
        observe(seconds)
        if failed:
            self._store_errors.labels(operation).inc()

    def catalog_failed(self, operation: str) -> None:
        """A "read" or a "commit" of the catalog failed."""
        self._catalog_errors.labels(operation).inc()

    def catalog_undone(self, total: int) -> None:
        """So many transactions of this worker were undone and run again since it started."""
        self._undone.inc(total - self._undone_before)
        self._undone_before = total

    def text(self, *more: Collector) -> bytes:
        """All workers' figures, and what `more` collects now."""
        from prometheus_client import CollectorRegistry, generate_latest

        together = CollectorRegistry()
        if SHARED in os.environ:
            together.register(_OfWorkers(Path(os.environ[SHARED])))
        else:
            together.register(_Of(self.registry))
        for collector in more:
            together.register(collector)
        return generate_latest(together)


class _Of:
    """A registry as a collector of another one."""

    def __init__(self, registry: Any) -> None:
        self._registry = registry

    def collect(self) -> Iterable[Any]:
        """Its metrics."""
        return list(self._registry.collect())

    def describe(self) -> Iterable[Any]:
        """Nothing: the registry checked its names itself."""
        return ()


class _OfWorkers:
    """What all workers wrote, added up."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Any]:
        """All metrics; a worker that is just starting may have made a file and no entry yet."""
        from prometheus_client.multiprocess import MultiProcessCollector

        files = [entry.path for entry in os.scandir(self._folder) if _is_begun(entry)]
        merged: Iterable[Any] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return merged

    def describe(self) -> Iterable[Any]:
        """Nothing, as `_Of`."""
        return ()


def _is_begun(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.name.endswith(".db") and entry.stat().st_size > 0
    except FileNotFoundError:  # the worker ended, and what it held open is forgotten
        return False


@contextmanager
def shared_by_workers(workers: int) -> Iterator[Path | None]:
    """A folder in which workers, started meanwhile, share their figures; none for one worker."""
    if workers == 1:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="parchemin-figures-") as folder:
        os.environ[SHARED] = folder
        try:
            yield Path(folder)
        finally:
            del os.environ[SHARED]


def forget_worker(folder: Path | None, pid: int) -> None:
    """A worker ended: what it counted stays, what it held open is gone."""
    if folder is not None:
        for path in folder.glob(f"gauge_live*_{pid}.db"):
            path.unlink(missing_ok=True)
