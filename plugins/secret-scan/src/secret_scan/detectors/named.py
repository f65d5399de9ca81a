"""Tokens that have no form but what the name beside them gives: 40 hex digits after `WANDB_API_KEY`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from secret_scan.detectors.base import Detector, Form, Line, Match, small
from secret_scan.detectors.strength import is_words

if TYPE_CHECKING:
    from collections.abc import Iterator

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

# What stands between a name and its value: the rest of the name, its quote, a sign, perhaps a call, a quote.
_BETWEEN = r"""[\w.-]{0,40}["'\])]{0,3}\s{0,9}(?:=>|:=|==?|[:,(=]|\s)\s{0,9}(?:[\w.]{1,30}\()?\\?["'`]{0,3}"""


@dataclass(frozen=True)
class Named:
    """A token that is known by the name beside it."""

    rule: str
    kind: str
    names: str
    """A regular expression without groups, in any case."""
    value: str
    """As a form's `body`."""
    keywords: tuple[str, ...]
    between: str = _BETWEEN


class NamedDetector(Detector):
    """Finds the tokens of one kind behind one of their names."""

    def __init__(self, named: Named) -> None:
        super().__init__(Form(named.rule, named.kind, named.value, named.keywords))
        self.named = named
        self.trigger = named.value

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The name, what may stand between, and the value; compiled when it is first looked for."""
        named = self.named
        return re.compile(f"(?i:{named.names}){named.between}(?P<value>{named.value})(?![\\w/+=-])")

    @cached_property
    def _keyword(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self.named.keywords)))

    def find(self, line: Line) -> Iterator[Match]:
        """The values behind the names."""
        for text, shift in line.views():
            for found in self._named(text):
                start, end = found.span("value")
                if start - shift >= 0 and (why := self.judge(found["value"])):
                    yield Match(found["value"], start - shift, end - shift, why)

    def _named(self, text: str) -> Iterator[re.Match[str]]:
        """The matches, on a long line each looked for around a keyword: that is quicker."""
        if len(text) < _LONG:
            yield from self.pattern.finditer(text)
            return
        begin = looked = 0
        for keyword in self._keyword.finditer(small(text)):
            if keyword.start() < looked:
                continue
            begin = max(begin, keyword.start() - _AROUND)
            looked = keyword.end() + _REACH
            while found := self.pattern.search(text, begin, looked + _REACH):
                begin = found.end()
                yield found

    def judge(self, value: str) -> str:
        """As for a form, in other words."""
        return f"named and shaped like a {self.kind}" if super().judge(value) and not is_words(value) else ""


_AROUND = 60
"""Characters of a name before its keyword."""
_REACH = 3000
"""Characters of the rest of a name, and of its value."""
_LONG = 600

# Of a shell; what begins with a dollar is filled in by it.
_WORD = r"[!#%&(-;=?-~][!#-&(-;=?-~]{5,100}"
_HEX32, _HEX40, _HEX64 = (f"[0-9a-f]{{{size}}}" for size in (32, 40, 64))

NAMED = (
    Named(
        "aws-secret-key",
        "AWS Secret Access Key",
        r"(?:aws|s3|amazon)[\w.-]{0,20}(?:secret|key|pass|token|pwd)|secret_?-?access_?-?key|secretAccessKey",
        "[0-9A-Za-z/+]{40}",
        ("aws", "s3", "amazon", "secret"),
    ),
    Named(
        "wandb-key",
        "Weights & Biases API Key",
        r"wandb(?:\.login\(key|\s{1,3}login|[\w.-]{0,20}key)?|weights_?biases",
        _HEX40,
        ("wandb", "biases"),
    ),
    Named("kaggle-key", "Kaggle API Key", r"kaggle[\w.-]{0,20}key", _HEX32, ("kaggle",)),
    Named(
        "kaggle-key",
        "Kaggle API Key",
        r"""["']username["']\s?:\s?["'][\w.-]{1,40}["'],\s?["']key""",
        _HEX32,
        ("username",),
    ),
    # Drone's are 32 letters and digits, or hex as `openssl rand -hex 16` writes for its shared secret.
    Named(
        "drone-token",
        "Drone Token",
        r"drone[\w.-]{0,20}(?:token|secret|key)|droneci[\w.-]{0,20}",
        "[0-9A-Za-z]{32,64}",
        ("drone",),
    ),
    Named(
        "woodpecker-secret",
        "Woodpecker Secret",
        r"woodpecker[\w.-]{0,20}(?:token|secret|key)",
        "[0-9A-Za-z]{32,64}",
        ("woodpecker",),
    ),
    Named(
        "terraform-token", "Terraform Token", r"\bTF_TOKEN_\w{1,60}", "[0-9A-Za-z.]{14,90}", ("tf_token_",)
    ),
    Named("npm-auth-token", "npm Auth Token", r"_authToken", UUID, ("_authtoken",)),
    Named(
        "npm-auth",
        "npm Basic Auth",
        r"(?:^|(?<=:))_(?:auth|password)",
        r"[0-9A-Za-z+/]{12,200}={0,2}",
        ("_auth", "_password"),
        between=r"""["']?\s{0,2}[=:]\s{0,2}["']?""",
    ),
    Named(
        "docker-config-auth",
        "Docker Registry Login",
        r"""["']auth["']""",
        r"[0-9A-Za-z+/]{16,400}={0,2}",
        ("auth",),
        between=r"""\s{0,9}:\s{0,9}\\?["']""",
    ),
    Named(
        "authorization-bearer",
        "Bearer Token",
        r"\bBearer",
        r"[0-9A-Za-z_.~+/-]{20,2000}={0,2}",
        ("bearer",),
        between=r"[ ]{1,3}",
    ),
    Named(
        "authorization-basic",
        "Basic Authorization",
        r"""\bauthorization["']?\s{0,4}[:=,]\s{0,4}["']?Basic""",
        r"[0-9A-Za-z+/]{12,400}={0,2}",
        ("basic",),
        between=r"[ ]{1,3}",
    ),
    # The words of other services before a token: Django REST, Splunk, Okta, Opsgenie, Sentry, Discord …
    Named(
        "authorization-token",
        "Authorization Token",
        r"""\bauthorization["']?\s{0,4}[:=,]\s{0,4}["']?(?:Token|Api-?Key|Key|Splunk|SSWS|GenieKey|OAuth|Bot|DSN"""
        r"|PRIVATE-TOKEN|Klaviyo-API-Key|DeepL-Auth-Key)",
        r"[0-9A-Za-z_.~+/-]{20,2000}={0,2}",
        ("authorization",),
        between=r"""\s(?:token=)?["']?""",
    ),
    Named("heroku-key", "Heroku API Key", r"heroku[\w.-]{0,20}", UUID, ("heroku",)),
    Named(
        "datadog-key",
        "Datadog Key",
        r"(?:datadog|\bdd)[\w.-]{0,20}key",
        rf"(?:{_HEX40}|{_HEX32})",
        ("datadog", "dd"),
    ),
    Named(
        "cloudflare-key",
        "Cloudflare Key",
        r"(?:cloudflare|\bcf)[\w.-]{0,20}(?:key|token)",
        r"(?:[0-9a-f]{37}|[0-9A-Za-z_-]{40})",
        ("cloudflare", "cf"),
    ),
    Named(
        "twilio-auth-token",
        "Twilio Auth Token",
        r"twilio[\w.-]{0,20}(?:token|secret|key)",
        _HEX32,
        ("twilio",),
    ),
    Named(
        "mailgun-key",
        "Mailgun API Key",
        r"mailgun[\w.-]{0,20}(?:key|token)",
        r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}",
        ("mailgun",),
    ),
    Named("algolia-key", "Algolia API Key", r"algolia[\w.-]{0,20}key", _HEX32, ("algolia",)),
    Named(
        "azure-storage-key",
        "Azure Storage Key",
        r"AccountKey|SharedAccessKey",
        r"[0-9A-Za-z+/]{43,86}={1,2}",
        ("accountkey", "sharedaccesskey"),
    ),
    Named(
        "fastly-key", "Fastly API Token", r"fastly[\w.-]{0,20}(?:key|token)", "[0-9A-Za-z_-]{32}", ("fastly",)
    ),
    Named("okta-token", "Okta API Token", r"okta[\w.-]{0,20}token", "00[0-9A-Za-z_-]{40}", ("okta",)),
    Named("comet-key", "Comet API Key", r"comet[\w.-]{0,20}key", "[0-9A-Za-z]{25}", ("comet",)),
    Named(
        "neptune-token",
        "Neptune API Token",
        r"neptune[\w.-]{0,20}token",
        "eyJ[0-9A-Za-z+/]{60,400}={0,2}",
        ("neptune",),
    ),
    Named("mistral-key", "Mistral API Key", r"mistral[\w.-]{0,20}key", "[0-9A-Za-z]{32}", ("mistral",)),
    Named(
        "cohere-key",
        "Cohere API Key",
        r"(?:cohere|\bco_api)[\w.-]{0,20}key",
        "[0-9A-Za-z]{40}",
        ("cohere", "co_api"),
    ),
    # SoftLayer's, IBM's and Cloudant's, after detect-secrets, behind a name that says so.
    Named(
        "softlayer-key",
        "SoftLayer API Key",
        r"(?:softlayer|\bsl)_?-?(?:api)?_?-?(?:key|pwd|pass|token)",
        "[a-z0-9]{64}",
        ("softlayer", "sl"),
    ),
    Named(
        "cloudant-credential",
        "Cloudant Credential",
        r"cloudant[\w.-]{0,20}(?:key|pwd|pw|pass|token)",
        rf"(?:{_HEX64}|[a-z]{{24}})",
        ("cloudant",),
    ),
    Named(
        "ibm-cloud-key",
        "IBM Cloud API Key",
        r"(?:ibm|bluemix|softlayer)[\w.-]{0,30}(?:key|pwd|pass|token)",
        "[0-9A-Za-z_-]{44}",
        ("ibm", "bluemix", "softlayer"),
    ),
    Named(
        "ibm-cos-key",
        "IBM Object Storage Key",
        r"secret[-_]?(?:access)?[-_]?key",
        "[0-9a-f]{48}",
        ("secret",),
    ),
    Named(
        "dropbox-key", "Dropbox Secret", r"dropbox[\w.-]{0,20}(?:secret|key)", "[0-9a-z]{15}", ("dropbox",)
    ),
    Named(
        "facebook-secret",
        "Facebook App Secret",
        r"(?:facebook|\bfb)[\w.-]{0,20}secret",
        _HEX32,
        ("facebook", "fb"),
    ),
    Named(
        "linkedin-secret", "LinkedIn Secret", r"linked_?in[\w.-]{0,20}secret", "[0-9A-Za-z]{16}", ("linked",)
    ),
    Named(
        "rails-master-key",
        "Rails Master Key",
        r"(?:rails_)?master_key|secret_key_base",
        r"(?:[0-9a-f]{128}|[0-9a-f]{32})",
        ("master_key", "secret_key_base"),
    ),
    Named(
        "django-secret-key",
        "Django Secret Key",
        r"(?<![\w])SECRET_KEY",
        r"[!#$%&()*+,.0-9:;<=>?@A-Z\[\]^_a-z{|}~-]{40,80}",
        ("secret_key",),
    ),
    Named(
        "private-web-key",
        "Private JSON Web Key",
        r"""["']d["']""",
        r"[0-9A-Za-z_-]{43,700}",
        ('"d"', "'d'"),
        between=r"""\s{0,9}:\s{0,9}["']""",
    ),
    Named(
        "redis-password",
        "Redis Password",
        r"(?:^|\s)(?:requirepass|masterauth)",
        _WORD,
        ("requirepass", "masterauth"),
        between=r"""\s{1,9}["']?""",
    ),
    # What is given to a command. `-p` alone says nothing.
    Named(
        "command-password",
        "Password of a Command",
        r"\bsshpass\s{1,9}-p",
        _WORD,
        ("sshpass",),
        between=r"""\s?["']?""",
    ),
    Named(
        "command-password",
        "Password of a Command",
        r"\b(?:docker|podman|helm registry)\s{1,9}login\s[^|;\n]{0,200}?(?:\s-p|--password)",
        _WORD,
        ("login",),
        between=r"""[\s=]{1,3}["']?""",
    ),
    Named(
        "command-password",
        "Password of a Command",
        r"\bmysql(?:dump|admin)?\s(?:[^|;\n]{0,200}?\s)?-p",
        _WORD,
        ("mysql",),
        between=r"""["']?""",
    ),
    Named(
        "command-password",
        "Password of a Command",
        r"\bcurl\s(?:[^|;\n]{0,200}?\s)?(?:-u|--user)",
        rf"[\w.@+-]{{1,60}}:{_WORD}",
        ("curl",),
        between=r"""[\s=]{0,3}["']?""",
    ),
)
