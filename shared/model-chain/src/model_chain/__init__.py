"""The record that the steps of machine-learning delivery share: hand-over files, tag names, summary."""

from model_chain import tags
from model_chain.commits import has_commit
from model_chain.handover import (
    FOLDER,
    IMAGE_FILE,
    TRAINING_FILE,
    HandoverError,
    read_image,
    read_training,
    write_record,
    written_by,
)
from model_chain.records import ImageRecord, ModelVersion, TrainingRecord, Writer
from model_chain.summary import summary

__version__ = "0.1.0"

__all__ = [
    "FOLDER",
    "IMAGE_FILE",
    "TRAINING_FILE",
    "HandoverError",
    "ImageRecord",
    "ModelVersion",
    "TrainingRecord",
    "Writer",
    "has_commit",
    "read_image",
    "read_training",
    "summary",
    "tags",
    "write_record",
    "written_by",
]
