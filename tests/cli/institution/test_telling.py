"""webhook, outbox and mail-test: telling people and programs from the command line."""

from pathlib import Path

from tests.cli.parchemin import facts, parchemin


def test_a_webhook_is_added_listed_and_removed(data: Path) -> None:
    made = facts("webhook", "add", "https://erp.example.org/hook", data=data)
    assert made["secret"].startswith("whsec_")
    listed = parchemin("webhook", "list", "--json", data=data).stdout
    assert made["webhook"] in listed
    assert made["secret"] not in listed
    parchemin("webhook", "remove", made["webhook"], data=data)
    parchemin("webhook", "remove", made["webhook"], data=data, status=2)


def test_what_may_not_be_called_is_refused_at_once(data: Path) -> None:
    for url in ("https://127.0.0.1/x", "http://example.org/", "ftp://example.org/"):
        done = parchemin("webhook", "add", url, data=data, status=2)
        assert done.stderr.startswith("parchemin: ")


def test_mail_that_is_off_says_what_to_set(data: Path) -> None:
    done = parchemin("mail-test", "ada@example.org", data=data, status=2)
    assert "mail.host" in done.stderr
    assert "Everything has left." in parchemin("outbox", "list", data=data).stdout
    parchemin("outbox", "send", data=data)
    assert parchemin("outbox", "retry", data=data).stdout.startswith("0 ")
