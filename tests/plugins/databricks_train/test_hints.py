"""Which advice is given for what real clusters, clouds and libraries say."""

import pytest

from databricks_train.telling.hints import HINTS, Evidence, Hint, hint_for
from drone_plugin.summary import LONGEST

CASES: dict[str, list[Evidence]] = {
    "image pull": [
        Evidence(
            cluster="DOCKER_IMAGE_PULL_FAILURE (CLIENT_ERROR): pull access denied for example.com/model"
        ),
        Evidence(state="FAILED CLUSTER_ERROR manifest unknown: manifest sha256:5f2b is unknown"),
        Evidence(state="unauthorized: authentication required"),
    ],
    "image too large": [
        Evidence(cluster="DOCKER_IMAGE_TOO_LARGE_FOR_INSTANCE_EXCEPTION (CLIENT_ERROR)"),
        Evidence(cluster="SLOW_IMAGE_DOWNLOAD (CLOUD_FAILURE)"),
    ],
    "image": [
        Evidence(cluster="DOCKER_INVALID_OS_EXCEPTION (CLIENT_ERROR)"),
        Evidence(state="INTERNAL_ERROR Driver down cause: driver state change"),
        Evidence(cluster="CONTAINER_LAUNCH_FAILURE (SERVICE_FAULT): Container setup has timed out"),
        Evidence(state="Could not start Spark driver: java not found"),
    ],
    "memory": [
        Evidence(error="MemoryError: Unable to allocate 96.0 GiB for an array with shape (113246208, 114)"),
        Evidence(error="numpy._core._exceptions._ArrayMemoryError: Unable to allocate 7 GiB for an array"),
        Evidence(error="java.lang.OutOfMemoryError: Java heap space"),
        Evidence(error="RuntimeError: worker ended with exit code 137"),
        Evidence(output="epoch 3\nKilled"),
        Evidence(state="FAILED DRIVER_ERROR The spark driver has stopped unexpectedly and is restarting."),
        Evidence(output="pod was OOMKilled"),
    ],
    "GPU memory": [
        Evidence(error="torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"),
        Evidence(error="ResourceExhaustedError: OOM when allocating tensor with shape[64,512]"),
    ],
    "missing module": [
        Evidence(error="ModuleNotFoundError: No module named 'xgboost'"),
        Evidence(error="ImportError: No module named digits.train"),
        Evidence(output="ImportError: No module named 'sklearn.ensemble.forest'\nended"),
    ],
    "versions": [
        Evidence(error="ImportError: /lib/libm.so.6: version `GLIBC_2.38' not found (required by x.so)"),
        Evidence(error="ValueError: numpy.dtype size changed, may indicate binary incompatibility"),
        Evidence(error="ImportError: cannot import name 'soft_unicode' from 'markupsafe'"),
        Evidence(
            error="PySparkRuntimeError: [PYTHON_VERSION_MISMATCH] Python in worker has different version"
        ),
        Evidence(error="UnsupportedClassVersionError: Unsupported class file major version 65"),
    ],
    "permission": [
        Evidence(error="PERMISSION_DENIED: User does not have USE SCHEMA on Schema 'prod.ml'."),
        Evidence(
            error="botocore.exceptions.ClientError: An error occurred (403) when calling HeadObject: Forbidden"
        ),
        Evidence(error="AnalysisException: [INSUFFICIENT_PERMISSIONS] Insufficient privileges"),
        Evidence(state="FAILED UNAUTHORIZED_ERROR no access to the notebook"),
        Evidence(error="AccessDenied: Access Denied"),
    ],
    "quota": [
        Evidence(
            cluster="AZURE_QUOTA_EXCEEDED_EXCEPTION (CLIENT_ERROR): exceeding approved Total vCPUs quota"
        ),
        Evidence(cluster="AWS_INSUFFICIENT_INSTANCE_CAPACITY_FAILURE (CLOUD_FAILURE)"),
        Evidence(cluster="CLOUD_PROVIDER_RESOURCE_STOCKOUT (CLOUD_FAILURE)"),
        Evidence(state="FAILED CLUSTER_REQUEST_LIMIT_EXCEEDED too many clusters"),
    ],
    "spot": [
        Evidence(cluster="SPOT_INSTANCE_TERMINATION (CLOUD_FAILURE): instance_id=i-0a1b"),
        Evidence(error="SparkException: Job aborted: spot instance was terminated"),
    ],
    "time-out": [
        Evidence(state="TIMEDOUT CANCELED Run timed out."),
    ],
    "disk": [
        Evidence(error="OSError: [Errno 28] No space left on device"),
        Evidence(cluster="DRIVER_OUT_OF_DISK (CLIENT_ERROR)"),
    ],
    "secret": [
        Evidence(
            state="FAILED INVALID_RUN_CONFIGURATION Secret does not exist with scope: mlflow and key: token"
        ),
        Evidence(error="RESOURCE_DOES_NOT_EXIST: Scope ml-prod does not exist!"),
    ],
    "network": [
        Evidence(error="socket.gaierror: [Errno -2] Name or service not known"),
        Evidence(error="ConnectionError: HTTPSConnectionPool(host='db'): Max retries exceeded with url: /"),
    ],
}


@pytest.mark.parametrize(
    ("cause", "evidence"),
    [(cause, evidence) for cause, cases in CASES.items() for evidence in cases],
    ids=[f"{cause}-{at}" for cause, cases in CASES.items() for at in range(len(cases))],
)
def test_each_of_the_commonest_causes_is_recognised(cause: str, evidence: Evidence) -> None:
    found, advice = hint_for(evidence)
    assert found == cause
    assert advice


@pytest.mark.parametrize("hint", HINTS, ids=[hint.cause for hint in HINTS])
def test_an_advice_fits_on_a_card(hint: Hint) -> None:
    assert len(hint.advice) <= LONGEST


def test_there_is_a_case_for_each_hint() -> None:
    assert CASES.keys() == {hint.cause for hint in HINTS}


@pytest.mark.parametrize(
    "evidence",
    [
        Evidence(),
        Evidence(state="FAILED RUN_EXECUTION_ERROR ", error="ValueError: no data"),
        Evidence(error="KeyError: 'price'", output="epoch 1 took 403.2 s\nsaved 1403 rows\nno memory of it"),
        Evidence(state="CANCELED USER_CANCELED Run cancelled."),
        Evidence(error="AssertionError: the process killed the mood"),
    ],
)
def test_what_nobody_knows_gets_no_advice(evidence: Evidence) -> None:
    assert hint_for(evidence) == ("", "")


def test_the_missing_module_is_named() -> None:
    _, advice = hint_for(Evidence(error="ModuleNotFoundError: No module named 'lightgbm.sklearn'"))
    assert advice.startswith("lightgbm.sklearn is not in the image")


def test_why_the_cluster_ended_says_more_than_what_the_log_ends_with() -> None:
    evidence = Evidence(cluster="SPOT_INSTANCE_TERMINATION", error="MemoryError", output="403 Forbidden")
    assert hint_for(evidence)[0] == "spot"


def test_an_old_warning_in_a_long_log_is_no_cause() -> None:
    assert hint_for(Evidence(error="ValueError: no data", output=f"403 Forbidden{' epoch' * 2000}")) == (
        "",
        "",
    )
