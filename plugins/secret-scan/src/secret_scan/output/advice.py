"""What to do about a secret: where it is made worthless."""

from __future__ import annotations

from typing import Final

_WHERE: Final = (
    ("databricks", "in Databricks: Settings, Developer, Access tokens (or the service principal's secrets)"),
    ("github", "on GitHub: Settings, Developer settings"),
    ("gitlab", "on GitLab: Access tokens of the user, the group or the project"),
    ("aws", "in AWS: IAM, Security credentials; then look at what CloudTrail has seen of it"),
    ("azure", "in the Azure portal: rotate the account's keys, or the application's secret"),
    ("gcp", "in the Google Cloud console: IAM, Service accounts, Keys"),
    ("google", "in the Google Cloud console: APIs & Services, Credentials"),
    ("hugging", "on Hugging Face: Settings, Access Tokens"),
    ("openai", "at OpenAI: API keys"),
    ("anthropic", "in the Anthropic console: API keys"),
    ("slack", "in Slack: the app's OAuth page, or its incoming webhooks"),
    ("npm", "on npm: Access Tokens"),
    ("pypi", "on PyPI: Account settings, API tokens"),
    ("docker", "on Docker Hub: Account settings, Personal access tokens"),
    ("stripe", "in Stripe's dashboard: Developers, API keys"),
    ("wandb", "in W&B: User settings, API keys"),
    (
        "private-key",
        "by making a new pair, and by removing the public half of this one wherever it is trusted",
    ),
)


def revocation(rule: str) -> str:
    """Where a secret of this rule is revoked, behind `revoke it`; empty where that is not known."""
    return next((where for name, where in _WHERE if name in rule), "")
