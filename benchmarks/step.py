"""One training step of the tutorial's network, ours against torch's eager CPU step: time and memory.

    python -m benchmarks.step [--batch 64] [--rounds 9] [--steps 8] [--threads 2] [--json FILE] [--most-time 3] ...

Each side runs in a process of its own, so that one library's idle threads do not slow the other down, and the sides
take turns: in every round each makes a few steps, with a pause before. The figure is the median over the rounds of the
ratio of two neighbouring turns. torch stands there twice: torch against torch must come out as 1, and how far it does
not is how far the other ratio can be trusted. Memory is the process's growth, at its peak, since before the network.
"""

import argparse
import importlib
import json
import multiprocessing
import os
import platform
import statistics
import sys
import time

SIDES = {"ours": "minitorch_edu", "torch": "torch", "torch again": "torch"}


def _memory(field):
    """A line of /proc/self/status in MiB: VmRSS (memory in use now) or VmHWM (its peak so far)."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field)) / 1024


def _serve(library, batch, threads, pipe):
    """In a process of its own: for a number n, make n steps and answer their seconds; for None, the peak memory."""
    torch = importlib.import_module(library)
    import numpy as np

    from minitorch_edu.models import cifar_quick

    if library == "torch":
        torch.set_num_threads(threads)
    random = np.random.default_rng(0)
    pictures = torch.from_numpy(random.random((batch, 3, 32, 32), np.float32))
    labels = torch.from_numpy(random.integers(0, 10, batch))
    before = _memory("VmRSS")
    net = cifar_quick(torch.nn)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

    def step():
        loss = torch.nn.functional.cross_entropy(net(pictures), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    step()
    while True:
        n = pipe.recv()
        if n is None:
            pipe.send((_memory("VmHWM") - before, torch.__version__ if library == "torch" else np.__version__))
            return
        start = time.perf_counter()
        for _ in range(n):
            step()
        pipe.send(time.perf_counter() - start)


def measure(batch=64, rounds=9, steps=8, threads=2, pause=0.3):
    """Race the sides; returns {"seconds": {side: per step}, "ratio": ..., "control": ..., "memory_mib": {side: ...}}.

    A ratio is (median, lower quartile, upper quartile).
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ["OPENBLAS_THREAD_TIMEOUT"] = "4"  # idle threads go to sleep at once
    context = multiprocessing.get_context("spawn")
    pipes, workers = {}, []
    for side, library in SIDES.items():
        pipes[side], theirs = context.Pipe()
        workers.append(context.Process(target=_serve, args=(library, batch, threads, theirs), daemon=True))
        workers[-1].start()

    def turn(side, n):
        time.sleep(pause)
        pipes[side].send(n)
        return pipes[side].recv() / n

    for side in SIDES:
        turn(side, 2)  # warm up
    times = {side: [] for side in SIDES}
    for number in range(rounds):
        order = list(SIDES) if number % 2 == 0 else list(reversed(SIDES))
        for side in order:
            times[side].append(turn(side, steps))
    memory, versions = {}, {}
    for side, pipe in pipes.items():
        pipe.send(None)
        memory[side], versions[side] = pipe.recv()
    for worker in workers:
        worker.join()

    def ratio(side, other):
        quartiles = statistics.quantiles([a / b for a, b in zip(times[side], times[other])], n=4)
        return quartiles[1], quartiles[0], quartiles[2]

    return {
        "batch": batch, "rounds": rounds, "steps": steps, "threads": threads,
        "machine": platform.processor() or platform.machine(), "cores": os.cpu_count(),
        "numpy": versions["ours"], "torch": versions["torch"],
        "seconds": {side: statistics.median(values) for side, values in times.items()},
        "ratio": ratio("ours", "torch"), "control": ratio("torch again", "torch"), "memory_mib": memory,
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=64, help="pictures per step")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each side")
    parser.add_argument("--steps", type=int, default=8, help="steps per turn")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of each side")
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file too")
    parser.add_argument("--most-time", type=float, metavar="X", help="fail if ours takes over X times torch's time")
    parser.add_argument("--most-memory", type=float, metavar="X", help="... or over X times torch's memory")
    options = parser.parse_args()
    figures = measure(options.batch, options.rounds, options.steps, options.threads)
    print(
        f"batch {figures['batch']}, {figures['threads']} threads, NumPy {figures['numpy']}, torch {figures['torch']}, "
        f"{figures['rounds']} rounds of {figures['steps']} steps"
    )
    for side in SIDES:
        seconds, memory = figures["seconds"][side], figures["memory_mib"][side]
        print(f"{side:12} {seconds * 1e3:8.1f} ms/step {memory:8.1f} MiB at the peak")
    for name, what in (("ratio", "ours / torch"), ("control", "torch again / torch")):
        print(f"{what:20} {figures[name][0]:.2f} (quartiles {figures[name][1]:.2f} to {figures[name][2]:.2f})")
    if options.json:
        with open(options.json, "w") as file:
            json.dump(figures, file, indent=2)
    memory = figures["memory_mib"]["ours"] / figures["memory_mib"]["torch"]
    if options.most_time is not None and figures["ratio"][0] > options.most_time:
        sys.exit(f"too slow: {figures['ratio'][0]:.2f} x torch's time, at most {options.most_time} are allowed")
    if options.most_memory is not None and memory > options.most_memory:
        sys.exit(f"too large: {memory:.2f} x torch's memory, at most {options.most_memory} are allowed")


if __name__ == "__main__":
    main()
