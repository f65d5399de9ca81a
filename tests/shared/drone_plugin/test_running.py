"""A step from its environment to its exit code, in this process and as one of its own."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from drone_plugin import (
    Decision,
    FindingsError,
    Interrupted,
    JobFailedError,
    PluginError,
    RefusedError,
    SettingsError,
    Step,
    TimeLimitError,
    UnreachableError,
)
from drone_plugin.testing.clock import FakeClock
from kit.step import HOST, StepSettings, run_step

TOKEN = "dapi-topsecret"
PUSH = {
    "DRONE": "true",
    "DRONE_BUILD_EVENT": "push",
    "DRONE_REPO": "octocat/hello",
    "DRONE_BRANCH": "main",
    "DRONE_COMMIT_SHA": "2fd59f6f279b464b9a6a08e1618ab815b519b594",
    "DRONE_BUILD_NUMBER": "7",
    "NO_COLOR": "1",
}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PluginError("failed"), 1),
        (JobFailedError("failed"), 1),
        (SettingsError("failed"), 2),
        (FindingsError("failed"), 3),
        (UnreachableError("failed"), 4),
        (TimeLimitError("failed"), 5),
        (RefusedError("failed"), 6),
    ],
)
def test_each_kind_of_error_has_its_exit_code_and_no_traceback(error: PluginError, code: int) -> None:
    def work(_step: Step[StepSettings]) -> None:
        raise error

    ran = run_step(work)

    assert ran.exit_code == code
    assert ran.lines[-1] == "error: failed"
    assert "Traceback" not in ran.log


def test_an_error_is_printed_with_what_to_do() -> None:
    def work(_step: Step[StepSettings]) -> None:
        raise RefusedError("the registry refused\nbob", hint="check the password\nand the user")

    assert run_step(work).lines[-4:] == [
        "error: the registry refused",
        "error: bob",
        "  check the password",
        "  and the user",
    ]


def test_a_bug_prints_its_traceback_with_secrets_masked_and_exits_with_seventy() -> None:
    def work(step: Step[StepSettings]) -> None:
        raise KeyError(step.settings.token.get_secret_value())

    ran = run_step(work, {**HOST, "PLUGIN_TOKEN": TOKEN})

    assert ran.exit_code == 70
    assert "error: this is a bug of tester 1.2.3; please report it with the lines below" in ran.lines
    assert "Traceback (most recent call last):" in ran.lines
    assert ran.lines[-1] == "KeyError: '******'"
    assert TOKEN not in ran.log


@pytest.mark.parametrize("code", [0, 3, "text", None])
def test_a_library_that_exits_is_a_bug_and_the_log_is_finished(code: int | str | None) -> None:
    def work(_step: Step[StepSettings]) -> None:
        print("unfinished", end="")
        sys.exit(code)

    ran = run_step(work)

    assert ran.exit_code == 70
    assert "SystemExit" in ran.lines[-1]
    assert ran.log.endswith("\n")


@pytest.mark.parametrize("environment", [PUSH, {**PUSH, "PLUGIN_TOKEN": "", "PLUGIN_UNKNOWN": "x"}, {}])
def test_a_step_with_nothing_to_do_prints_one_line_and_needs_no_credentials(
    environment: Mapping[str, str],
) -> None:
    ran = run_step(environment=environment, decision=Decision(act=False, reason="no [train]"))

    assert ran.exit_code == 0
    assert ran.log == "tester: nothing to do: no [train]\n"


def test_settings_are_read_before_the_decision_and_required_ones_after_it() -> None:
    idle = Decision(act=False, reason="no [train]")

    assert run_step(environment={"PLUGIN_BATCH": "many"}, decision=idle).log == (
        'error: settings.batch: "many" is not a whole number\n'
    )
    assert run_step(environment={}, decision=idle).exit_code == 0
    ran = run_step(environment={})
    assert ran.exit_code == 2
    assert ran.lines[-1] == "error: settings.host: is required; for example: host: https://example.com"


def test_the_preamble_says_what_runs_on_what_and_with_which_settings() -> None:
    environment = {
        **PUSH,
        **HOST,
        "PLUGIN_TOKEN": TOKEN,
        "PLUGIN_PASSWORDS": '{"bob": "hunter2", "eve": "abc"}',
        "PLUGIN_MIRROR": "x",
        "PLUGIN_LOG_LEVEL": "debug",
    }

    assert run_step(environment=environment).lines == [
        "tester 1.2.3 · Drone · push · octocat/hello main 2fd59f6f · build 7",
        "always",
        "  log_level  debug",
        "  token      ******",
        "  passwords  bob=******, eve=******",
        "  host       https://example.com",
        "  defaults  log_format text, batch 32",
        "warning: settings.mirror is not a setting of this plugin and is ignored",
        "warning: settings.passwords.eve is shorter than 4 characters, too short to be masked in this log",
    ]


def test_whatever_is_printed_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warnings, "showwarning", _show)

    def work(step: Step[StepSettings]) -> None:
        token = step.settings.token.get_secret_value()
        print("printed", token)
        print("to stderr", token, file=sys.stderr)
        sys.stdout.write(f"written {token}")
        sys.stdout.writelines(["\n", token, "\n"])
        step.log.info(f"logged {token}")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(f"warned {token}", stacklevel=1)
        step.redactor.learn("session-secret")
        raise UnreachableError(f"no answer to {token} and session-secret", hint=f"try {token}")

    ran = run_step(work, {**HOST, "PLUGIN_TOKEN": f"{TOKEN}\n"})

    assert ran.lines[-8:] == [
        "printed ******",
        "to stderr ******",
        "written ******",
        "******",
        "logged ******",
        "warned ******",
        "error: no answer to ****** and ******",
        "  try ******",
    ]


def _show(message: Warning | str, *_rest: object) -> None:
    """Show a warning as Python does, on stderr, without the place that it came from."""
    print(message, file=sys.stderr)


@pytest.mark.parametrize(
    "environment",
    [
        {"PLUGIN_TOKEN": TOKEN, "PLUGIN_BATCH": TOKEN},
        {"PLUGIN_TOKEN": TOKEN, "PLUGIN_LOG_LEVEL": TOKEN},
        {"PLUGIN_PASSWORDS": f"bob={TOKEN}", "PLUGIN_BATCH": f"bob={TOKEN}"},
        {"PLUGIN_PASSWORDS": TOKEN, "PLUGIN_BATCH": TOKEN},
    ],
)
def test_a_secret_that_is_also_given_in_the_wrong_place_is_masked_in_the_error(
    environment: Mapping[str, str],
) -> None:
    ran = run_step(environment=environment)

    assert ran.exit_code == 2
    assert TOKEN not in ran.log
    assert "******" in ran.log


@pytest.mark.parametrize("name", ["DRONE_NETRC_USERNAME", "DRONE_NETRC_PASSWORD", "CI_NETRC_PASSWORD"])
def test_the_token_of_the_clone_is_masked_wherever_it_stands(name: str) -> None:
    def work(_step: Step[StepSettings]) -> None:
        print(f"machine x login {TOKEN}")

    ran = run_step(work, {**HOST, "DRONE_NETRC_PASSWORD": "x-oauth-basic", name: TOKEN})

    assert "login ******" in ran.lines[-1]


@pytest.mark.parametrize(
    ("variables", "masked"),
    [
        ({"DRONE_NETRC_FILE": f"machine x login {TOKEN} password x-oauth-basic"}, TOKEN),
        ({"DRONE_NETRC_FILE": f"machine x login oauth2 password {TOKEN}"}, TOKEN),
        ({"DRONE_NETRC_FILE": f"machine x\n\tlogin oauth2\n\tpassword {TOKEN}\n"}, TOKEN),
        ({"DRONE_NETRC_FILE": f"machine a login bob password other1 default login {TOKEN}"}, TOKEN),
        ({"DRONE_NETRC_FILE": f"machine password login login password {TOKEN}"}, TOKEN),
        ({"DRONE_NETRC_USERNAME": TOKEN}, TOKEN),
        ({"CI_NETRC_USERNAME": TOKEN, "CI_NETRC_PASSWORD": "x-oauth-basic"}, TOKEN),
    ],
)
def test_the_token_of_the_clone_is_found_in_each_variable(variables: Mapping[str, str], masked: str) -> None:
    ran = run_step(lambda _step: print(f"<{masked}>"), {**HOST, **variables})

    assert ran.lines[-1] == "<******>"


@pytest.mark.parametrize("text", ["", "machine", "machine x login", "default", "login password", "\n"])
def test_half_a_netrc_file_crashes_nothing(text: str) -> None:
    assert run_step(environment={**HOST, "DRONE_NETRC_FILE": text}).exit_code == 0


def test_a_person_beside_a_password_is_no_secret() -> None:
    environment = {**HOST, "DRONE_NETRC_USERNAME": "octocat", "DRONE_NETRC_PASSWORD": TOKEN}

    ran = run_step(lambda _step: print(f"octocat {TOKEN}"), environment)

    assert ran.lines[-1] == "octocat ******"


def test_the_constants_beside_the_token_of_the_clone_are_no_secrets() -> None:
    def work(_step: Step[StepSettings]) -> None:
        print("password x-oauth-basic")

    assert (
        run_step(work, {**HOST, "DRONE_NETRC_PASSWORD": "x-oauth-basic"}).lines[-1]
        == "password x-oauth-basic"
    )


@pytest.mark.parametrize(
    "broken", ["PLUGIN_TOKEN", "DRONE_NETRC_USERNAME", "DRONE_COMMIT_MESSAGE", "PLUGIN_HOST"]
)
def test_bytes_that_are_no_text_crash_nothing(broken: str) -> None:
    def work(step: Step[StepSettings]) -> None:
        print(step.settings.token.get_secret_value(), step.build.commit.message)

    ran = run_step(work, {**HOST, broken: "bad\udcff\udcfebytes"})

    assert ran.exit_code == 0


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({"DRONE": "true"}, True),
        ({"CI": "woodpecker"}, True),
        ({"DRONE": "true", "NO_COLOR": "1"}, False),
        ({"DRONE": "true", "NO_COLOR": ""}, True),
        ({}, False),
    ],
)
def test_build_logs_are_coloured_unless_no_color_is_set(
    environment: Mapping[str, str], *, coloured: bool
) -> None:
    ran = run_step(lambda step: step.log.success("done"), {**HOST, **environment})

    assert (ran.lines[-1] == "\x1b[32mdone\x1b[0m") is coloured


@pytest.mark.parametrize(("batch", "code"), [("64", 70), ("many", 2)])
def test_a_log_in_json_has_nothing_else_in_it(batch: str, code: int) -> None:
    def work(_step: Step[StepSettings]) -> None:
        print("printed")
        raise KeyError(TOKEN)

    environment = {**PUSH, **HOST, "PLUGIN_LOG_FORMAT": "json", "PLUGIN_TOKEN": TOKEN, "PLUGIN_BATCH": batch}
    ran = run_step(work, environment)

    events = [json.loads(line) for line in ran.lines]
    assert ran.exit_code == code
    assert {"error"} <= {event["level"] for event in events} <= {"info", "output", "error"}
    assert TOKEN not in ran.log


def test_on_drone_a_log_that_grows_too_long_keeps_its_end() -> None:
    def work(step: Step[StepSettings]) -> None:
        for _ in range(60):
            print("x" * 99_999)
        step.log.success("trained")

    ran = run_step(work, {**PUSH, **HOST})

    assert len(ran.log) < 4_700_000
    assert ran.lines[-2].startswith("warning: so much is printed that Drone will soon drop")
    assert ran.lines[-1] == "trained"
    assert len(run_step(work, {**HOST, "CI": "woodpecker"}).log) > 6_000_000


@pytest.mark.parametrize(("lines", "hold"), [(10, 0.1), (5000, 0.3)])
def test_the_end_is_held_longer_after_much_output(lines: int, hold: float) -> None:
    ran = run_step(lambda _step: print("line\n" * lines), {**PUSH, **HOST})

    assert ran.clock.slept == [hold]


def test_a_step_with_nothing_to_do_is_held_shortly() -> None:
    ran = run_step(environment={**PUSH, **HOST}, decision=Decision(act=False, reason="no"))

    assert ran.clock.slept == [0.1]


def test_by_hand_nobody_copies_the_log_and_nothing_is_held() -> None:
    assert run_step(lambda _step: print("line\n" * 5000)).clock.slept == []


def test_the_last_line_is_ended() -> None:
    assert run_step(lambda _step: print("unfinished", end="")).log.endswith("unfinished\n")


@pytest.mark.parametrize(
    ("environment", "workspace"),
    [
        ({"DRONE_WORKSPACE": "/drone/src"}, Path("/drone/src")),
        ({"CI": "woodpecker", "CI_WORKSPACE": "/woodpecker/src"}, Path("/woodpecker/src")),
        ({}, Path.cwd()),
    ],
)
def test_the_workspace_is_where_the_platform_says(environment: Mapping[str, str], workspace: Path) -> None:
    seen: list[Path] = []

    run_step(lambda step: seen.append(step.workspace), {**HOST, **environment})

    assert seen == [workspace]


def test_facts_are_handed_to_later_steps_where_that_is_possible(tmp_path: Path) -> None:
    target = tmp_path / "out.env"

    run_step(lambda step: step.output({"DIGEST": "sha256:1"}), {**HOST, "DRONE_OUTPUT": str(target)})

    assert target.read_text() == "DIGEST=sha256:1\n"


def test_a_secret_in_an_output_is_masked_and_said_so(tmp_path: Path) -> None:
    target = tmp_path / "out.env"
    environment = {**HOST, "PLUGIN_TOKEN": TOKEN, "DRONE_OUTPUT": str(target)}

    ran = run_step(lambda step: step.output({"URL": f"x/{TOKEN}", "DIGEST": "sha256:1"}), environment)

    assert TOKEN not in target.read_text()
    assert "DIGEST=sha256:1" in target.read_text()
    assert ran.lines[-1] == "warning: the output URL held a secret, which is masked"


def test_a_report_is_written_without_secrets_in_a_folder_of_its_own(tmp_path: Path) -> None:
    target = tmp_path / "reports" / "report.json"

    run_step(lambda step: step.write(target, f'{{"token": "{TOKEN}"}}'), {**HOST, "PLUGIN_TOKEN": TOKEN})

    assert target.read_text() == '{"token": "******"}'


def test_a_signal_during_the_hold_changes_nothing() -> None:
    class Interrupting(FakeClock):
        def sleep(self, seconds: float) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            super().sleep(seconds)

    ran = run_step(environment={**PUSH, **HOST}, clock=Interrupting())

    assert ran.exit_code == 0
    assert ran.clock.slept == [0.1]


def test_a_signal_while_an_error_is_printed_still_ends_the_step_in_order() -> None:
    class SlowError(PluginError):
        def __getattribute__(self, name: str) -> object:
            if name == "hint":
                os.kill(os.getpid(), signal.SIGTERM)
            return super().__getattribute__(name)

    def work(_step: Step[StepSettings]) -> None:
        raise SlowError("failed")

    ran = run_step(work)

    assert ran.exit_code == 143
    assert ran.lines[-1] == "error: stopped by SIGTERM"


def test_the_handlers_of_before_are_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    run_step()

    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


SCRIPT = """
import sys, time
from drone_plugin import Decision, Interrupted, Plugin, Settings, run

