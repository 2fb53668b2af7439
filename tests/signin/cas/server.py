"""PyPI's django-cas-server in a process of its own: `server.py FOLDER`; prints its port.

FOLDER/people.json says who has an account: username, password, attributes.
"""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

FOLDER = Path(sys.argv[1])
PEOPLE = FOLDER / "people.json"
sys.modules["cas_of_tests"] = sys.modules["__main__"]


class Server(ThreadingMixIn, WSGIServer):
    """Several requests at once: a logout calls a service that may call back."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, *words: Any) -> None:
        """Nothing."""


def main() -> None:
    """Serve until the process is ended."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY=secrets.token_hex(), ALLOWED_HOSTS=["*"], USE_TZ=True, STATIC_URL="/static/",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField", ROOT_URLCONF="cas_server.urls",
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(FOLDER / "cas.sqlite3")}
        },
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.messages", "django.contrib.staticfiles", "cas_server",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]},
        }],
        CAS_AUTH_CLASS="cas_of_tests.People", CAS_NEW_VERSION_HTML_WARNING=False,
        CAS_NEW_VERSION_EMAIL_WARNING=False, CAS_SLO_TIMEOUT=30,
    )  # fmt: skip
    django.setup()
    from cas_server.auth import AuthUser
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    class People(AuthUser):  # type: ignore[misc]
        """Accounts as the file has them now."""

        def _account(self) -> dict[str, Any]:
            found: dict[str, Any] = json.loads(PEOPLE.read_text()).get(self.username, {})
            return found

        def test_password(self, password: str) -> bool:
            """Whether it is theirs."""
            return bool(password) and password == self._account().get("password")

        def attributs(self) -> dict[str, Any]:
            """What services are told."""
            found: dict[str, Any] = self._account().get("attributes", {})
            return found

    globals()["People"] = People
    call_command("migrate", verbosity=0)
    from cas_server.models import ReplaceAttributName, ServicePattern

    pattern = ServicePattern.objects.create(
        name="tests", pattern=r"^http://127\.0\.0\.1:\d+/", pos=1, single_log_out=True
    )
    ReplaceAttributName.objects.create(name="*", service_pattern=pattern)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Server, Quiet)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
