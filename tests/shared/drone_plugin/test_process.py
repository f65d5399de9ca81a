"""The one door to other programs, with real programs behind it."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drone_plugin import Interrupted, JobFailedError, Redactor, Step, TimeLimitError
from drone_plugin.process import SHOWN_LINE, CommandError, NoSuchCommandError, Processes
from drone_plugin.surroundings import SYSTEM_PATH, child_environment, search_path
from kit.step import HOST, StepSettings, run_step

PYTHON = sys.executable
TOKEN = "s3cr3t-t0k3n"


@dataclass
class FastClock:
    """A clock on which ten minutes pass between two looks."""

    now: float = 0.0

    def monotonic(self) -> float:
        """Ten minutes later."""
        self.now += 600
        return self.now

    def sleep(self, seconds: float) -> None:
        """Pass at once."""
        self.now += seconds


def code(text: str) -> list[str]:
    """A command that runs Python."""
    return [PYTHON, "-I", "-c", text]


@pytest.fixture
def processes(tmp_path: Path) -> Processes:
    redactor = Redactor()
    redactor.learn(TOKEN)
    return Processes({"PATH": os.environ["PATH"]}, tmp_path, redact=redactor)


def test_output_is_captured_and_arguments_reach_the_program_as_they_are(processes: Processes) -> None:
    finished = processes.run(
        ["printf", "%s|", "a b", "$HOME", "; exit 3", "*", ""], variables={"HOME": "/nowhere"}
    )

    assert (finished.exit_code, finished.text, finished.stderr) == (0, "a b|$HOME|; exit 3|*||", b"")


def test_a_failure_shows_command_code_and_the_end_of_both_outputs_without_secrets(
    processes: Processes,
) -> None:
    text = f"import sys; print('out {TOKEN}'); print('err {TOKEN}', file=sys.stderr); sys.exit(3)"

    with pytest.raises(CommandError) as caught:
        processes.run(code(text))

    message = caught.value.message
    assert "failed with exit code 3:" in message
    assert message.endswith("  out ******\n  err ******")
    assert TOKEN not in message
    assert caught.value.finished.exit_code == 3


def test_only_the_end_of_a_long_output_is_shown(processes: Processes) -> None:
    with pytest.raises(CommandError) as caught:
        processes.run(code("for i in range(5000): print('line', i)\nraise SystemExit(1)"))

    assert "line 4999" in caught.value.message
    assert len(caught.value.lines()) == 22


def test_exit_codes_that_are_answers_are_accepted(processes: Processes) -> None:
    assert processes.run(["false"], accept=(0, 1)).exit_code == 1


def test_a_program_that_a_signal_ended_is_said_to_be(processes: Processes) -> None:
    with pytest.raises(CommandError, match="was ended by signal 9"):
        processes.run(code("import os; os.kill(os.getpid(), 9)"))


def test_a_program_that_is_not_there_is_named(processes: Processes) -> None:
    with pytest.raises(NoSuchCommandError, match="no-such-program is not in /"):
        processes.run(["no-such-program"])


def test_a_file_that_is_no_program_is_named(processes: Processes, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)

    with pytest.raises(NoSuchCommandError, match="cannot be started: No such file"):
        processes.run([str(script)])


def test_an_argument_that_no_program_can_get_is_a_typed_error(processes: Processes) -> None:
    with pytest.raises(NoSuchCommandError, match="null byte"):
        processes.run(["echo", "a\0b"])


def test_a_time_limit_ends_the_program_and_shows_what_it_said(tmp_path: Path) -> None:
    processes = Processes({}, tmp_path, redact=Redactor(), clock=FastClock())
    text = "import time, pathlib\nprint('begun', flush=True)\npathlib.Path('begun').touch()\ntime.sleep(600)"

    with pytest.raises(TimeLimitError, match=r"was stopped after 2 h 00 min"):
        processes.run(code(text), timeout=7200)


def test_more_output_than_allowed_is_an_error_and_not_a_cut_result(processes: Processes) -> None:
    with pytest.raises(JobFailedError, match="printed more than 1000 bytes"):
        processes.run(["yes"], limit=1000)


def test_a_long_input_reaches_a_program_that_writes_while_it_reads(processes: Processes) -> None:
    data = bytes(range(256)) * 8000

    assert processes.run(["cat"], stdin=data).stdout == data


def test_an_input_that_nobody_reads_is_no_failure(processes: Processes) -> None:
    assert processes.run(["true"], stdin=bytes(2**20)).exit_code == 0


def test_a_program_without_input_reads_the_end_of_it_at_once(processes: Processes) -> None:
    assert processes.run(["cat"]).stdout == b""


def test_output_is_streamed_as_it_comes_whatever_its_size(processes: Processes) -> None:
    sizes: list[int] = []

    processes.stream(["head", "-c", "20000000", "/dev/zero"], lambda data: sizes.append(len(data)))

    assert sum(sizes) == 20_000_000
    assert max(sizes) <= 65536


def test_lines_of_both_streams_are_relayed_without_secrets(processes: Processes) -> None:
    text = (
        f"import sys; print('one {TOKEN}', flush=True); print('two', file=sys.stderr, flush=True)\n"
        "sys.stdout.write('50%\\r100%\\r\\n\\nend'); sys.stdout.flush()"
    )
    said: list[str] = []

    processes.relay(code(text), said.append)

    assert said == ["one ******", "two", "50%", "100%", "", "end"]


def test_a_line_without_end_is_relayed_as_its_beginning(processes: Processes) -> None:
    said: list[str] = []

    processes.relay(
        code("import sys; sys.stdout.write('x' * 5_000_000); print(); print('next')"), said.append
    )

    assert said == ["x" * SHOWN_LINE + " … (cut)", "next"]


def test_a_relayed_failure_shows_the_end_of_its_output(processes: Processes) -> None:
    with pytest.raises(CommandError, match="exit code 2:\n  last words"):
        processes.relay(code("import sys; print('last words', file=sys.stderr); sys.exit(2)"), lambda _: None)


def test_what_a_command_leaves_in_the_background_is_not_waited_for_and_ends(
    processes: Processes, tmp_path: Path
) -> None:
    begun = time.monotonic()

    processes.run(["sh", "-c", "sleep 300 & echo $! > pid"])

    assert time.monotonic() - begun < 60
    assert_ends(int((tmp_path / "pid").read_text()))


@pytest.fixture
def _interrupting() -> Iterator[None]:
    """SIGUSR1 does what SIGTERM does in a step."""

    def interrupt(number: int, _frame: object) -> None:
        raise Interrupted("SIGUSR1", number)

    before = signal.signal(signal.SIGUSR1, interrupt)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("_interrupting")
@pytest.mark.parametrize("trap", ["", "trap '' TERM;"], ids=["polite", "stubborn"])
def test_an_interrupted_step_ends_the_whole_group(processes: Processes, tmp_path: Path, trap: str) -> None:
    pid = tmp_path / "pid"
    main = threading.main_thread().ident
    assert main is not None
    when_there(pid, lambda: signal.pthread_kill(main, signal.SIGUSR1))

    with pytest.raises(Interrupted):
        processes.run(["sh", "-c", f"{trap} sleep 300 & echo $! > part; mv part pid; wait; wait"])

    assert_ends(int(pid.read_text()))


def when_there(path: Path, act: Callable[[], None]) -> None:
    """Do `act` in the background as soon as `path` exists."""

    def wait() -> None:
        while not path.exists():
            time.sleep(0.01)
        act()

    threading.Thread(target=wait, daemon=True).start()


def assert_ends(pid: int) -> None:
    """Whoever inherits an ended process collects it in a moment."""
    state = ""
    for _ in range(500):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        if state == "Z":
            return
        time.sleep(0.01)
    raise AssertionError(state)


def test_a_step_relays_a_program_to_its_log() -> None:
    def work(step: Step[StepSettings]) -> None:
        Processes.of(step).relay(["echo", "from outside", TOKEN], step.log.info, cwd=Path("/"))

    environment = {**HOST, "PATH": os.environ["PATH"], "PLUGIN_TOKEN": TOKEN}

    assert run_step(work, environment).lines[-1] == "from outside ******"


def test_a_program_gets_nothing_of_the_environment_that_it_was_not_meant_to_get(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/root",
        "LC_ALL": "C.UTF-8",
        "https_proxy": "http://proxy:3128",
        "PLUGIN_TOKEN": TOKEN,
        "DRONE_NETRC_USERNAME": TOKEN,
        "AWS_SECRET_ACCESS_KEY": TOKEN,
        "MY_SECRET": TOKEN,
        "LD_PRELOAD": "",
        "GIT_SSH_COMMAND": "touch /tmp/marker",
        "WANTED": "yes",
    }
    processes = Processes(environment, tmp_path, redact=Redactor())

    names = processes.run(["env"], pass_on=("WANTED",), variables={"OWN": "1"}).text

    got = {line.partition("=")[0] for line in names.splitlines()}
    assert got == {"PATH", "HOME", "LC_ALL", "https_proxy", "WANTED", "OWN"}


def test_places_inside_of_the_workspace_are_not_handed_on(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    outside.symlink_to(workspace)
    environment = {"HOME": str(workspace), "SSL_CERT_FILE": str(outside / "ca.pem"), "TMPDIR": "relative"}

    assert child_environment(environment, workspace) == {"PATH": SYSTEM_PATH}


def test_a_program_of_the_workspace_is_not_found_by_its_name(tmp_path: Path) -> None:
    path = os.pathsep.join([str(tmp_path / "bin"), ".", "", "/usr/bin"])

    assert search_path(path, tmp_path) == "/usr/bin"
