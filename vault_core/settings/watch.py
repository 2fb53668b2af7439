"""Taking up a changed settings file while the server runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

import structlog
from pydantic import BaseModel
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from vault_core.errors import SettingsError
from vault_core.settings.load import FILE_NAME, load_settings
from vault_core.settings.sections import LIVE, Settings

log = structlog.get_logger(__name__)


def changed(old: Settings, new: Settings) -> Iterator[tuple[str, str, bool]]:
    """Section, key and whether it is live, for every setting that differs."""
    for section in Settings.model_fields:
        before, after = getattr(old, section), getattr(new, section)
        for key, field in type(before).model_fields.items():
            if getattr(before, key) != getattr(after, key):
                yield section, key, LIVE in field.metadata
        if before.model_extra != after.model_extra:
            yield section, "*", False


def take_up(old: Settings, new: Settings) -> Settings:
    """`old` with the live settings of `new`."""
    live: dict[str, dict[str, object]] = {}
    for section, key, is_live in changed(old, new):
        if is_live:
            live.setdefault(section, {})[key] = getattr(getattr(new, section), key)
    sections: dict[str, BaseModel] = {
        name: getattr(old, name).model_copy(update=update) for name, update in live.items()
    }
    return old.model_copy(update=sections)


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
        self.settings = settings

    def __enter__(self) -> SettingsWatcher:
        self._observer = Observer()
        self._observer.schedule(self, str(self._data_dir), recursive=False)
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
            log.error("settings refused, the old ones stay", reason=str(error))
            return
        differences = list(changed(self.settings, new))
        waiting = [f"{section}.{key}" for section, key, is_live in differences if not is_live]
        if waiting:
            log.warning("settings changed that need a restart", settings=waiting)
        if any(is_live for _, _, is_live in differences):
            self.settings = take_up(self.settings, new)
            log.info(
                "settings changed", settings=[f"{s}.{k}" for s, k, live in differences if live]
            )
            self._apply(self.settings)
