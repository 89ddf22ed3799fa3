"""Tests of skmlic._utils._config."""

import numpy as np
import pytest

from skmlic import cache_info, config_context, get_config, set_config

KEY = "feature_cache_bytes"


@pytest.fixture(autouse=True)
def _restored():
    with config_context():
        yield


def test_a_setting_holds_until_it_is_set_again():
    set_config(feature_cache_bytes=100)
    assert get_config()[KEY] == cache_info().max_bytes == 100
    set_config()
    assert get_config()[KEY] == 100
    set_config(feature_cache_bytes=np.int64(0))
    assert get_config()[KEY] == 0
    assert type(get_config()[KEY]) is int


def test_the_settings_given_out_are_a_copy():
    get_config()[KEY] = -1
    assert get_config()[KEY] >= 0


def test_context_restores_also_after_an_error():
    before = get_config()
    with config_context(feature_cache_bytes=1):
        with pytest.raises(ZeroDivisionError), config_context(feature_cache_bytes=2):
            1 // (get_config()[KEY] - 2)
        assert get_config()[KEY] == 1
    assert get_config() == before


def test_context_undoes_what_is_set_inside_it():
    before = get_config()
    with config_context():
        set_config(feature_cache_bytes=3)
    assert get_config() == before


@pytest.mark.parametrize("value", [-1, 1.5, "1GB", True, [1]])
def test_wrong_values_change_nothing(value):
    before = get_config()
    with pytest.raises(ValueError, match="expected a number of bytes >= 0"):
        set_config(feature_cache_bytes=value)
    with (
        pytest.raises(ValueError, match="feature_cache_bytes="),
        config_context(feature_cache_bytes=value),
    ):
        pass
    assert get_config() == before
