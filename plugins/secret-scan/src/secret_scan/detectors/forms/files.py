"""Lines that are secrets because of the file they stand in: its name says what they are.

detect-secrets and its like look at lines alone. A template or an example of such a file is passed over.
"""

from __future__ import annotations

from secret_scan.detectors.base import Form

_HASH = r"\$(?:apr1|1|2[abxy]|5|6|7|y|argon2id?|sha1)\$[0-9A-Za-z./$=,+]{16,200}"

# Files of programs that keep a password in them, as `password = …` in one of their own ways.
_CONFIGURATIONS = (
    r"\.?my\.cnf|\.mylogin\.cnf|\.s3cfg|\.boto|\.muttrc|\.msmtprc|\.esmtprc|\.offlineimaprc|\.fetchmailrc|\.mbsyncrc"
    r"|sftp-config\.json|\.?ftpconfig|\.ftp-?deploy.*|\.remote-sync\.json|filezilla\.xml|recentservers\.xml"
    r"|sitemanager\.xml|winscp\.ini|ws_ftp\.ini|\.cvspass|\.smbcredentials|\.?smbpasswd|\.?cifs\S*|proftpdpasswd"
    r"|wpa_supplicant\.conf|\S+\.nmconnection|robomongo\.json|data-sources\.xml|credentials-config\.json|ventrilo_srv\.ini"
    r"|\.irb_history|\.mysql_history|\.psql_history|\.ovpn-auth|deployment-config\.json|tomcat-users\.xml|\.rediscli.*"
    r"|settings-security\.xml|\.m2/settings\.xml|\.gem/credentials|\.hub|\.?snyk\.json|\.git-?hub-?token|\.databrickscfg"
)

FORMS = (
    Form(
        "netrc-password",
        "Password of a .netrc",
        r"password[ \t]{1,9}[!-~]{3,300}",
        ("password",),
        where=r"[._]netrc",
        begin=r"(?<![\w-])",
        end="",
    ),
    Form(
        "pgpass-password",
        "Line of a .pgpass",
        r"[^\s:#]{1,253}:[0-9*]{1,5}:[^\s:]{1,64}:[^\s:]{1,64}:[!-~]{1,200}",
        (":",),
        where=r"\.pgpass|pgpass\.conf",
        begin=r"(?<!\S)",
        end="",
    ),
    Form(
        "htpasswd-hash",
        "Password Hash",
        rf"[^\s:#]{{1,64}}:(?:{_HASH}|\{{SHA\}}[0-9A-Za-z+/=]{{28}}|[0-9A-Za-z./]{{13}})",
        (":",),
        where=r"\.?htpasswd\S*|\.?htdigest",
        begin=r"(?<!\S)",
        end=r"(?![\w./])",
    ),
    Form(
        "shadow-hash",
        "Password Hash",
        rf"[a-z_][\w.-]{{0,31}}:{_HASH}:",
        (":$",),
        where=r"g?shadow[-~]?\S{0,20}|passwd[-~]?",
        begin=r"(?<!\S)",
        end="",
    ),
    Form(
        "git-credentials",
        "Login of git",
        r"[a-z]{2,9}://[^\s/@:]{0,100}:[^\s/@]{3,300}@[!-~]{1,200}",
        ("://",),
        where=r"\.?git-credentials|\.git/config",
        begin=r"(?<!\S)",
        end="",
    ),
    Form(
        "kubeconfig-credential",
        "Credential of a kubeconfig",
        r"(?:client-key-data|token|password):[ ]{1,9}[!-~]{8,8000}",
        ("client-key-data", "token", "password"),
        where=r"\.kube/config|kubeconfig\S{0,40}|\S{1,40}\.kubeconfig|(?:admin|kubelet|controller-manager)\.conf",
        begin=r"(?<![\w-])",
        end="",
    ),
    Form(
        "tfstate-secret",
        "Secret of a Terraform State",
        r'"[a-z_]{0,40}(?:password|secret|private_key|access_key|token|connection_string)[a-z_]{0,20}"'
        r':[ ]{0,2}"[^"\n]{6,8000}"',
        ("password", "secret", "private_key", "access_key", "token", "connection_string"),
        where=r"\S{0,80}\.tfstate(?:\.\S{0,20})?",
        begin="",
        end="",
    ),
    Form(
        "npmrc-auth",
        "Login of npm",
        r"_(?:authToken|password|auth)[ ]?=[ ]?[\"]?[0-9A-Za-z+/=_.-]{8,400}",
        ("_auth", "_password"),
        where=r"\.?npmrc|\.yarnrc(?:\.yml)?",
        begin="",
        end="",
    ),
    Form(
        "pypirc-password",
        "Password of a .pypirc",
        r"password[ ]{0,9}[:=][ ]{0,9}[!-~]{4,300}",
        ("password",),
        where=r"\.?pypirc",
        begin=r"(?<![\w-])",
        end="",
    ),
    Form(
        "program-password",
        "Password of a Program",
        r"(?:[Pp]ass|[Pp]asswd|[Pp]assword|pwd|[Ss]ecret|secret_key|imap_pass|smtp_pass|token|psk)"
        r"(?:[ ][a-z]{1,9}=\"[a-z0-9]{1,9}\")?[\"']?[ ]{0,9}[:=> ][ ]{0,9}[\"']?[!#-&(-;=?-~]{4,300}",
        ("pass", "pwd", "secret", "token", "psk"),
        where=_CONFIGURATIONS,
        begin=r"(?<![A-Za-z])",
        end="",
    ),
    Form(
        "rails-master-key",
        "Rails Master Key",
        r"[0-9a-f]{32}",
        ("",),
        where=r"(?:master|production|credentials)\.key",
        begin=r"(?<!\S)",
        end=r"(?!\S)",
    ),
    Form(
        "vault-password-file",
        "Ansible Vault Password",
        r"[!-~]{6,200}",
        ("",),
        where=r"\.?vault[-_]?pass(?:word)?(?:\.txt)?",
        begin=r"^",
        end=r"(?!\S)",
    ),
    Form(
        "wordpress-key",
        "WordPress Key",
        r"define\([ ]?[\"'](?:DB_PASSWORD|[A-Z_]{1,40}_(?:KEY|SALT))[\"'],[ ]{0,20}[\"'][^\"'\n]{4,200}[\"']",
        ("define",),
        where=r"wp-config\S{0,20}\.php",
        begin="",
        end="",
    ),
)
