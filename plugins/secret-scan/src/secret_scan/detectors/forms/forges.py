"""Forges, registries of packages, and what builds in them."""

from __future__ import annotations

from secret_scan.detectors import checksums
from secret_scan.detectors.base import Form

NO_DASH = r"(?![\w-])"

FORMS = (
    # detect-secrets' own rule hashes the prefix alone (its issue 858).
    Form(
        "github-token",
        "GitHub Token",
        r"gh[pousr]_[0-9A-Za-z]{36}",
        ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        check=checksums.github,
    ),
    # Its last characters are said to be a checksum too, but not of what: the shape alone.
    Form(
        "github-fine-grained-token",
        "GitHub Fine-grained Token",
        r"github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59}",
        ("github_pat_",),
    ),
    # GitLab's documentation, "Token overview"; routable ones have two dots. Their CRC32 is not verified here.
    Form(
        "gitlab-token",
        "GitLab Token",
        r"gl(?:pat|dt|ft|soat|rt|rtr|ptt|imt|ffct|wt)-[0-9A-Za-z_-]{20,300}(?:\.[0-9a-z]{2}\.[0-9a-z]{9})?",
        ("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "glrtr-", "glptt-", "glimt-", "glffct-", "glwt-"),
    ),
    Form(
        "gitlab-ci-job-token",
        "GitLab CI Job Token",
        r"glcbt-(?:[0-9A-Fa-f]{1,5}_)?[0-9A-Za-z_-]{20,64}",
        ("glcbt-",),
    ),
    Form(
        "gitlab-runner-registration-token",
        "GitLab Runner Registration Token",
        r"GR1348941[0-9A-Za-z_-]{20,50}",
        ("gr1348941",),
    ),
    Form("gitlab-agent-token", "GitLab Agent Token", r"glagent-[0-9A-Za-z_-]{50,1024}", ("glagent-",)),
    Form("gitlab-oauth-secret", "GitLab OAuth Secret", r"gloas-[0-9A-Za-z_-]{64}", ("gloas-",), end=NO_DASH),
    Form("bitbucket-token", "Bitbucket Access Token", r"ATBB[0-9A-Za-z]{32}", ("atbb",)),
    Form(
        "bitbucket-repository-token",
        "Bitbucket Repository Token",
        r"ATCTT3[0-9A-Za-z_=-]{60,300}",
        ("atctt3",),
    ),
    Form("atlassian-api-token", "Atlassian API Token", r"ATATT3[0-9A-Za-z_=-]{60,300}", ("atatt3",)),
    Form("npm-token", "npm Token", r"npm_[0-9A-Za-z]{36}", ("npm_",), check=checksums.github),
    Form(
        "pypi-token",
        "PyPI Token",
        r"pypi-AgE[0-9A-Za-z_-]{80,800}",
        ("pypi-age",),
        check=checksums.pypi,
        strict=True,
    ),
    Form("rubygems-token", "RubyGems API Key", r"rubygems_[0-9a-f]{48}", ("rubygems_",)),
    Form(
        "crates-io-token",
        "Cargo Registry Token",
        r"cio[0-9A-Za-z]{32}",
        ("cio",),
        check=checksums.mixed,
        strict=True,
    ),
    Form("nuget-api-key", "NuGet API Key", r"oy2[a-z0-9]{43}", ("oy2",)),
    Form("clojars-token", "Clojars Deploy Token", r"CLOJARS_[0-9a-z]{60}", ("clojars_",)),
    Form("docker-hub-token", "Docker Hub Token", r"dckr_pat_[0-9A-Za-z_-]{27}", ("dckr_pat_",), end=NO_DASH),
    Form(
        "docker-hub-organization-token",
        "Docker Hub Organization Token",
        r"dckr_oat_[0-9A-Za-z_-]{32}",
        ("dckr_oat_",),
        end=NO_DASH,
    ),
    # detect-secrets' pattern takes the quote or space around the key for a part of it.
    Form("artifactory-api-key", "Artifactory API Key", r"AKC[0-9A-Za-z]{60,80}", ("akc",)),
    Form(
        "artifactory-reference-token",
        "Artifactory Reference Token",
        r"cmVmdGtu[0-9A-Za-z]{56}",
        ("cmvmdgtu",),
    ),
    Form(
        "circleci-token",
        "CircleCI Token",
        r"CCIP(?:AT|RJ)_[0-9A-Za-z]{22}_[0-9a-f]{40}",
        ("ccipat_", "cciprj_"),
    ),
    Form("buildkite-token", "Buildkite Token", r"bkua_[0-9a-f]{40}", ("bkua_",)),
    Form("sonarqube-token", "SonarQube Token", r"sq[upa]_[0-9a-f]{40}", ("squ_", "sqp_", "sqa_")),
    Form("snyk-token", "Snyk Token", r"snyk_(?:uat|sat)\.[0-9a-f]{8}\.[0-9A-Za-z_-]{60,400}", ("snyk_",)),
)
