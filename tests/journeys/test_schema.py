"""The published API, asked at random and in bad faith: it never breaks, and answers only what its document says."""

import json
import re
import time
import urllib.request

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from matinee.testing.deployment import Deployment
from matinee.wiring.authorisation import authorisation
from matinee.wiring.openapi import document

pytestmark = [pytest.mark.journey, pytest.mark.timeout(900)]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 10
# An event stream never ends by itself, so nobody can wait for its answer.
ENDLESS = {"GET /api/v1/studio/live", "GET /api/v1/admin/operations/live"}
OPERATIONS = sorted(
    f"{method.upper()} {path}"
    for path, item in document()["paths"].items()
    for method in item
    if f"{method.upper()} {path}" not in ENDLESS
)


def takes_something(operation):
    """Return whether an operation has anything that could be wrong."""
    method, _, path = operation.partition(" ")
    described = document()["paths"][path][method.lower()]
    # Every text is a fitting place in a path, so nothing can be wrong with one.
    given = [
        one for one in described.get("parameters", ()) if one["in"] != "path" or one["schema"] != {"type": "string"}
    ]
    return bool(given or described.get("requestBody") or method != "GET")


@pytest.fixture(scope="module")
def deployment(tmp_path_factory):
    # Guessing at random is what the limit on requests is there to stop.
    calm = {"MATINEE_GATEWAY__RATE_REQUESTS": "1000000"}
    started = Deployment(tmp_path_factory.mktemp("schema"), settings=calm).start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def api(deployment):
    with urllib.request.urlopen(f"{deployment.url}/openapi.json", timeout=30) as answer:  # noqa: S310  # loopback
        loaded = schemathesis.openapi.from_dict(json.loads(answer.read()))
    loaded.config.update(base_url=deployment.url)
    return loaded


class Papers:
    """Headers of callers by role. An admin whose session was asked to death is followed by the next one."""

    def __init__(self, deployment):
        self.deployment = deployment
        self.admins = 0
        self.admin = {}

    def of(self, operation):
        """Return the headers of those whom the table lets call an operation."""
        if self.call("GET", "/api/v1/session", self.admin)[0].get("role") != "admin":
            self.admin = self.next_admin()
        known = {"stranger": {}, "operator": {"Authorization": f"Bearer {self.deployment.key}"}, "admin": self.admin}
        return [headers for role, headers in known.items() if role in authorisation().get(operation, (role,))]

    def next_admin(self):
        """Make an account, choose its password by the mail that it got, and sign in."""
        self.admins += 1
        email, password = f"admin-{self.admins}@example.org", f"a long walk along shore {self.admins}"
        self.deployment.call("POST", "/api/v1/admin/accounts", {"email": email, "role": "admin"})
        token = self.token_for(email)
        self.call("POST", "/api/v1/password/reset/complete", {}, {"token": token, "password": password})
        view, cookies = self.call("POST", "/api/v1/session", {}, {"email": email, "password": password})
        signed_in = {"Cookie": "; ".join(cookies), "Sec-Fetch-Site": "same-origin"}
        # Lists, thumbs and the history are a profile's.
        profile = {"profile_id": view["profiles"][0]["profile_id"]}
        _, fresh = self.call("POST", "/api/v1/session/profile", signed_in, profile)
        kept = {cookie.partition("=")[0]: cookie for cookie in [*cookies, *fresh]}
        return {**signed_in, "Cookie": "; ".join(kept.values())}

    def token_for(self, email):
        """Wait for the mail to somebody and return the token in its link."""
        ends_at = time.monotonic() + 20
        while time.monotonic() < ends_at:
            mails = self.deployment.call("GET", "/api/v1/mailbox")["items"]
            found = [re.search(r"#token=([\w-]+)", mail["text"]) for mail in mails if mail["to"] == email]
            if found and found[0]:
                return found[0][1]
        raise AssertionError("no mail came")

    def call(self, method, path, headers, body=None):
        """Return an answer's JSON and the cookies it sets."""
        request = urllib.request.Request(  # noqa: S310  # loopback
            f"{self.deployment.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json", "sec-fetch-site": "same-origin", **headers},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # loopback
            cookies = [cookie.partition(";")[0] for cookie in answer.headers.get_all("set-cookie") or ()]
            text = answer.read()
        return json.loads(text) if text else {}, cookies


@pytest.fixture(scope="module")
def papers(deployment):
    return Papers(deployment)


def ask(api, papers, operation, mode):
    """Ask one operation with values that fit its schema, or that do not, as everybody who may."""
    method, _, path = operation.partition(" ")
    callers = papers.of(operation)
    assert callers

    @seed(2026)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    def run(case):
        for headers in callers:
            case.call_and_validate(checks=CHECKS, headers=headers, timeout=30)

    run()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_fits_the_document(api, papers, operation):
    ask(api, papers, operation, GenerationMode.POSITIVE)


@pytest.mark.parametrize("operation", [operation for operation in OPERATIONS if takes_something(operation)])
def test_what_does_not_fit_it(api, papers, operation):
    ask(api, papers, operation, GenerationMode.NEGATIVE)
