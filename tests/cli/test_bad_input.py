"""Whatever is typed: a refusal is one sentence on standard error and status 2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.cli.parchemin import facts, parchemin
from tests.guards.pages import commands

COMMANDS = list(commands())


def refused(*words: str | Path, data: Path | None = None, given: str = "") -> str:
    """The sentence that such a command ends with."""
    done = parchemin(*words, data=data, given=given, status=2)
    assert done.stderr.startswith("parchemin: "), (words, done.stderr)
    assert done.stderr.count("\n") == 1, (words, done.stderr)
    assert done.stdout == "", words
    assert len(done.stderr) < 1000, words
    return done.stderr


def needed(command: Any) -> list[Any]:
    """Arguments and options without which the command does not run, but for --data."""
    return [one for one in command.params if one.required and one.name != "data"]


def test_what_is_missing_or_unknown_is_named_with_where_to_read(tmp_path: Path) -> None:
    """Of every third command: what it needs, or else an option that it does not have."""
    asked = {"missing": 0, "no such option: --nonsense": 0}
    for name, command in COMMANDS[::3]:
        what, more = ("missing", []) if needed(command) else (list(asked)[1], ["--nonsense"])
        told = refused(*name.split(), *more, data=tmp_path)
        assert told.startswith(f"parchemin: {what}"), told
        assert told.endswith(f": see 'parchemin {name} --help'.\n"), told
        asked[what] += 1
    assert min(asked.values()) > 5


def test_without_a_data_directory_the_option_is_named() -> None:
    assert "--data" in refused("check")


def test_a_misspelt_command_is_refused() -> None:
    for words in (("chek",), ("person", "ad"), ("--verison",)):
        assert "see 'parchemin" in refused(*words)


REFUSED = {
    "an empty username": (["person", "add", ""], "is no username"),
    "a username without end": (["person", "add", "x" * 100_000], "…' is no username"),
    "a French date": (["person", "add", "zoe", "--birth-date", "31/12/2007"], "is no date such as"),
    "an unknown guardian": (["person", "add", "zoe", "--guardian", "nobody"], "nobody"),
    "a file that is not there": (["person", "import", "/nowhere/x.csv"], "does not exist"),
    "a folder for a file": (["deliver", "bac", "{folder}"], "is a directory"),
    "no size": (["person", "quota", "amelie", "plenty"], "is no size such as"),
    "a size without end": (["person", "quota", "amelie", "9" * 400], "is no size such as"),
    "a size that cannot be counted": (["person", "quota", "amelie", "9999999 TB"], "is no size"),
    "days that were": (["person", "close", "amelie", "--days", "-1"], "1 to"),
    "days beyond number": (["person", "close", "amelie", "--days", "9" * 30], "1 to"),
    "no role": (["role", "grant", "amelie", "king"], "king"),
    "an unknown issuer": (["issuer", "rotate-keys", "nobody"], "there are: "),
    "a key that is none": (["issuer", "import-key", "examens", "{rubbish}"], "parchemin: "),
    "a type that is none": (["deliver", "bca", "{rubbish}"], "; did you mean"),
    "rubbish for a table": (["deliver", "bac", "{rubbish}"], "NUL byte"),
    "no batch": (["batch", "show", "zz"], "no id of a batch"),
    "an unknown batch": (["batch", "cancel", "0" * 32], "There is no batch"),
    "no batch of reviews": (["review", "list", "--batch", "zz"], "no id of a batch"),
    "no batch of letters": (["letters", "discard", "--batch", "zz"], "no id of a batch"),
    "a key of letters that is none": (
        ["letters", "print", "--key", "{rubbish}", "--to", "{new}"], "no age identity",
    ),
    "nobody to decide for": (["review", "accept", "1-2"], "name the person, or give --new"),
    "no webhook": (["webhook", "add", "ftp://x"], "https"),
    "no duration": (["check", "--for", "soon"], "is no duration"),
    "a backup into a file": (["backup", "--to", "{rubbish}"], "is a file"),
    "a backup that is none": (["restore", "{folder}"], "parchemin: "),
    "a receipt of no batch": (["batch", "receipt", "0" * 32, "--to", "{new}"], "no batch"),
    "workers": (["serve", "--workers", "0"], "--workers"),
    "bytes that are no text": (["person", "add", "zoe", "--given-name", "\udcff"], "no Unicode"),
}  # fmt: skip


def test_each_of_these_is_one_sentence_and_begins_nothing(data: Path, tmp_path: Path) -> None:
    rubbish, folder, new = tmp_path / "rubbish", tmp_path / "folder", tmp_path / "new"
    rubbish.write_bytes(bytes(range(256)))
    folder.mkdir()
    places = {"{rubbish}": str(rubbish), "{folder}": str(folder), "{new}": str(new)}
    for case, (words, told) in REFUSED.items():
        assert told in refused(*(places.get(word, word) for word in words), data=data), case
    assert not new.exists()
    assert list(folder.iterdir()) == []
    assert [one["username"] for one in facts("person", "list", data=data)] == ["amelie"]
