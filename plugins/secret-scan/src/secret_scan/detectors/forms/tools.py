"""What operates and observes: secrets, infrastructure, monitoring, and keys of their own."""

from __future__ import annotations

from secret_scan.detectors import checksums
from secret_scan.detectors.base import Form

NO_DASH = r"(?![\w-])"

FORMS = (
    Form("vault-token", "HashiCorp Vault Token", r"hv[sbr]\.[0-9A-Za-z_-]{24,300}", ("hvs.", "hvb.", "hvr.")),
    # Before Vault 1.10: little to go by, so it must look drawn by chance.
    Form(
        "vault-legacy-token",
        "HashiCorp Vault Token",
        r"s\.[0-9A-Za-z]{24}",
        ("s.",),
        check=checksums.mixed,
        strict=True,
        begin=r"(?<![\w.)\]-])",
        end=r"(?![\w.(\[-])",
    ),
    Form(
        "terraform-token",
        "Terraform Token",
        r"[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_-]{60,70}",
        ("atlasv1",),
        end=NO_DASH,
    ),
    Form("pulumi-token", "Pulumi Token", r"pul-[0-9a-f]{40}", ("pul-",)),
    Form(
        "age-secret-key",
        "age Secret Key",
        r"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Zac-hj-np-z]{58}",
        ("age-secret-key-1",),
        check=checksums.age,
    ),
    Form(
        "doppler-token",
        "Doppler Token",
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[0-9a-z_-]{2,35}\.)?[0-9A-Za-z]{40,44}",
        ("dp.",),
    ),
    Form(
        "onepassword-service-token",
        "1Password Service Account Token",
        r"ops_eyJ[0-9A-Za-z_-]{200,1000}",
        ("ops_eyj",),
    ),
    Form(
        "onepassword-secret-key",
        "1Password Secret Key",
        r"A3-[0-9A-Z]{6}-[0-9A-Z]{6}-(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}",
        ("a3-",),
    ),
    Form("infisical-token", "Infisical Token", r"st\.[0-9a-f]{24}\.[0-9a-f]{32}\.[0-9a-f]{32}", ("st.",)),
    Form(
        "tailscale-key",
        "Tailscale Key",
        r"tskey-(?:auth|api|client|scim|webhook)-[0-9A-Za-z]{8,24}-[0-9A-Za-z]{16,40}",
        ("tskey-",),
    ),
    Form(
        "grafana-token",
        "Grafana Service Account Token",
        r"glsa_[0-9A-Za-z]{32}_[0-9A-Fa-f]{8}",
        ("glsa_",),
        check=checksums.grafana,
    ),
    Form("grafana-cloud-token", "Grafana Cloud Token", r"glc_eyJ[0-9A-Za-z+/=]{50,400}", ("glc_eyj",)),
    Form(
        "newrelic-key",
        "New Relic Key",
        r"NR(?:AK-[0-9A-Z]{27}|II-[0-9A-Za-z_-]{32}|JS-[0-9a-f]{19})",
        ("nrak-", "nrii-", "nrjs-"),
    ),
    Form("newrelic-license", "New Relic License Key", r"[0-9a-f]{36}NRAL", ("nral",)),
    Form("dynatrace-token", "Dynatrace Token", r"dt0[a-z][0-9]{2}\.[0-9A-Z]{24}\.[0-9A-Z]{64}", ("dt0",)),
    Form(
        "sentry-token",
        "Sentry Organization Token",
        r"sntrys_eyJ[0-9A-Za-z+/=_-]{80,400}",
        ("sntrys_",),
        check=checksums.sentry,
        strict=True,
    ),
    Form("sentry-user-token", "Sentry User Token", r"sntryu_[0-9a-f]{64}", ("sntryu_",)),
    Form("posthog-key", "PostHog Personal API Key", r"phx_[0-9A-Za-z_-]{40,50}", ("phx_",), end=NO_DASH),
    Form("logfire-token", "Logfire Token", r"pylf_v[0-9]_(?:us|eu)_[0-9A-Za-z]{40,60}", ("pylf_v",)),
    Form("rootly-key", "Rootly API Key", r"rootly_[0-9a-f]{64}", ("rootly_",)),
    Form("openshift-token", "OpenShift Token", r"sha256~[0-9A-Za-z_-]{43}", ("sha256~",), end=NO_DASH),
    Form(
        "harness-token",
        "Harness Token",
        r"[ps]at\.[0-9A-Za-z_-]{22}\.[0-9a-f]{24}\.[0-9A-Za-z]{20}",
        ("pat.", "sat."),
    ),
)
