"""Taking up a changed settings file while the server runs."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

from pydantic import BaseModel
from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from vault_core.errors import SettingsError
from vault_core.settings.load import FILE_NAME, load_settings
from vault_core.settings.section import LIVE
from vault_core.settings.sections import Settings

log = logging.getLogger(__name__)


def changed(old: Settings, new: Settings) -> Iterator[tuple[str, str, bool]]:
    """Section, key and whether it is live, for every setting that differs."""
    for section in Settings.model_fields:
        before, after = getattr(old, section), getattr(new, section)
        for key, field in type(before).model_fields.items():
            if getattr(before, key) != getattr(after, key):
                yield section, key, LIVE in field.metadata
        if before.model_extra != after.model_extra:
            yield section, "*", False


def take_up(old: Settings, new: Settings, live: Iterable[tuple[str, str]]) -> Settings:
    """`old` with those settings, by section and key, as they are in `new`."""
    sections: dict[str, BaseModel] = {}
    for section, key in live:
        before = sections.get(section, getattr(old, section))
        value = getattr(getattr(new, section), key)
        sections[section] = before.model_copy(update={key: value})
    return old.model_copy(update=sections)


EVENTS: list[type[FileSystemEvent]] = [FileClosedEvent, FileCreatedEvent, FileMovedEvent]
if sys.platform != "linux":  # there "modified" would wake us for every write of the catalog
    EVENTS.append(FileModifiedEvent)


class SettingsWatcher(FileSystemEventHandler):
    """Watches the file of one data directory for as long as it is entered.

    `apply` receives the new settings in the watcher's own thread, after each change that is
    valid. A wrong value changes nothing and is logged; so is a change that needs a restart.
    """

    def __init__(
        self,
        data_dir: Path,
        env: Mapping[str, str],
        settings: Settings,
        apply: Callable[[Settings], None],
    ) -> None:
        self._data_dir = data_dir.resolve()
        self._env = dict(env)
        self._apply = apply
        # What the file said last: options of the command line may differ from it for good.
        self._said = load_settings(self._data_dir, self._env)
        self.settings = settings

    def __enter__(self) -> SettingsWatcher:
        self._observer = Observer()
        self._observer.schedule(self, str(self._data_dir), recursive=False, event_filter=EVENTS)
        self._observer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._observer.stop()
        self._observer.join()

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Reload once the file was written or put in place (editors rename over it)."""
        names = {Path(str(path)).name for path in (event.src_path, event.dest_path) if path}
        if FILE_NAME in names and event.event_type in ("closed", "modified", "moved", "created"):
            self.reload()

    def reload(self) -> None:
        """Read the file again and apply what may change now."""
        try:
            new = load_settings(self._data_dir, self._env)
        except SettingsError as error:
            log.error("settings refused, the old ones stay: %s", error)
            return
        differences = list(changed(self._said, new))
        self._said = new
        waiting = [f"{section}.{key}" for section, key, is_live in differences if not is_live]
        if waiting:
            log.warning("settings changed that need a restart: %s", ", ".join(waiting))
        live = [(section, key) for section, key, is_live in differences if is_live]
        if live:
            self.settings = take_up(self.settings, new, live)
            log.info("settings changed: %s", ", ".join(".".join(name) for name in live))
            self._apply(self.settings)
