"""The schemas of hand-over files."""

import pytest
from pydantic import ValidationError

from model_chain import ImageRecord, TrainingRecord


def test_the_reference_of_an_image_is_its_digest(image: ImageRecord) -> None:
    assert image.reference == "registry.example.com/team/model@sha256:" + "ab" * 32


def test_a_record_is_a_value(image: ImageRecord, training: TrainingRecord) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        image.digest = ""
    assert training == TrainingRecord.model_validate_json(training.model_dump_json())


def test_kind_and_version_come_first_in_the_file(image: ImageRecord) -> None:
    assert image.model_dump_json().startswith('{"kind":"drone-ml/image","version":1,"writer":{')
