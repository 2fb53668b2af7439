"""`parchemin plugin check`: a plugin loaded as the server loads it, and put to its contract.

It runs in a process of its own, for a plugin that is only being looked at must not stay loaded.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from defusedxml import ElementTree

from vault_core.errors import BadRequest, PluginError
from vault_core.plugins import GROUP

SECONDS = 600
_SUITE = """\
import pytest
from vault_core.plugins import load_plugins
from vault_core.testing.plugin import DocumentTypeContract

PLUGINS = load_plugins({names!r})
TYPES = [one for key, one in PLUGINS.document_types.items() if PLUGINS.origins[key] in {names!r}]


class TestDocumentTypes(DocumentTypeContract):
    @pytest.fixture(params=TYPES, ids=lambda one: one.id)
    def document_type(self, request):
        return request.param


def test_it_adds_something():
    assert PLUGINS.issuers or TYPES or PLUGINS.blob_stores, "no issuer, no document type, no store"
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many checks were made, and a sentence for each that failed."""

    plugins: tuple[str, ...]
    checks: int
    faults: tuple[str, ...]


def examine(what: str) -> Verdict:
    """Check an installed plugin by its name, or a distribution's folder that is not installed.

    Raises BadRequest if it is neither; PluginError if pytest is missing.
    """
    if importlib.util.find_spec("pytest") is None:
        raise PluginError(
            "the contract suite runs with pytest, which is missing: pip install pytest"
        )
    folder = Path(what)
    with tempfile.TemporaryDirectory(prefix="parchemin-check-") as scratch:
        work = Path(scratch)
        paths = [str(work)]
        if (folder / "pyproject.toml").is_file():
            names = _as_if_installed(folder.resolve(), work)
            paths.append(str(folder.resolve()))
        elif os.sep in what or folder.is_dir():
            raise BadRequest(f"'{what}' has no pyproject.toml: name a plugin, or its folder.")
        else:
            names = (what,)
        fault = _loading_fault(names, paths)
        if fault:
            return Verdict(names, 1, (fault,))
        return _run_suite(names, work, paths)


def _as_if_installed(folder: Path, work: Path) -> tuple[str, ...]:
    """Announce the folder's entry points as an installed distribution would."""
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
        points = dict(project["entry-points"][GROUP])
        name, version = str(project["name"]), str(project.get("version", "0"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PluginError(f"{folder / 'pyproject.toml'} cannot be read: {error}") from None
    except (KeyError, TypeError, ValueError):
        raise PluginError(
            f"{folder / 'pyproject.toml'} names no plugin: it needs a table"
            f" [project.entry-points.{GROUP}]"
        ) from None
    info = work / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    lines = "".join(f"{key} = {value}\n" for key, value in points.items())
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}", encoding="utf-8")
    return tuple(points)


def _loading_fault(names: tuple[str, ...], paths: list[str]) -> str:
    program = (
        "import sys\nfrom vault_core.errors import PluginError\n"
        "from vault_core.plugins import load_plugins\n"
        f"try:\n    load_plugins({names!r})\nexcept PluginError as error:\n    sys.exit(str(error))"
    )
    done = _python(["-c", program], paths)
    return done.stderr.strip() if done.returncode else ""


def _run_suite(names: tuple[str, ...], work: Path, paths: list[str]) -> Verdict:
    suite, report = work / "test_contract.py", work / "report.xml"
    suite.write_text(_SUITE.format(names=names), encoding="utf-8")
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib",
             f"--rootdir={work}", f"--junitxml={report}", "-c", os.devnull, str(suite)]  # fmt: skip
    done = _python(words, paths)
    if not report.exists():
        raise PluginError(f"the contract suite did not run: {done.stdout.strip()[-400:]}")
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    return Verdict(names, len(cases), tuple(_faults(cases)))


def _faults(cases: list[ElementTree.Element]) -> Iterator[str]:
    for case in cases:
        for kind in ("failure", "error"):
            for found in case.iter(kind):
                test, _, type_id = case.get("name", "").partition("[")
                about = f"{type_id.rstrip(']')}: " if type_id else ""
                rule = test.removeprefix("test_").replace("_", " ")
                reason = " ".join(found.get("message", "").split())[:300]
                yield f"{about}{rule}: {reason}"


def _python(words: list[str], paths: list[str]) -> subprocess.CompletedProcess[str]:
    inherited = os.environ.get("PYTHONPATH")
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([*paths, *([inherited] if inherited else [])]),
    }
    return subprocess.run(  # noqa: S603 - this interpreter, and our own words
        [sys.executable, *words], env=env, capture_output=True, text=True, timeout=SECONDS,
        check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
