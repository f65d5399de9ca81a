"""The kinds of secrets of the matrix: what is drawn, and the name that it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from kit.secrets.draw import BASE32

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.secrets.draw import Draw


@dataclass(frozen=True)
class Kind:
    """One kind of secret."""

    rule: str
    """Of ours, that finds it."""
    name: str
    """Of the variable that holds it."""
    draw: Callable[[Draw], str]


# fmt: off
KINDS: tuple[Kind, ...] = (
    Kind("databricks-token", "DATABRICKS_TOKEN", lambda d: f"dapi{d.hexa(32)}"),
    Kind("databricks-token", "DATABRICKS_TOKEN", lambda d: f"dapi{d.hexa(32)}-2"),
    Kind("databricks-token", "DATABRICKS_TOKEN", lambda d: f"dkea{d.hexa(32)}"),
    Kind("databricks-token", "DATABRICKS_CLIENT_SECRET", lambda d: f"dose{d.hexa(32)}"),
    Kind("github-token", "GITHUB_TOKEN", lambda d: d.crc62("ghp_")),
    Kind("github-token", "GITHUB_TOKEN", lambda d: d.crc62("ghs_")),
    Kind("github-fine-grained-token", "GITHUB_TOKEN", lambda d: f"github_pat_{d.alnum(22)}_{d.alnum(59)}"),
    Kind("gitlab-token", "GITLAB_TOKEN", lambda d: f"glpat-{d.urlsafe(20)}"),
    Kind("gitlab-token", "GITLAB_TOKEN", lambda d: f"gldt-{d.urlsafe(20)}"),
    Kind("gitlab-token", "GITLAB_TOKEN", lambda d: f"glpat-{d.urlsafe(27)}.01.{d.lower(9)}"),
    Kind("gitlab-ci-job-token", "GITLAB_TOKEN", lambda d: f"glcbt-{d.hexa(2)}_{d.urlsafe(20)}"),
    Kind("huggingface-token", "HF_TOKEN", lambda d: f"hf_{d.alnum(34)}"),
    Kind("openai-key", "OPENAI_API_KEY", lambda d: f"sk-{d.alnum(20)}T3BlbkFJ{d.alnum(20)}"),
    Kind("openai-key", "OPENAI_API_KEY",
         lambda d: f"sk-proj-{d.urlsafe(74)}T3BlbkFJ{d.urlsafe(74)}"),
    Kind("openai-key", "OPENAI_API_KEY",
         lambda d: f"sk-svcacct-{d.urlsafe(74)}T3BlbkFJ{d.urlsafe(74)}"),
    Kind("anthropic-key", "ANTHROPIC_API_KEY", lambda d: f"sk-ant-api03-{d.urlsafe(93)}AA"),
    Kind("openrouter-key", "OPENROUTER_API_KEY", lambda d: f"sk-or-v1-{d.hexa(64)}"),
    Kind("groq-key", "GROQ_API_KEY", lambda d: f"gsk_{d.alnum(52)}"),
    Kind("replicate-token", "REPLICATE_API_TOKEN", lambda d: f"r8_{d.alnum(37)}"),
    Kind("google-api-key", "GOOGLE_API_KEY", lambda d: f"AIza{d.urlsafe(35)}"),
    Kind("google-oauth-secret", "GOOGLE_CLIENT_SECRET", lambda d: f"GOCSPX-{d.urlsafe(28)}"),
    Kind("aws-access-key", "AWS_ACCESS_KEY_ID", lambda d: f"AKIA{d.of(BASE32, 16)}"),
    Kind("aws-access-key", "AWS_ACCESS_KEY_ID", lambda d: f"ASIA{d.of(BASE32, 16)}"),
    Kind("aws-secret-key", "AWS_SECRET_ACCESS_KEY", lambda d: d.base64(30)),
    Kind("aws-session-token", "AWS_SESSION_TOKEN", lambda d: f"IQoJb3JpZ2luX2Vj{d.base64(300)}"),
    Kind("azure-client-secret", "AZURE_CLIENT_SECRET", lambda d: f"{d.alnum(3)}8Q~{d.alnum(34)}"),
    Kind("azure-storage-key", "AZURE_STORAGE_KEY", lambda d: d.base64(64)),
    Kind("azure-storage-key", "AZURE_STORAGE_CONNECTION_STRING",
         lambda d: "DefaultEndpointsProtocol=https;AccountName=lake;"
                   f"AccountKey={d.base64(64)};EndpointSuffix=core.windows.net"),
    Kind("azure-sas", "SAS_URL",
         lambda d: "https://lake.blob.core.windows.net/c?sv=2022-11-02&sp=r&"
                   f"sig={quote(d.base64(32), safe='')}"),
    Kind("slack-token", "SLACK_TOKEN", lambda d: f"xoxb-{d.digits(12)}-{d.digits(13)}-{d.alnum(24)}"),
    Kind("slack-app-token", "SLACK_APP_TOKEN",
         lambda d: f"xapp-1-A{d.upper(10)}-{d.digits(13)}-{d.hexa(64)}"),
    Kind("slack-webhook", "SLACK_WEBHOOK",
         lambda d: f"https://hooks.slack.com/services/T{d.upper(8)}/B{d.upper(10)}/{d.alnum(24)}"),
    Kind("npm-token", "NPM_TOKEN", lambda d: d.crc62("npm_")),
    Kind("npm-auth-token", "NPMRC_LINE", lambda d: f"//npm.example.com/:_authToken={d.uuid()}"),
    Kind("pypi-token", "PYPI_TOKEN", lambda d: d.pypi()),
    Kind("docker-hub-token", "DOCKER_TOKEN", lambda d: f"dckr_pat_{d.urlsafe(27)}"),
    Kind("terraform-token", "TF_API_TOKEN", lambda d: f"{d.alnum(14)}.atlasv1.{d.urlsafe(67)}"),
    Kind("vault-token", "VAULT_TOKEN", lambda d: f"hvs.{d.urlsafe(95)}"),
    Kind("digitalocean-token", "DIGITALOCEAN_TOKEN", lambda d: f"dop_v1_{d.hexa(64)}"),
    Kind("stripe-key", "STRIPE_API_KEY", lambda d: f"sk_live_{d.alnum(24)}"),
    Kind("twilio-key", "TWILIO_API_KEY", lambda d: f"SK{d.hexa(32)}"),
    Kind("sendgrid-key", "SENDGRID_API_KEY", lambda d: f"SG.{d.urlsafe(22)}.{d.urlsafe(43)}"),
    Kind("wandb-key", "WANDB_API_KEY", lambda d: d.hexa(40)),
    Kind("wandb-key", "WANDB_API_KEY", lambda d: f"wandb_v1_{d.alnum(27)}_{d.alnum(49)}"),
    Kind("kaggle-key", "KAGGLE_KEY", lambda d: d.hexa(32)),
    Kind("assigned-secret", "MLFLOW_TRACKING_PASSWORD", lambda d: f"{d.alnum(9)}!{d.alnum(6)}"),
    Kind("url-password", "DATABASE_URL", lambda d: f"postgresql://app:{d.alnum(16)}@db.internal:5432/app"),
    Kind("url-password", "MLFLOW_TRACKING_URI", lambda d: f"https://mlflow:{d.alnum(16)}@mlflow.internal"),
    Kind("jwt", "ID_TOKEN", lambda d: d.jwt()),
    Kind("authorization-bearer", "AUTHORIZATION", lambda d: f"Bearer {d.alnum(40)}"),
    Kind("telegram-bot-token", "TELEGRAM_BOT_TOKEN", lambda d: f"{d.digits(10)}:AA{d.urlsafe(33)}"),
    Kind("age-secret-key", "AGE_KEY", lambda d: d.age()),
    Kind("prefect-key", "PREFECT_API_KEY", lambda d: f"pnu_{d.alnum(36)}"),
    Kind("langsmith-key", "LANGSMITH_API_KEY", lambda d: f"lsv2_pt_{d.hexa(32)}_{d.hexa(10)}"),
    Kind("pinecone-key", "PINECONE_API_KEY", lambda d: f"pcsk_{d.alnum(6)}_{d.alnum(63)}"),
    Kind("drone-token", "DRONE_TOKEN", lambda d: d.alnum(32)),
    Kind("drone-token", "DRONE_RPC_SECRET", lambda d: d.hexa(32)),
    Kind("woodpecker-secret", "WOODPECKER_AGENT_SECRET", lambda d: d.hexa(64)),
    Kind("private-key", "PRIVATE_KEY", lambda d: d.pem("RSA PRIVATE KEY")),
    Kind("private-key", "PRIVATE_KEY", lambda d: d.pem("ENCRYPTED PRIVATE KEY")),
    Kind("private-key", "PRIVATE_KEY", lambda d: d.pem("OPENSSH PRIVATE KEY")),
    Kind("private-key", "PGP_KEY", lambda d: d.pem("PGP PRIVATE KEY BLOCK")),
)
# fmt: on
