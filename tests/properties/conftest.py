"""Profiles of hypothesis: few examples that are always the same, and ``thorough``.

``pytest tests/properties --hypothesis-profile=thorough`` tries 200 examples per test instead.
"""

from hypothesis import HealthCheck, settings

_COMMON = {
    "database": None,
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
}
settings.register_profile("few", max_examples=4, derandomize=True, **_COMMON)
settings.register_profile("thorough", max_examples=200, **_COMMON)
settings.load_profile("few")
