"""The data: 1797 handwritten digits of 8 by 8 pixels, which scikit-learn brings along."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

if TYPE_CHECKING:
    import pandas as pd

SOURCE = f"https://github.com/scikit-learn/scikit-learn/raw/{version('scikit-learn')}/sklearn/datasets/data/digits.csv.gz"
"""Where this very file can be had again. It is read from the installed library."""

TARGET = "digit"
TEST_SHARE = 0.25


@dataclass(frozen=True)
class Digits:
    """Images, one per row and one column per pixel from 0 (white) to 16, with the digit that each shows."""

    images: pd.DataFrame
    labels: pd.Series

    def table(self) -> pd.DataFrame:
        """Images and labels side by side."""
        return self.images.assign(**{TARGET: self.labels})


def load(seed: int) -> tuple[Digits, Digits]:
    """Digits to learn from and digits to test with, every digit in the same share in both."""
    images, labels = load_digits(return_X_y=True, as_frame=True)
    parts = train_test_split(images, labels, test_size=TEST_SHARE, random_state=seed, stratify=labels)
    train_images, test_images, train_labels, test_labels = parts
    return Digits(train_images, train_labels), Digits(test_images, test_labels)
