"""What a trial does to a step: start it, hit it, start it again, give it something odd to read."""

from collections.abc import Callable, Mapping
from typing import Final

from drone_plugin.testing import build
from drone_plugin.testing.goformat import Value
from kit.faults.container import Ended
from kit.faults.trial import Trial

Act = Callable[[Trial], Ended]

PRINCIPAL: Final = "6c3a1f0e-0000-4000-8000-00000000cafe"
PRINCIPALS: Final = {PRINCIPAL: "dose-of-the-test"}
TOKEN_SECONDS: Final = 2.0
_NO_SHORT_WAY: Final[dict[str, Value]] = dict.fromkeys(("spark_version", "node_type", "entry_point"), "")
METACHARACTERS: Final = (
    "Retune [train]\n\n" + "$(reboot) `id` ${HOME} {{'oops'*3}} %s '\"\\ ;|&<>*?!#\u202e\x07é " * 42
)
"""About 2000 characters that mean something to a shell, to a template, or to a terminal."""


def one_step(trial: Trial) -> Ended:
    """The step, once."""
    return trial.run()


def with_settings(environment: Mapping[str, str] | None = None, /, **settings: Value) -> Act:
    """The step with these settings, or variables, besides."""
    return lambda trial: trial.run(settings, environment)


def signalled(phase: str) -> Act:
    """SIGTERM when the run is in this phase."""

    def act(trial: Trial) -> Ended:
        with trial.start() as step:
            step.until(lambda: trial.workspace.phase == phase and trial.workspace.asked("/runs/get"))
            step.send("SIGTERM")
            return step.wait()

    return act


def killed(phase: str) -> Act:
    """SIGKILL when the run is in this phase (or, without one, while it is being submitted), and a restart."""

    def act(trial: Trial) -> Ended:
        with trial.start() as step:
            if phase:
                step.until(lambda: trial.workspace.phase == phase and trial.workspace.asked("/runs/get"))
            else:
                step.until(lambda: trial.workspace.asked("/runs/submit"))
            step.send("SIGKILL")
            assert step.wait().exit_code == 137
        return trial.run()

    return act


def started_again(trial: Trial) -> Ended:
    """The step to its end, and a restart of the build."""
    trial.run()
    return trial.run()


def at_once(trial: Trial) -> Ended:
    """Two builds of one commit."""
    with trial.start() as first:
        trial.changed(number=trial.made.number + 100_000)
        with trial.start() as second:
            assert first.wait().exit_code == 0, first.log
            return second.wait()


def superseding(*, supersede: bool) -> Act:
    """A new commit of the branch, while the one before it trains."""

    def act(trial: Trial) -> Ended:
        with trial.start() as old:
            old.until(lambda: trial.workspace.phase == "RUNNING")
            trial.changed(commit=f"{trial.number:039x}f", number=trial.made.number + 1)
            ended = trial.run({"supersede": supersede})
            old.send("SIGTERM")
            old.wait()
            return ended

    return act


def with_job(job: str) -> Act:
    """The step with a job file of this text."""

    def act(trial: Trial) -> Ended:
        (trial.folder / "job.yml").write_text(job, encoding="utf-8")
        return trial.run({**_NO_SHORT_WAY, "job": "job.yml"})

    return act


def with_link(trial: Trial) -> Ended:
    """The step with a job file that is a link out of the workspace."""
    (trial.folder / "job.yml").symlink_to("/etc/passwd")
    return trial.run({**_NO_SHORT_WAY, "job": "job.yml"})


def planted(trial: Trial) -> Ended:
    """The step with an `image.json` of another build."""
    real = trial.made
    trial.changed(number=real.number + 1)
    trial.made = real
    return trial.run()


def with_message(trial: Trial) -> Ended:
    """A commit that says a lot."""
    trial.changed(message=METACHARACTERS)
    return trial.run()


def elsewhere(trial: Trial) -> Ended:
    """The step with a host where nobody listens."""
    return trial.run({"host": "http://127.0.0.1:9"})


def by_oauth(trial: Trial) -> Ended:
    """The step as a service principal, whose tokens are good for seconds."""
    principal = {"auth_type": "oauth-m2m", "client_id": PRINCIPAL, "client_secret": PRINCIPALS[PRINCIPAL]}
    ended = trial.run({**principal, "token": ""})
    assert trial.workspace.tokens_issued() > 1
    return ended


def by_hand(trial: Trial, parameters: Mapping[str, str]) -> Ended:
    """A build that somebody starts with these parameters, which Drone makes variables of every step."""
    trial.made = build.custom(trial.commit, "Retune the model", params=parameters, number=trial.number)
    trial.write_image()
    return trial.run({"events": "custom", "trigger": "always"})


def rerouted(trial: Trial) -> Ended:
    """Parameters that the SDKs would read: another host, another tracking server, another login."""
    addresses = ("DATABRICKS_HOST", "DATABRICKS_DISCOVERY_URL", "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
    logins = ("DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID", "ARM_CLIENT_ID", "MLFLOW_TRACKING_TOKEN")
    files = ("DATABRICKS_CONFIG_FILE", "NETRC", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
    return by_hand(
        trial,
        {
            **dict.fromkeys(addresses, trial.stranger.url),
            **dict.fromkeys(logins, "of-somebody-else"),
            **dict.fromkeys(files, "/drone/src/planted"),
            "DATABRICKS_AUTH_TYPE": "databricks-cli",
        },
    )


def proxied(trial: Trial) -> Ended:
    """Parameters that name a proxy: without TLS it would read what goes through it."""
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return by_hand(trial, dict.fromkeys(names, trial.stranger.url))
