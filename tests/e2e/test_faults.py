"""Training steps in their built image, with every fault in their way; the table is in `.build/faults.txt`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.databricks.server import Workspace
from kit.databricks.values import FastClock
from kit.engine import Engine
from kit.faults.acts import PRINCIPALS, TOKEN_SECONDS
from kit.faults.cases import CASES, Case
from kit.faults.table import Row, write_table
from kit.faults.trial import Trial
from kit.mlflow_faults import MlflowFront
from kit.mlflow_server import MlflowServer
from kit.registry import Registry

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def table() -> Iterator[list[Row]]:
    """The rows so far; the file is written when the last case is over."""
    rows: list[Row] = []
    yield rows
    write_table(rows)


@pytest.fixture
def trial(
    request: pytest.FixtureRequest,
    engine: Engine,
    registry: Registry,
    mlflow_server: MlflowServer,
    tmp_path: Path,
) -> Iterator[Trial]:
    """The servers as a case wants them."""
    request.getfixturevalue("images")
    case: Case = request.getfixturevalue("case")
    clock = FastClock(case.speed)
    with (
        Workspace(principals=PRINCIPALS, token_lifetime=TOKEN_SECONDS, clock=clock) as workspace,
        MlflowFront(mlflow_server.url) as front,
        MlflowFront("") as stranger,
    ):
        workspace.faults.add(*case.faults)
        workspace.script(*case.outcomes)
        front.faults.add(*case.mlflow)
        yield Trial(engine, registry, workspace, front, stranger, tmp_path / "src", case.speed)


@pytest.mark.parametrize("case", CASES, ids=[case.fault for case in CASES])
def test_a_fault_costs_neither_a_second_run_nor_the_record(
    case: Case, trial: Trial, table: list[Row]
) -> None:
    ended = case.act(trial)
    statuses = trial.mlflow_statuses()
    runs = trial.workspace.runs()
    table.append(
        Row(
            case.fault,
            len(runs),
            ended.exit_code,
            " ".join(statuses) or "-",
            f"{ended.seconds:.1f}",
            ended.last_line,
        )
    )
    told = f"{case.fault}\n{ended.log}"
    assert len(runs) == case.runs, told
    assert set(trial.workspace.runs_by_token().values()) <= {1}, told
    assert ended.exit_code == case.code, told
    assert statuses == case.statuses, told
    burning = [run for run in runs if run.ending is None and not run.cancel_requested]
    assert len(burning) == case.burning, told
    assert case.says in ended.verdict, told
    assert [seen.target for seen in trial.stranger.requests if seen.authorization] == []
    assert ended.seconds < case.within, told
    assert [text for text in case.logs if text not in ended.log] == [], told
    assert [text for text in case.never if text in ended.log] == [], told
