"""Plugins: the ones the configuration names, loaded, checked and gathered.

A plugin is an entry point of the group `parchemin`: a module or object with hooks of
`vault_core.hookspecs`. It runs beside open vaults, so nothing is loaded that was not named.
This module is the only user of pluggy's manager; each implementation is called by itself, so
that a fault names the plugin it comes from.
"""

from __future__ import annotations

import difflib
import importlib.metadata
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import pluggy

from vault_core import hookspecs
from vault_core.api import BlobStoreFactory, DocumentType, Issuer
from vault_core.errors import NodeNotFound, PluginError
from vault_core.plugin_checks import check_document_type, check_issuer

GROUP = "parchemin"
PREFIX = "parchemin_"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plugin:
    """One loaded plugin: its entry point's name, the distribution it came with, its hooks."""

    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plugins:
    """Everything the loaded plugins add, by id; read-only."""

    loaded: tuple[Plugin, ...]
    issuers: Mapping[str, Issuer]
    document_types: Mapping[str, DocumentType]
    blob_stores: Mapping[str, BlobStoreFactory]
    origins: Mapping[str, str]
    """Document type id to the name of the plugin that brought it."""

    def issuer_of(self, type_id: str) -> Issuer:
        """The issuer in whose name documents of this type are delivered."""
        return self.issuers[self.document_types[type_id].issuer]

    def issuer(self, issuer_id: str) -> Issuer:
        """Raises NodeNotFound, listing what there is, if no loaded plugin has the issuer."""
        found = self.issuers.get(issuer_id)
        if found is None:
            known = ", ".join(sorted(self.issuers)) or "none"
            raise NodeNotFound(f"There is no issuer “{issuer_id}”; there are: {known}.")
        return found

    def document_type(self, type_id: str) -> DocumentType:
        """Raises PluginError, listing what there is, if no loaded plugin has the type."""
        try:
            return self.document_types[type_id]
        except KeyError:
            raise PluginError(
                f"no plugin delivers documents of the type “{type_id}”"
                + _suggest(type_id, self.document_types, "types")
            ) from None


def installed() -> Mapping[str, importlib.metadata.EntryPoint]:
    """What could be loaded: entry points by name. Raises PluginError if two share a name."""
    found: dict[str, importlib.metadata.EntryPoint] = {}
    for point in importlib.metadata.entry_points(group=GROUP):
        other = found.setdefault(point.name, point)
        if other is not point and _distribution(other) != _distribution(point):
            raise PluginError(
                f"the plugin name “{point.name}” is claimed by {_distribution(other)} and by "
                f"{_distribution(point)}: uninstall one of them"
            )
    return found


def load_plugins(names: Sequence[str]) -> Plugins:
    """Load exactly the plugins `names` lists, in that order. Raises PluginError."""
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    available = installed()
    loaded = tuple(_load(manager, name, available) for name in dict.fromkeys(names))
    order = [plugin.name for plugin in loaded]
    issuers = _gather(manager, order, "parchemin_issuers", _issuers)
    types = _gather(manager, order, "parchemin_document_types", _document_types)
    stores = _gather(manager, order, "parchemin_blob_stores", _blob_stores)
    for type_id, (plugin, document_type) in types.items():
        if document_type.issuer not in issuers:
            raise PluginError(
                f"plugin {plugin}: the document type “{type_id}” belongs to the issuer "
                f"“{document_type.issuer}”, which no loaded plugin has"
                + _suggest(document_type.issuer, issuers, "issuers")
            )
    return Plugins(
        loaded=loaded,
        issuers=_values(issuers),
        document_types=_values(types),
        blob_stores=_values(stores),
        origins=MappingProxyType({key: plugin for key, (plugin, _) in types.items()}),
    )


