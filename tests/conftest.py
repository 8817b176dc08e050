"""Hypothesis profiles: dev (quick), ci (the same cases every time), nightly (thorough). HYPOTHESIS_PROFILE chooses."""

import os

import pytest
from hypothesis import HealthCheck, settings

_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("dev", max_examples=15, **_common)
settings.register_profile("ci", max_examples=40, derandomize=True, print_blob=True, **_common)
settings.register_profile("nightly", max_examples=4000, **_common)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


@pytest.fixture
def cifar10_root():
    """The folder in which pictures of CIFAR-10 lie; the test is skipped where there are none."""
    root = os.environ.get("MINITORCH_CIFAR10", "data")
    if not os.path.isdir(os.path.join(root, "cifar-10-batches-py")):
        pytest.skip(f"no {root}/cifar-10-batches-py; the environment variable MINITORCH_CIFAR10 names its folder")
    return root
