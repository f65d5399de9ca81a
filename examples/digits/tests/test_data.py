from digits.data import load


def test_every_digit_is_in_the_same_share_of_both_parts() -> None:
    train, test = load(seed=1)
    shares = train.labels.value_counts(normalize=True) - test.labels.value_counts(normalize=True)
    assert shares.abs().max() < 0.005


def test_no_image_is_in_both_parts() -> None:
    train, test = load(seed=1)
    assert not train.images.index.intersection(test.images.index).size
    assert len(train.images) + len(test.images) == 1797


def test_the_seed_alone_decides_the_split() -> None:
    assert load(seed=7)[1].images.index.equals(load(seed=7)[1].images.index)
    assert not load(seed=7)[1].images.index.equals(load(seed=8)[1].images.index)
