"""What the documentation says is there: commands, errors, files that pages link to."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.guards.pages import commands, error_classes, pages

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_written_pages_are_up_to_date(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == pages()[page], "make docs"


def test_every_command_says_what_it_does() -> None:
    found = list(commands())
    assert len(found) > 10
    for name, command in found:
        assert command.help, name
        assert len(command.help.splitlines()[0]) <= 45, f"{name}: too long for one line of --help"


def test_every_error_has_a_sentence_and_a_status() -> None:
    found = list(error_classes())
    assert len(found) > 20
    for error in found:
        assert error.__doc__
        assert error.__doc__.splitlines()[0].endswith("."), error.__name__
        assert 400 <= error.status < 600


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target, _ in LINK.findall(page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), target


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
