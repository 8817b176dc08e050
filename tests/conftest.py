"""Hypothesis profiles: dev (quick), ci (the same cases every time), nightly (thorough). HYPOTHESIS_PROFILE chooses."""

import contextlib
import os

import pytest
from hypothesis import HealthCheck, settings

_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("dev", max_examples=15, **_common)
settings.register_profile("ci", max_examples=40, derandomize=True, print_blob=True, **_common)
settings.register_profile("nightly", max_examples=4000, **_common)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


def pytest_collection_finish(session):
    """Let Hypothesis draw the same whatever ran before on this worker.

    It tries constants that it finds in the code that is loaded; a test that loads more would change all later draws.
    """
    with contextlib.suppress(ImportError, AttributeError):  # another Hypothesis: it may have another place for them
        from hypothesis.internal.conjecture import providers

        known = providers._get_local_constants()
        providers._get_local_constants = lambda: known


@pytest.fixture
def cifar10_root():
    """The folder in which pictures of CIFAR-10 lie; the test is skipped where there are none."""
    root = os.environ.get("MINITORCH_CIFAR10", "data")
    if not os.path.isdir(os.path.join(root, "cifar-10-batches-py")):
        pytest.skip(f"no {root}/cifar-10-batches-py; the environment variable MINITORCH_CIFAR10 names its folder")
    return root
