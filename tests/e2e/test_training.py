"""A commit goes through a real pipeline: what is printed, and what is on record afterwards."""

import json

import pytest

from kit.service import Service

pytestmark = pytest.mark.e2e


def test_a_commit_without_the_keyword_is_only_checked(service: Service) -> None:
    result = service.run(service.commit("Tidy up"), service.pipeline())
    assert result.passed, result.describe()
    assert result.step("image").log == 'build-image: nothing to do: commit "Tidy up" has no [train]\n'
    assert result.step("train").log == 'databricks-train: nothing to do: commit "Tidy up" has no [train]\n'
    assert not result.files


def test_a_commit_with_the_keyword_is_trained(service: Service) -> None:
    build = service.commit("Retune the model [train]")
    result = service.run(build, service.pipeline())
    print(result.describe())
    assert result.passed, result.describe()
    image = result.json(".drone-ml/image.json")
    print(json.dumps(image))
    print(json.dumps(result.json(".drone-ml/training.json"), indent=1))
