"""lifetimes beside predict/clv on the same simulated customers, run in turn.

usage: compare.py CLV_BINARY [--rows N] [--threads N] [--repeats N] [--continuous] [--model bgnbd|mbgnbd|pareto]

Build CLV_BINARY with `go build -o /tmp/clv ./bench/clv`. Times are of the fit itself,
without reading the rows. lifetimes fits on one thread.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import numpy

warnings.filterwarnings("ignore")
import lifetimes  # noqa: E402


def customers(n, seed, continuous):
    """Two years of a shop: r 0.6, alpha 6.2 weeks, a 0.7, b 2.5; whole days unless continuous."""
    r = numpy.random.default_rng(seed)
    age = r.uniform(7, 730, n)
    if not continuous:
        age = numpy.ceil(age)
    rate = r.gamma(0.6, 1 / (6.2 * 7), n)
    leaves = r.beta(0.7, 2.5, n)
    frequency, recency, now, alive = numpy.zeros(n), numpy.zeros(n), numpy.zeros(n), numpy.ones(n, bool)
    while alive.any():
        now[alive] += r.exponential(1 / numpy.maximum(rate[alive], 1e-300))
        alive &= now < age
        frequency[alive] += 1
        recency[alive] = now[alive] if continuous else numpy.ceil(now[alive])
        alive &= r.random(n) >= leaves
    return frequency, numpy.minimum(recency, age), age


def main():
    a = argparse.ArgumentParser()
    a.add_argument("binary")
    a.add_argument("--rows", type=int, default=1_000_000)
    a.add_argument("--threads", type=int, default=2)
    a.add_argument("--repeats", type=int, default=3)
    a.add_argument("--seed", type=int, default=7)
    a.add_argument("--model", default="bgnbd")
    a.add_argument("--continuous", action="store_true")
    a = a.parse_args()
    frequency, recency, age = customers(a.rows, a.seed, a.continuous)
    peer = {"bgnbd": "BetaGeoFitter", "mbgnbd": "ModifiedBetaGeoFitter", "pareto": "ParetoNBDFitter"}[a.model]
    ours, theirs, cpu = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "customers.f64")
        numpy.vstack([frequency, recency, age]).tofile(data)
        for run in range(a.repeats):
            out = subprocess.run([a.binary, "-rows", str(a.rows), "-threads", str(a.threads), "-model", a.model, "-i", data],
                                 check=True, capture_output=True, text=True).stdout
            fit = json.loads(out)
            ours.append(fit["seconds"])
            print(f"run {run + 1}  segmenta   {fit['seconds']:8.3f} s  log-likelihood {fit['log_likelihood']:.4f}  {['%.6g' % p for p in fit['params']]}  {fit['note']}", flush=True)
            begin, used = time.perf_counter(), time.process_time()
            model = getattr(lifetimes, peer)(penalizer_coef=0.0)
            model.fit(frequency, recency, age)
            theirs.append(time.perf_counter() - begin)
            used = time.process_time() - used
            cpu.append((fit["processor_seconds"], used))
            height = -len(frequency) * model._negative_log_likelihood(numpy.log(model.params_.values), frequency, recency, age, numpy.ones_like(age), 0)
            print(f"run {run + 1}  lifetimes  {theirs[-1]:8.3f} s  log-likelihood {height:.4f}  {['%.6g' % p for p in model.params_]}"
                  f"  ({theirs[-1] / ours[-1]:.0f} times; of processor time {fit['processor_seconds']:.3f} s and {used:.2f} s, {used / fit['processor_seconds']:.0f} times)", flush=True)
    print(f"median  {len(frequency)} customers, {a.threads} threads, {os.cpu_count()} processors: "
          f"{statistics.median(ours):.3f} s and {statistics.median(theirs):.3f} s, {statistics.median(theirs) / statistics.median(ours):.0f} times;"
          f" of processor time {statistics.median(c[1] / c[0] for c in cpu):.0f} times;"
          f" log-likelihood {fit['log_likelihood'] - height:+.4f}")


if __name__ == "__main__":
    sys.exit(main())
