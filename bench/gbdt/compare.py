"""LightGBM beside predict/gbdt on the same rows, equal settings, run in turn.

usage: compare.py GBDT_BINARY [--rows N] [--columns N] [--threads N] [--repeats N] [--leaves N] [--rounds N]

Build GBDT_BINARY with `go build -o /tmp/gbdt ./bench/gbdt`. Times are of the work
itself: making the bins, and training, without reading the rows.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import lightgbm
import numpy


def auc(label, score):
    order = numpy.argsort(score, kind="stable")
    rank = numpy.empty(len(score))
    rank[order] = numpy.arange(1, len(score) + 1)
    ones = label.sum()
    return (rank[label == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(label) - ones))


def table(rows, columns, seed):
    """Customers: skewed amounts, small counts, missing values, a noisy non-linear truth."""
    r = numpy.random.default_rng(seed)
    x = r.normal(size=(rows, columns))
    x[:, : columns // 4] = numpy.exp(x[:, : columns // 4])
    x[:, columns // 4 : columns // 2] = r.poisson(3, size=(rows, columns // 2 - columns // 4))
    weight = numpy.random.default_rng(1).normal(size=columns) / 3
    score = (numpy.tanh(x) * weight).sum(1) + x[:, -1] * x[:, -2] * (x[:, 0] > 1) - 0.7 * numpy.abs(x[:, -3])
    label = (r.random(rows) < 1 / (1 + numpy.exp(-score))).astype(float)
    x[r.random(x.shape) < 0.1] = numpy.nan
    return x, label


def main():
    a = argparse.ArgumentParser()
    a.add_argument("binary")
    a.add_argument("--rows", type=int, default=1_000_000)
    a.add_argument("--columns", type=int, default=40)
    a.add_argument("--threads", type=int, default=2)
    a.add_argument("--repeats", type=int, default=2)
    a.add_argument("--leaves", type=int, default=31)
    a.add_argument("--rounds", type=int, default=200)
    a = a.parse_args()
    x, y = table(a.rows, a.columns, 7)
    vx, vy = table(200_000, a.columns, 8)
    with tempfile.TemporaryDirectory() as folder:
        data, model = os.path.join(folder, "rows.f64"), os.path.join(folder, "model.txt")
        numpy.vstack([x.T, y[None]]).tofile(data)
        best = {}
        for run in range(a.repeats):
            out = subprocess.run([a.binary, "-rows", str(a.rows), "-columns", str(a.columns), "-threads", str(a.threads),
                                  "-leaves", str(a.leaves), "-rounds", str(a.rounds), "-i", data, "-o", model],
                                 check=True, capture_output=True, text=True).stdout
            ours = json.loads(out)
            score = lightgbm.Booster(model_file=model).predict(vx, raw_score=True, num_threads=a.threads)
            best["segmenta"] = min(best.get("segmenta", 1e9), ours["seconds"])
            print(f"run {run + 1}  segmenta          {ours['seconds']:7.2f} s  auc {auc(vy, score):.5f}", flush=True)
            for name, more in [("lightgbm row-wise", {"force_row_wise": True}), ("lightgbm col-wise", {"force_col_wise": True}),
                               ("lightgbm quantised", {"force_col_wise": True, "use_quantized_grad": True})]:
                begin = time.perf_counter()
                rows = lightgbm.Dataset(x, y, params={"num_threads": a.threads, "verbose": -1})
                rows.construct()
                bins = time.perf_counter() - begin
                booster = lightgbm.train({"objective": "binary", "num_leaves": a.leaves, "num_threads": a.threads, "verbose": -1, **more}, rows, a.rounds)
                seconds = time.perf_counter() - begin
                best[name] = min(best.get(name, 1e9), seconds)
                score = booster.predict(vx, raw_score=True, num_threads=a.threads)
                print(f"run {run + 1}  {name:18s}{seconds:7.2f} s  auc {auc(vy, score):.5f}  (bins {bins:.2f} s; ours/theirs {ours['seconds'] / seconds:.2f})", flush=True)
        for name, seconds in best.items():
            print(f"best   {name:18s}{seconds:7.2f} s  (ours/theirs {best['segmenta'] / seconds:.2f})")


if __name__ == "__main__":
    sys.exit(main())
