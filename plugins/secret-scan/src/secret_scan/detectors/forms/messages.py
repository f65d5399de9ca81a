"""Chat, mail and telephones."""

from __future__ import annotations

from secret_scan.detectors import checksums
from secret_scan.detectors.base import Form

NO_DASH = r"(?![\w-])"

FORMS = (
    Form(
        "slack-token",
        "Slack Token",
        r"xox[abposre]-(?:[0-9]{1,20}-){1,4}[0-9A-Za-z]{16,80}",
        ("xoxa-", "xoxb-", "xoxp-", "xoxo-", "xoxs-", "xoxr-", "xoxe-"),
    ),
    Form(
        "slack-app-token",
        "Slack App Token",
        r"xapp-[0-9]-[0-9A-Z]{8,16}-[0-9]{8,16}-[0-9a-f]{32,80}",
        ("xapp-",),
    ),
    Form(
        "slack-config-token",
        "Slack Configuration Token",
        r"xoxe(?:\.xox[bp])?-[0-9]-[0-9A-Za-z]{100,260}",
        ("xoxe",),
    ),
    Form("slack-cookie", "Slack Session Cookie", r"xoxd-[0-9A-Za-z%+/=_-]{60,300}", ("xoxd-",)),
    Form("slack-client-token", "Slack Client Token", r"xoxc-(?:[0-9]{8,16}-){3}[0-9a-f]{64}", ("xoxc-",)),
    Form(
        "slack-webhook",
        "Slack Webhook",
        r"hooks\.slack\.com/(?:services/T[0-9A-Za-z_]{6,14}/B[0-9A-Za-z_]{6,14}/[0-9A-Za-z_]{20,30}"
        r"|(?:workflows|triggers)/T?[0-9A-Za-z_]{6,14}/[0-9A-Za-z_]{6,20}/[0-9A-Za-z_/]{20,70})",
        ("hooks.slack.com/",),
        begin="",
    ),
    Form(
        "teams-webhook",
        "Microsoft Teams Webhook",
        r"[0-9a-z-]{1,60}\.webhook\.office\.com/webhookb2/[0-9a-f-]{36}@[0-9a-f-]{36}/IncomingWebhook/[0-9a-f]{32}"
        r"/[0-9a-f-]{36}",
        ("webhook.office.com",),
    ),
    Form(
        "discord-webhook",
        "Discord Webhook",
        r"discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[0-9A-Za-z_-]{60,80}",
        ("/api/webhooks/",),
    ),
    Form(
        "discord-bot-token",
        "Discord Bot Token",
        r"[MNO][0-9A-Za-z_-]{23,27}\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27,40}",
        (".",),
        check=checksums.discord,
        strict=True,
        end=NO_DASH,
    ),
    Form(
        "telegram-bot-token", "Telegram Bot Token", r"[0-9]{8,10}:AA[0-9A-Za-z_-]{33}", (":aa",), end=NO_DASH
    ),
    Form(
        "sendgrid-key", "SendGrid API Key", r"SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}", ("sg.",), end=NO_DASH
    ),
    Form("brevo-key", "Brevo API Key", r"xkeysib-[0-9a-f]{64}-[0-9A-Za-z]{16}", ("xkeysib-",)),
    Form("mailgun-key", "Mailgun API Key", r"key-[0-9a-f]{32}", ("key-",), begin=r"(?<![\w-])", end=NO_DASH),
    Form("mailchimp-key", "Mailchimp API Key", r"[0-9a-f]{32}-us[0-9]{1,2}", ("-us",)),
    # Twilio's rule of detect-secrets has no boundary and takes any letters: a third of all its false alarms.
    # The id of an account (AC…) is no secret.
    Form("twilio-key", "Twilio API Key", r"SK[0-9a-f]{32}", ("sk",)),
    Form("resend-key", "Resend API Key", r"re_[0-9A-Za-z]{8}_[0-9A-Za-z]{24}", ("re_",)),
    Form(
        "mandrill-key",
        "Mandrill API Key",
        r"md-[0-9A-Za-z_-]{22}",
        ("md-",),
        check=checksums.mixed,
        strict=True,
        begin=r"(?<![\w-])",
        end=NO_DASH,
    ),
)
