"""`parchemin escrow`: shares in files, asking, waiting and the code at the end."""

from __future__ import annotations

from pathlib import Path

from tests import stores
from tests.cli.parchemin import facts, parchemin
from tests.web.site import PASSWORD
from vault_core.crypto.keys import parse_identity


def test_a_key_in_three_hands_of_which_two_open(tmp_path: Path) -> None:
    hands, data = tmp_path / "hands", tmp_path / "data"
    made = facts("escrow", "init", "--shares", "3", "--needed", "2", "--to", hands, data=data)
    assert all("AGE-SECRET-KEY" not in file.read_text() for file in hands.iterdir())
    assert {file.stat().st_mode & 0o077 for file in hands.iterdir()} == {0}
    assert "not empty" in parchemin("escrow", "init", "--to", hands, status=2).stderr
    told = parchemin("escrow", "init", "--to", tmp_path / "others")
    assert f"share-1-of-3.txt, {tmp_path / 'others'}/share-2-of-3.txt, " in told.stdout
    assert "escrow_recipient" in told.stderr
    one, two, _ = sorted(hands.iterdir())
    parchemin("escrow", "combine", one, "--to", tmp_path / "few", status=2)
    parchemin("escrow", "combine", one, two, "--to", tmp_path / "key")
    words = (tmp_path / "key").read_text().splitlines()
    assert str(parse_identity(words[1]).recipient) == made["recipient"]

    parchemin("init", data=data)
    with (data / "parchemin.toml").open("a") as settings:
        settings.write(f'\n[recovery]\nescrow_recipient = "{made["recipient"]}"\n')
    parchemin("person", "add", "ada", "--password-stdin", data=data, given=f"{PASSWORD}\n")
    recover = ("escrow", "recover", "ada", "--share", one, "--share", two)
    assert "Nobody asked" in parchemin(*recover, data=data, status=2).stderr
    assert facts("escrow", "ask", "ada", data=data)["way"] == "escrow"
    assert [row["username"] for row in facts("escrow", "list", data=data)] == ["ada"]
    assert "can stop this until" in parchemin(*recover, data=data, status=2).stderr
    lost = ("person", "new-code", "ada", "--escrow-key", tmp_path / "key")
    assert "signed in before" in parchemin(*lost, data=data, status=2).stderr
    stores.rows(data, "UPDATE recoveries SET ready_at = asked_at - 1")
    code = facts(*recover, data=data)["activation_code"]
    secrets = f"{code}\nnine geese swim past barges\n"
    parchemin("person", "activate", "ada", "--password-stdin", data=data, given=secrets)
    parchemin(*recover, data=data, status=2)  # once