def _load(
    manager: pluggy.PluginManager,
    name: str,
    available: Mapping[str, importlib.metadata.EntryPoint],
) -> Plugin:
    if name not in available:
        raise PluginError(
            f"the plugin “{name}” is not installed" + _suggest(name, available, "plugins")
        )
    point = available[name]
    plugin = _import(name, point)
    try:
        manager.register(plugin, name=name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(f"plugin {name}: {_validation(error)}") from error
    hooks = tuple(caller.name for caller in manager.get_hookcallers(plugin) or ())
    _refuse_unmarked(name, plugin, hooks)
    if not hooks:
        raise PluginError(f"plugin {name}: it has no hook; mark its functions with @hookimpl")
    distribution = point.dist
    return Plugin(
        name=name,
        distribution=distribution.name if distribution else "",
        version=distribution.version if distribution else "",
        hooks=tuple(sorted(hooks)),
    )


def _import(name: str, point: importlib.metadata.EntryPoint) -> object:
    try:
        return point.load()
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == point.module.partition(".")[0]:
            raise PluginError(
                f"plugin {name}: its own package “{missing}” is missing: install "
                f"{_distribution(point)} again"
            ) from error
        raise PluginError(
            f"plugin {name}: it needs the Python package “{missing}”, which is not installed: "
            f"run `pip install {missing}`, or install {_distribution(point)} again"
        ) from error
    except Exception as error:
        raise PluginError(
            f"plugin {name}: importing {point.value} failed: {_describe(error)}"
        ) from error


def _refuse_unmarked(name: str, plugin: object, hooks: Sequence[str]) -> None:
    """A function with a hook's name that lacks @hookimpl would be passed over in silence."""
    for attribute in vars(plugin) if hasattr(plugin, "__dict__") else ():
        if attribute.startswith(PREFIX) and attribute not in hooks:
            raise PluginError(f"plugin {name}: {attribute} lacks the decorator @hookimpl")


def _validation(error: pluggy.PluginValidationError) -> str:
    message = str(error)
    known = [hook for hook in vars(hookspecs) if hook.startswith(PREFIX)]
    if message.startswith("unknown hook "):
        hook = message.split("'")[1]
        return f"there is no hook “{hook}”" + _suggest(hook, known, "hooks")
    # pluggy's text: what, where and which arguments, over several lines
    return " ".join(message.split())


def _gather(
    manager: pluggy.PluginManager,
    order: Sequence[str],
    hook: str,
    accept: Callable[[object], Iterable[tuple[str, T]]],
) -> dict[str, tuple[str, T]]:
    """Id to (plugin, value) over all implementations, called one by one in `order`."""
    found: dict[str, tuple[str, T]] = {}
    implementations = getattr(manager.hook, hook).get_hookimpls()
    for implementation in sorted(implementations, key=lambda one: order.index(one.plugin_name)):
        plugin = implementation.plugin_name
        for key, value in _call(plugin, hook, implementation.function, accept):
            if key in found:
                raise PluginError(
                    f"the id “{key}” is given by the plugins {found[key][0]} and {plugin} "
                    f"({hook}): load only one of them"
                )
            found[key] = plugin, value
    return found


def _call(
    plugin: str,
    hook: str,
    function: Callable[..., object],
    accept: Callable[[object], Iterable[tuple[str, T]]],
) -> list[tuple[str, T]]:
    """What one implementation gives, checked; a generator is run to its end here."""
    if inspect.iscoroutinefunction(function):
        raise PluginError(f"plugin {plugin}: {hook} is async: hooks are plain functions")
    try:
        return list(accept(function()))
    except PluginError as error:
        raise PluginError(f"plugin {plugin}: {hook} {error}") from error
    except Exception as error:
        raise PluginError(f"plugin {plugin}: {hook} failed: {_describe(error)}") from error


def _issuers(result: object) -> Iterable[tuple[str, Issuer]]:
    for item in _iterable(result):
        issuer = check_issuer(item)
        yield issuer.id, issuer


def _document_types(result: object) -> Iterable[tuple[str, DocumentType]]:
    for item in _iterable(result):
        document_type = check_document_type(item)
        yield document_type.id, document_type


def _blob_stores(result: object) -> Iterable[tuple[str, BlobStoreFactory]]:
    if not isinstance(result, Mapping):
        raise PluginError(f"gave {type(result).__name__}, a mapping of names is expected")
    for name, factory in result.items():
        if not isinstance(name, str) or not callable(factory):
            raise PluginError(f"gave {name!r}, which is not the name of a factory")
        yield name, factory


def _iterable(result: object) -> Iterable[object]:
    if isinstance(result, str | bytes | Mapping) or not isinstance(result, Iterable):
        raise PluginError(f"gave {type(result).__name__}, a list is expected")
    return result


def _values(found: Mapping[str, tuple[str, T]]) -> Mapping[str, T]:
    return MappingProxyType({key: value for key, (_, value) in found.items()})


def _suggest(name: str, known: Iterable[str], what: str) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(name, names, 1)
    hint = f"; did you mean “{close[0]}”?" if close else ""
    return f"{hint or ';'} {what} there are: {', '.join(names) or 'none'}"


def _distribution(point: importlib.metadata.EntryPoint) -> str:
    return point.dist.name if point.dist else "an unknown distribution"


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
