"""Credentials that a pull request's code can read are warned of, whatever the step does with them."""

from dataclasses import replace

import pytest

from drone_plugin.testing import build
from drone_plugin.testing.goformat import Value

from .conftest import Stand

WARNED = "reaches a pull request's code; withhold the secret from pull requests"


def warned(stand: Stand, **settings: Value) -> list[str]:
    """The settings that are warned of."""
    ran = stand.run(**settings)
    assert ran.code == 0, ran.log
    assert not stand.workspace.requests
    said = [line.removeprefix("warning: settings.") for line in ran.lines if WARNED in line]
    return [line.removesuffix(f" {WARNED}") for line in said]


@pytest.fixture
def pull_request(stand: Stand) -> Stand:
    """A pull request whose description asks for a training."""
    made = stand.made
    stand.made = build.pull_request(7, made.commit, title="Retune", description="[train]", number=made.number)
    return stand


def test_every_credential_that_reaches_a_pull_request_is_named(pull_request: Stand) -> None:
    login = {"registry_username": "drone", "registry_password": "swordfish-of-the-registry"}
    assert warned(pull_request, **login) == ["token", "registry_password"]
    assert warned(pull_request, auth_type="oauth-m2m", token="", client_id="c", client_secret="s3cret-1") == [
        "client_secret"
    ]


def test_a_pull_request_without_secrets_is_warned_of_nothing(pull_request: Stand) -> None:
    assert warned(pull_request, token="") == []


def test_a_pull_request_that_is_promoted_gets_secrets_and_is_warned(pull_request: Stand) -> None:
    promoted = build.promote(pull_request.made, "production", number=pull_request.made.number + 1)
    pull_request.made = replace(promoted, message="[train]")
    assert warned(pull_request, events="promote", trigger="always") == ["token"]


def test_the_token_for_comments_on_pull_requests_may_be_meant_for_them(pull_request: Stand) -> None:
    settings = {"report": "comment", "report_url": "https://git.example.com", "report_token": "f0rge-token-1"}
    assert warned(pull_request, token="", **settings) == []


def test_on_a_push_nothing_is_warned_of(stand: Stand) -> None:
    stand.made = replace(stand.made, message="fix typo")
    assert warned(stand) == []
