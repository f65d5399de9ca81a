"""What runs inside of the job, started as a cluster's REPL starts it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from kit.mlflow_server import MlflowServer

from .job_folder import BOOTSTRAP, NO_MLFLOW, Image, Job


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """An image with a training in it, and without MLflow."""
    made = Image(tmp_path)
    made.write("mlflow.py", NO_MLFLOW)
    made.write("model/__init__.py", "")
    return made


@pytest.mark.parametrize(
    ("code", "entry_point"),
    [
        ("import sys; print(__name__, sys.argv[1:])", "model.train"),
        ("import sys\ndef main(): print('__main__', sys.argv[1:])", "model.train:main"),
        ("import sys\ndef main(): print('__main__', sys.argv[1:])", "train-model"),
    ],
    ids=["module", "function", "console script"],
)
def test_each_kind_of_entry_point_gets_its_arguments(image: Image, code: str, entry_point: str) -> None:
    image.write("model/train.py", code)
    image.write("model-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: model\nVersion: 1\n")
    image.write("model-1.dist-info/entry_points.txt", "[console_scripts]\ntrain-model = model.train:main\n")
    done = image.run(entry_point, "--epochs", "20 ' \"")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "__main__ ['--epochs', '20 \\' \"']\n"


def test_it_needs_nothing_but_the_standard_library_of_python_3_10() -> None:
    tree = ast.parse(BOOTSTRAP.read_text(), feature_version=(3, 10))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    packages = {name.partition(".")[0] for name in imported}
    assert packages - sys.stdlib_module_names == {"mlflow"}


def test_a_package_is_run_by_its_main_module(image: Image) -> None:
    image.write("model/__main__.py", "print('in main')")
    assert image.run("model").stdout == "in main\n"


@pytest.mark.parametrize(
    ("code", "succeeds"),
    [
        ("sys.exit()", True),
        ("sys.exit(0)", True),
        ("sys.exit(False)", True),
        ("return None", True),
        ("return 0", True),
        ("return True", True),
        ("return {'loss': 0.1}", True),
        ("return Odd()", True),
        ("sys.exit(3)", False),
        ("sys.exit('no data')", False),
        ("return 3", False),
        ("raise ValueError('no data')", False),
        ("raise KeyboardInterrupt", False),
        ("import no_such_module", False),
    ],
)
def test_how_a_function_ends_is_how_the_job_ends(image: Image, code: str, *, succeeds: bool) -> None:
    odd = "class Odd:\n def __eq__(self, other): raise ValueError('ambiguous')\n __hash__ = None\n"
    image.write("model/train.py", f"import sys\n{odd}def main():\n {code}\n")
    done = image.run("model.train:main")
    assert (done.returncode == 0) is succeeds, done.stderr


@pytest.mark.parametrize(("value", "code"), [("None", 0), ("0", 0), ("3", 1), ("True", 1), ("'no data'", 1)])
def test_what_a_console_script_returns_is_its_exit_code(image: Image, value: str, code: int) -> None:
    image.write("model/train.py", f"def main(): return {value}\n")
    image.write("model-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: model\nVersion: 1\n")
    image.write("model-1.dist-info/entry_points.txt", "[console_scripts]\ntrain-model = model.train:main\n")
    assert image.run("train-model").returncode == code


def test_a_failure_says_what_the_training_said(image: Image) -> None:
    image.write("model/train.py", "print('epoch 1')\nraise ValueError('no data')\n")
    done = image.run("model.train")
    assert done.stderr.splitlines()[-1] == "ValueError: no data"
    assert 'model/train.py", line 2' in done.stderr
    assert image.kept().startswith("epoch 1\nTraceback ")
    assert image.kept().endswith("ValueError: no data\n")


def test_an_exit_code_is_told_as_an_error(image: Image) -> None:
    image.write("model/train.py", "import sys; sys.exit(3)")
    assert image.run("model.train").stderr.splitlines()[-1] == (
        "RuntimeError: model.train ended with exit code 3"
    )


def test_a_module_that_the_image_lacks_is_named(image: Image) -> None:
    done = image.run("no_such.train")
    assert done.returncode == 1
    assert "No module named 'no_such'" in done.stderr


def test_both_streams_are_kept_and_still_shown(image: Image) -> None:
    image.write("model/train.py", "import sys\nprint('out ü')\nprint('err', file=sys.stderr)\n")
    done = image.run("model.train")
    assert (done.stdout, done.stderr) == ("out ü\n", "err\n")
    assert image.kept() == "out ü\nerr\n"


def test_the_streams_are_as_good_as_those_that_they_replace(image: Image) -> None:
    image.write(
        "model/train.py",
        "import subprocess, sys\n"
        "assert sys.stdout.encoding == 'utf-8' and sys.stdout.writable() and not sys.stdout.isatty()\n"
        "sys.stdout.buffer.write(b'bytes\\n')\n"
        "subprocess.run(['echo', 'child'], stdout=sys.stdout, check=True)\n",
    )
    done = image.run("model.train", PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stdout) == (0, "bytes\nchild\n"), done.stderr


def test_what_holds_on_to_a_stream_may_write_after_the_training(image: Image) -> None:
    image.write(
        "model/train.py",
        "import atexit, logging, sys\n"
        "logging.basicConfig(stream=sys.stdout, format='%(message)s')\n"
        "atexit.register(logging.warning, 'at the end')\n",
    )
    done = image.run("model.train")
    assert (done.returncode, done.stdout, done.stderr) == (0, "at the end\n", "")


def test_a_log_without_end_is_kept_up_to_a_limit(image: Image) -> None:
    image.write(
        "model/train.py", "import sys\nsys.stdout.copy.left = 12\nfor _ in range(9): print('12345')\n"
    )
    done = image.run("model.train")
    assert len(done.stdout) == 54
    assert image.kept() == "12345\n12345\n"


def test_the_training_may_run_outside_of_the_main_thread(image: Image) -> None:
    image.write("model/train.py", "print('trained')")
    image.write(
        "threaded.py",
        "import sys, threading\nfrom importlib.util import spec_from_file_location, module_from_spec\n"
        f"spec = spec_from_file_location('bootstrap', {str(BOOTSTRAP)!r})\n"
        "bootstrap = module_from_spec(spec)\nspec.loader.exec_module(bootstrap)\n"
        "thread = threading.Thread(target=bootstrap.main)\nthread.start()\nthread.join()\n",
    )
    done = subprocess.run(
        [sys.executable, "threaded.py", "model.train"],
        env=image.environment({}),
        cwd=image.folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("trained\n", "")


def test_a_worker_that_is_terminated_ends_without_a_word(image: Image) -> None:
    image.write(
        "model/train.py",
        "import multiprocessing, time\n"
        "context = multiprocessing.get_context('fork')\nready = context.Event()\n"
        "def work():\n ready.set()\n time.sleep(60)\n"
        "worker = context.Process(target=work)\nworker.start()\nready.wait()\n"
        "worker.terminate()\nworker.join()\nprint(worker.exitcode)\n",
    )
    done = image.run("model.train")
    assert (done.stdout, done.stderr) == ("-15\n", "")


@pytest.fixture
def job(tmp_path: Path, mlflow_server: MlflowServer) -> Job:
    """An image with MLflow, and an open run."""
    run = MlflowClient(mlflow_server.url).create_run("0")
    return Job(Image(tmp_path), mlflow_server, str(run.info.run_id))


STARTED = "import sys, mlflow\nwith mlflow.start_run():\n mlflow.log_metric('loss', 0.5)\n print('epoch 1')\n"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (f"{STARTED}sys.exit(0)", "FINISHED"),
        (f"{STARTED}sys.exit(3)", "FAILED"),
        (f"{STARTED}mlflow.end_run('FAILED')", "FINISHED"),
        (f"{STARTED}raise ValueError('no data')", "FAILED"),
        (f"{STARTED}mlflow.set_tracking_uri('sqlite:///elsewhere.db')", "FINISHED"),
    ],
    ids=["exit 0", "exit 3", "ended itself", "raised", "went elsewhere"],
)
def test_the_mlflow_run_ends_as_the_training_ended_and_keeps_its_log(
    job: Job, code: str, status: str
) -> None:
    job.image.write("train.py", code)
    done = job.image.run("train", **job.variables)
    assert (done.returncode == 0) is (status == "FINISHED"), done.stderr
    assert job.status == status
    assert job.artifact().startswith("epoch 1\n")


def test_sigterm_ends_the_training_as_killed_and_closes_its_run(job: Job) -> None:
    job.image.write("train.py", "import mlflow, time\nmlflow.start_run()\nprint('on it')\ntime.sleep(60)\n")
    said = job.terminated_at("on it")
    assert said.splitlines()[-1].endswith("Killed: cancelled")
    assert job.status == "KILLED"
    assert job.artifact().startswith("on it\n")


def test_an_mlflow_server_that_is_gone_does_not_change_the_outcome(job: Job) -> None:
    job.image.write("train.py", "print('trained')")
    done = job.image.run("train", **job.variables | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"})
    assert done.returncode == 0
    assert "the record is left to the plugin, because MLflow does not answer: Connection refused" in (
        done.stdout
    )


def test_a_log_that_cannot_be_kept_leaves_no_open_run(job: Job) -> None:
    job.image.write("train.py", "import glob, os\nos.remove(glob.glob('drone-ml-*/output.log')[0])\n")
    done = job.image.run("train", **job.variables)
    assert done.returncode == 0, done.stderr
    assert job.status == "FINISHED"
