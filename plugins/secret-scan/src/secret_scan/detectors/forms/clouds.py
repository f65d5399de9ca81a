"""Clouds and what runs them."""

from __future__ import annotations

from secret_scan.detectors import checksums
from secret_scan.detectors.base import Form

NO_DASH = r"(?![\w-])"
NO_BASE64 = r"(?![0-9A-Za-z+/=])"

FORMS = (
    # Long-term (AKIA), temporary (ASIA), bearer (ABIA), context-specific (ACCA): IAM's "Unique identifiers".
    # The others of that table (AGPA, AIDA, AROA …) are no credentials.
    Form(
        "aws-access-key",
        "AWS Access Key",
        r"(?:AKIA|ASIA|ABIA|ACCA|A3T[0-9A-Z])[0-9A-Z]{16}",
        ("akia", "asia", "abia", "acca", "a3t"),
    ),
    # They are not documented; all begin with what is base64 of the region and kind.
    Form(
        "aws-session-token",
        "AWS Session Token",
        r"(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|FQoGZXIvYXdz|AQoDYXdz)[0-9A-Za-z+/=]{100,2500}",
        ("iqojb3jpz2lu", "fwogzxivyxdz", "fqogzxivyxdz", "aqodyxdz"),
    ),
    Form(
        "aws-mws-token",
        "Amazon MWS Token",
        r"amzn\.mws\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ("amzn.mws.",),
    ),
    Form(
        "aws-bedrock-key", "AWS Bedrock API Key", r"ABSK[0-9A-Za-z+/]{109,269}=?=?", ("absk",), end=NO_BASE64
    ),
    Form("google-api-key", "Google API Key", r"AIza[0-9A-Za-z_-]{35}", ("aiza",), end=NO_DASH),
    Form(
        "google-oauth-secret",
        "Google OAuth Client Secret",
        r"GOCSPX-[0-9A-Za-z_-]{28}",
        ("gocspx-",),
        end=NO_DASH,
    ),
    # Of Firebase Cloud Messaging: an id and a key.
    Form(
        "google-messaging-key",
        "Firebase Messaging Key",
        r"AAAA[0-9A-Za-z_-]{7}:APA91b[0-9A-Za-z_-]{100,150}",
        (":apa91b",),
        end=NO_DASH,
    ),
    Form("google-oauth-token", "Google OAuth Access Token", r"ya29\.[0-9A-Za-z_-]{60,2000}", ("ya29.",)),
    Form("google-refresh-token", "Google OAuth Refresh Token", r"1//0[0-9A-Za-z_-]{60,120}", ("1//0",)),
    # Entra's client secrets have `Q~` (or `8Q~`) as their fourth and fifth character.
    Form(
        "azure-client-secret",
        "Azure Client Secret",
        r"[0-9A-Za-z_~.-]{3}[0-9]Q~[0-9A-Za-z_~.-]{31,34}",
        ("q~",),
        begin=r"(?<![\w~.-])",
        end=r"(?![\w~.-])",
    ),
    Form(
        "azure-storage-key",
        "Azure Storage Key",
        r"[0-9A-Za-z+/]{86}==",
        ("==",),
        check=checksums.azure_key,
        strict=True,
        begin=r"(?<![0-9A-Za-z+/])(?<!sha512[-:=])",  # a checksum in a lock file is as long
        end=NO_BASE64,
    ),
    # Keys that name themselves, the same for many services since 2024.
    Form("azure-key", "Azure Service Key", r"[0-9A-Za-z]{52}JQQJ99[0-9A-Za-z]{26}", ("jqqj99",)),
    Form(
        "azure-sas",
        "Azure Shared Access Signature",
        r"[?&;]sig=[0-9A-Za-z%+/]{40,70}(?:%3[Dd]|=)",
        ("sig=",),
        begin="",
        end="",
    ),
    # The address that starts a flow of Logic Apps or Power Automate, as Teams has them for webhooks.
    Form(
        "azure-workflow-url",
        "Azure Workflow Address",
        r"(?:logic\.azure\.com|\.powerplatform\.com|\.flow\.microsoft\.com)[:/][^\s\"'<>]{1,400}"
        r"[?&](?:amp;)?sig=[0-9A-Za-z_%-]{40,60}",
        ("sig=",),
        begin="",
    ),
    Form(
        "azure-function-key",
        "Azure Function Key",
        r"[0-9A-Za-z_-]{40,60}AzFu[0-9A-Za-z_-]{5,8}={1,2}",
        ("azfu",),
        begin=r"(?<![0-9A-Za-z_-])",
        end=NO_BASE64,
    ),
    # Service Bus, Event Hubs, Relay, IoT Hub and Redis: 32 bytes in base64, with a mark in them.
    Form(
        "azure-key",
        "Azure Service Key",
        r"[0-9A-Za-z+/]{33}(?:\+ASb|\+AEh|\+ARm|AIoT|AzCa)[0-9A-Za-z+/]{5,7}=",
        ("+asb", "+aeh", "+arm", "aiot", "azca"),
        begin=r"(?<![0-9A-Za-z+/])",
        end=NO_BASE64,
    ),
    Form("azure-devops-token", "Azure DevOps Token", r"[0-9A-Za-z]{76}AZDO[0-9A-Za-z]{4}", ("azdo",)),
    Form(
        "azure-container-registry-key",
        "Azure Container Registry Key",
        r"[0-9A-Za-z+/]{42}\+ACR[0-9A-Za-z]{6}",
        ("+acr",),
        begin=r"(?<![0-9A-Za-z+/])",
        end=NO_BASE64,
    ),
    Form(
        "digitalocean-token",
        "DigitalOcean Token",
        r"do[opr]_v1_[0-9a-f]{64}",
        ("dop_v1_", "doo_v1_", "dor_v1_"),
    ),
    Form("alibaba-access-key", "Alibaba Cloud Access Key", r"LTAI[0-9A-Za-z]{16,20}", ("ltai",)),
    Form("tencent-secret-id", "Tencent Cloud Secret Id", r"AKID[0-9A-Za-z]{32}", ("akid",)),
    Form("yandex-api-key", "Yandex Cloud API Key", r"AQVN[0-9A-Za-z_-]{35,38}", ("aqvn",), end=NO_DASH),
    Form("heroku-key", "Heroku API Key", r"HRKU-[0-9A-Za-z_-]{36,60}", ("hrku-",)),
    Form("scaleway-key", "Scaleway Access Key", r"SCW[0-9A-Z]{17}", ("scw",)),
    Form("flyio-token", "Fly.io Token", r"fm[12](?:r|a)?_[0-9A-Za-z+/=_-]{60,2000}", ("fm1", "fm2")),
    Form(
        "cloudflare-origin-key", "Cloudflare Origin CA Key", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{146}", ("v1.0-",)
    ),
    Form("supabase-token", "Supabase Token", r"sbp_[0-9a-f]{40}", ("sbp_",)),
    Form(
        "supabase-secret-key",
        "Supabase Secret Key",
        r"sb_secret_[0-9A-Za-z_-]{22}_[0-9A-Za-z_-]{8}",
        ("sb_secret_",),
    ),
    Form(
        "planetscale-token",
        "PlanetScale Token",
        r"pscale_(?:tkn|pw|oauth)_[0-9A-Za-z_.=-]{32,64}",
        ("pscale_",),
    ),
    Form("neon-key", "Neon API Key", r"napi_[0-9a-z]{64}", ("napi_",)),
)