def work(step):
    try:
        print("ready")
        time.sleep(60)
    except Interrupted as stop:
        print("cleaning up after", stop.signal_name)
        time.sleep(0.3)
        print("cleaned up")
        raise

plugin = Plugin("tester", "1", Settings, lambda settings, build: Decision(True, "always"), work)
sys.exit(run(plugin))
"""


@contextmanager
def working(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A step in a process of its own, in the middle of its work."""
    script = tmp_path / "plugin.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-I", str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line == "ready\n":
                    break
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_lets_the_work_clean_up_and_ends_with_its_code(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with working(tmp_path) as process:
        process.send_signal(number)
        rest, _ = process.communicate(timeout=30)

    assert process.returncode == code
    assert rest.splitlines() == [
        f"cleaning up after {number.name}",
        "cleaned up",
        f"error: stopped by {number.name}",
    ]


def test_a_second_signal_does_not_tear_the_cleaning_up_apart(tmp_path: Path) -> None:
    with working(tmp_path) as process:
        process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)

    assert process.returncode == 143
    assert "cleaned up" in rest.splitlines()


def test_interrupted_is_no_exception_that_a_library_would_swallow() -> None:
    assert not issubclass(Interrupted, Exception)


def test_nothing_beside_pydantic_and_the_standard_library_is_imported() -> None:
    code = "import drone_plugin, sys; print(*{name.partition('.')[0] for name in sys.modules})"
    listed = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    ours = {
        "drone_plugin",
        "pydantic",
        "pydantic_core",
        "annotated_types",
        "typing_extensions",
        "typing_inspection",
    }
    names = {name for name in listed.stdout.split() if not name.startswith(("_", "__editable"))}

    assert names - set(sys.stdlib_module_names) <= ours
    assert not names & {"asyncio", "http", "ssl", "sqlite3", "unittest", "multiprocessing", "tkinter"}


@pytest.mark.parametrize("level", ["error", "warning", "info", "debug"])
def test_a_step_with_nothing_to_do_says_so_at_every_level(level: str) -> None:
    ran = run_step(environment={"PLUGIN_LOG_LEVEL": level}, decision=Decision(act=False, reason="no [train]"))
    assert ran.lines == ["tester: nothing to do: no [train]"]


@pytest.mark.parametrize("act", [True, False])
def test_what_the_decision_warns_of_is_said_whether_there_is_anything_to_do_or_not(*, act: bool) -> None:
    ran = run_step(environment=PUSH | HOST, decision=Decision(act, "so", warnings=("mind the gap",)))
    assert ran.exit_code == 0
    assert ran.lines.count("warning: mind the gap") == 1


def test_outputs_that_cannot_be_written_are_a_warning() -> None:
    def work(step: Step[StepSettings]) -> None:
        step.output({"IMAGE": "x"})

    ran = run_step(work, {**HOST, "DRONE_OUTPUT": "/nonexistent/output.env"})
    assert ran.exit_code == 0
    assert "warning: no step outputs: DRONE_OUTPUT cannot be written: No such file or directory" in ran.lines
