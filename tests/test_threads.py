"""Work shared out over threads is the same work: on one thread, on several, beside others, after a fork."""

import multiprocessing
import os
import platform
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info

import minitorch_edu as mt
from minitorch_edu import threads
from minitorch_edu.nn import functional as F
from reference import find
from reference.explore import draw

SHARED = ("conv1d", "conv2d", "conv3d", "conv_transpose2d", "max_pool1d", "max_pool2d", "max_pool3d", "linear", "mm",
          "addmm", "batch_norm", "layer_norm", "group_norm", "cross_entropy", "SGD", "Adam", "AdamW", "RMSprop",
          "Adagrad")  # fmt: skip


@pytest.fixture
def three(monkeypatch):
    """Three threads, and no work is too small for them."""
    before = mt.get_num_threads()
    mt.set_num_threads(3)
    monkeypatch.setattr(threads, "LEAST", 1)
    yield
    mt.set_num_threads(before)


@pytest.mark.filterwarnings("ignore")  # torch's, of what is deprecated
@pytest.mark.parametrize("name", SHARED)
def test_three_threads_compute_what_torch_does(name, three, monkeypatch):
    record, shared = find(name), []
    submit = ThreadPoolExecutor.submit
    monkeypatch.setattr(ThreadPoolExecutor, "submit", lambda *a: [shared.append(1), submit(*a)][1])
    for call in draw(record.calls, 30):
        record.check(call)
    assert shared, "nothing was ever shared out"


def test_the_parts_make_up_the_whole(three):
    for count in range(1, 8):
        parts = threads.share(lambda part: list(range(part.start, part.stop)), count, 100)
        assert sum(parts, []) == list(range(count)) and len(parts) == min(count, 3)
    assert threads.share(lambda part: part, 0, 0) == [slice(0, 0)]


def test_little_work_is_not_cut_up():
    assert len(threads.share(lambda part: part, 10, threads.LEAST - 1)) == 1


def test_blas_has_one_thread_meanwhile_and_all_afterwards(three):
    blas = lambda: [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    before = blas()
    assert threads.share(lambda part: blas(), 3, 3) == [[1] * len(before)] * 3
    assert blas() == before


def test_what_numpy_ignores_is_ignored_in_the_threads(three):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(all="ignore"):
            threads.share(lambda part: np.float32(1) / np.zeros(1, np.float32), 3, 3)


def test_work_within_work_is_done(three):
    assert threads.share(lambda part: threads.share(lambda inner: 1, 3, 3), 3, 3) == [[1, 1, 1]] * 3


def test_errors_come_through_and_the_threads_go_on(three):
    def fails(part):
        raise KeyError(part.start)

    for _ in range(2):
        with pytest.raises(KeyError):
            threads.share(fails, 3, 3)
        assert len(threads.share(lambda part: part, 3, 3)) == 3


def test_callers_on_several_threads(three):
    x, w = mt.randn(8, 3, 9, 9), mt.randn(4, 3, 3, 3)
    expected, got = F.conv2d(x, w).tolist(), []
    callers = [threading.Thread(target=lambda: got.append(F.conv2d(x, w).tolist())) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert got == [expected] * 8


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_a_forked_process_has_threads_of_its_own(three):
    threads.share(lambda part: part, 3, 3)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(_shares).get(timeout=30) == 3


def _shares():
    return len(threads.share(lambda part: part, 3, 3))


def test_without_threadpoolctl_nothing_is_cut_up(three, monkeypatch):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    threads._blas.cache_clear()
    try:
        assert threads.share(lambda part: part, 3, 3) == [slice(0, 3)]
    finally:
        threads._blas.cache_clear()


def test_the_environment_says_how_many(monkeypatch):
    monkeypatch.setattr(threads, "_count", None)
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert mt.get_num_threads() == 5


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="memory.keep speaks to glibc")
@pytest.mark.parametrize("variables, kept", [({}, "True"), ({"MALLOC_ARENA_MAX": "1"}, "False")])
def test_memory_is_kept_unless_somebody_has_settings_of_his_own(variables, kept):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    script = "from minitorch_edu import memory; print(memory.keep())"
    done = subprocess.run([sys.executable, "-c", script], env=plain | variables, capture_output=True, text=True)
    assert done.stdout.strip() == kept, done.stderr
