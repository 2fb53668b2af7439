"""What the documentation says is there: commands, errors, files that pages link to."""

import functools
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.guards.pages import commands, error_classes, pages

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/*.md")])
LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")
COMMAND = re.compile(r"(?:`|^\$ |^    )(?:[\w/]+/bin/)?parchemin ([a-z][^`\n#;]*)", re.MULTILINE)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_written_pages_are_up_to_date(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == pages()[page], "make docs"


def test_every_command_says_what_it_does() -> None:
    found = list(commands())
    assert len(found) > 10
    for name, command in found:
        assert command.help, name
        assert len(command.help.splitlines()[0]) <= 45, f"{name}: too long for one line of --help"


CONFIRM = frozenset(
    {
        "app-password revoke", "escrow combine", "escrow stop", "issuer hsm-request", "mail-test",
        "outbox send", "person activate", "provisioner revoke", "review refuse", "serve",
        "snapshot", "webhook remove",
    }
)  # fmt: skip
"""Commands that print no facts: they serve, write a file or a secret alone, or say "done"."""


def test_every_command_that_prints_facts_prints_json_too() -> None:
    without = {
        name for name, command in commands() if all(one.name != "as_json" for one in command.params)
    }
    assert without == CONFIRM


def test_every_error_has_a_sentence_and_a_status() -> None:
    found = list(error_classes())
    assert len(found) > 20
    for error in found:
        assert error.__doc__
        assert error.__doc__.splitlines()[0].endswith("."), error.__name__
        assert 400 <= error.status < 600


def anchors(page: Path) -> set[str]:
    """Where links into a page may lead, as GitHub names its headings."""
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
    plain = [re.sub(r"[^\w\- ]", "", line.lower()) for line in re.findall(r"(?m)^#+ (.*)$", text)]
    return {line.strip().replace(" ", "-") for line in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            there = page.parent / target if target else page
            assert there.exists(), target
            assert not anchor or anchor[1:] in anchors(there), f"{target}{anchor}"


@functools.cache
def all_commands() -> dict[str, Any]:
    return dict(commands())


def meant(words: list[str]) -> list[str]:
    """The commands that `init`, `person add` or `role grant|revoke` means; of a group all of it."""
    known = all_commands()
    if words[0] in known:
        return [words[0]]
    below = words[1].split("|") if len(words) > 1 else []
    return [f"{words[0]} {one}" for one in below] or [n for n in known if n.split()[0] == words[0]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_are_written_as_they_are(page: Path) -> None:
    """Every `parchemin …` that a page shows is a command with those options."""
    known = all_commands()
    for line in COMMAND.findall(page.read_text(encoding="utf-8").replace("\\\n", " ")):
        words = line.split()
        names = meant(words)
        assert names, line
        assert [name for name in names if name not in known] == [], line
        options = {option for name in names for p in known[name].params for option in p.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_tests_and_benchmarks_that_are_named_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for module in re.findall(r"python -m (tests[\w.]+)", text):
        place = ROOT / module.replace(".", "/")
        assert place.is_dir() or place.with_suffix(".py").exists(), module
    for name, test in re.findall(r"\b(tests/[\w/]+(?:\.py)?)(?:::(\w+))?", text):
        assert (ROOT / name).exists(), name
        assert not test or f"def {test}" in (ROOT / name).read_text(encoding="utf-8"), test


def test_the_licence_is_the_official_one() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2\n")
    assert [int(n) for n in re.findall(r"(?m)^(\d+)\.[A-Z]", text)] == list(range(1, 16))
    assert "Appendix" in text


def tracked() -> list[Path]:
    """Every text file of the repository."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


PROMISES_NOBODY_KEEPS = ("end-to-end encr", "zero-knowledge", "zero knowledge", "military-grade")
UNFINISHED = ("TO" + "DO", "FIX" + "ME")


def test_no_file_promises_what_does_not_hold_or_is_unfinished() -> None:
    files = tracked()
    if not files:
        pytest.skip("this is no git checkout: clone the repository")
    for file in files:
        others = {"LICENSE", "package-lock.json", "vendor"}
        if file == Path(__file__) or others & set(file.parts):
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for words in PROMISES_NOBODY_KEEPS:
            assert words not in text.lower(), f"{file}: {words}"
        for word in UNFINISHED:
            assert not re.search(rf"\b{word}\b", text), f"{file}: {word}"
