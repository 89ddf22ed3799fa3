import numpy as np
import pytest

from skmlic.metrics import fbeta_score


@pytest.mark.parametrize("beta", [0, -1, np.inf, np.nan, "2"])
def test_wrong_beta(beta):
    with pytest.raises(ValueError, match="expected a number above 0"):
        fbeta_score([[1, 0]], [[1, 1]], beta=beta)
