"""Explanations beside LightGBM's pred_contrib and the shap package, on the same rows.

usage: compare.py SHAP_BINARY [--folder F] [--prepare] [--rows N] [--slow N] [--threads N] [--repeats N]

Build SHAP_BINARY with `go build -o /tmp/shap ./bench/shap`. Models are those of
bench/score and kept in the folder; --prepare stops there. Peers explain the first
--slow rows. Each of our runs makes its tables anew. On a machine that does other work,
seconds of processor time say more than those of the clock.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import lightgbm
import numpy

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "score"))
from rows import table  # noqa: E402

SIZES = [(200, 31), (500, 63)]


def main():
    a = argparse.ArgumentParser()
    a.add_argument("binary")
    a.add_argument("--folder", default=None)
    a.add_argument("--prepare", action="store_true")
    a.add_argument("--rows", type=int, default=100_000)
    a.add_argument("--slow", type=int, default=300)
    a.add_argument("--threads", type=int, default=2)
    a.add_argument("--repeats", type=int, default=3)
    a = a.parse_args()
    folder = a.folder or tempfile.mkdtemp()
    os.makedirs(folder, exist_ok=True)
    for rounds, leaves in SIZES:
        file = os.path.join(folder, f"{rounds}x{leaves}.txt")
        if not os.path.exists(file):
            x, y = table(300_000, 40, 7)
            lightgbm.train({"objective": "binary", "num_leaves": leaves, "num_threads": a.threads, "verbose": -1}, lightgbm.Dataset(x, y), rounds).save_model(file)
    if a.prepare:
        return
    x, _ = table(a.rows, 40, 9)
    rows = os.path.join(folder, "shap.f64")
    numpy.ascontiguousarray(x.T).tofile(rows)
    few = numpy.ascontiguousarray(x[: a.slow])
    for size in SIZES:
        measure(a, folder, size, rows, few)


def measure(a, folder, size, rows, few):
    model = os.path.join(folder, f"{size[0]}x{size[1]}.txt")
    booster = lightgbm.Booster(model_file=model)
    out = os.path.join(folder, "contributions.f64")
    speed = {}
    peers = {"LightGBM pred_contrib": lambda: booster.predict(few, pred_contrib=True, num_threads=a.threads)}
    try:
        import shap
        import warnings
        warnings.filterwarnings("ignore")
        explainer = shap.TreeExplainer(booster, feature_perturbation="tree_path_dependent")
        peers["shap TreeExplainer (calls LightGBM)"] = lambda: explainer.shap_values(few)
    except Exception as e:  # a peer that is not there is left out by name
        print("shap: left out:", e)
    for _ in range(a.repeats):
        done = json.loads(subprocess.run([a.binary, "-m", model, "-i", rows, "-rows", str(a.rows), "-threads", str(a.threads), "-repeats", "1", "-o", out],
                                         check=True, capture_output=True, text=True).stdout)
        speed.setdefault("segmenta", []).append((a.rows / done["seconds"], a.rows / done["cpu"]))
        for name, call in peers.items():
            begin, used = time.perf_counter(), time.process_time()
            call()
            speed.setdefault(name, []).append((len(few) / (time.perf_counter() - begin), len(few) / (time.process_time() - used)))
    ours = numpy.fromfile(out).reshape(41, a.rows).T[: len(few)]
    theirs = booster.predict(few, pred_contrib=True, num_threads=a.threads)
    middle = {who: [statistics.median(v[k] for v in runs) for k in (0, 1)] for who, runs in speed.items()}
    base = middle["LightGBM pred_contrib"]
    print(f"\n{size[0]} trees of {size[1]} leaves, {a.rows} rows x 40 (peers {len(few)}), {a.threads} threads on {os.cpu_count()} cores, median of {a.repeats}, load {os.getloadavg()[0]:.0f}; "
          f"largest difference from LightGBM {abs(ours - theirs).max():.1e}, of sums from raw scores {abs(ours.sum(1) - booster.predict(few, raw_score=True)).max():.1e}\n")
    print("| | rows/s | times LightGBM | rows a second of processor time | times LightGBM |\n|---|---|---|---|---|")
    for who, (wall, cpu) in middle.items():
        print(f"| {who} | {wall:,.0f} | {wall / base[0]:.1f} | {cpu:,.0f} | {cpu / base[1]:.1f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
