"""Scoring beside leaves, LightGBM, lleaves, XGBoost, treelite, tl2cgen and YDF on the
same rows, run in turn.

usage: compare.py SCORE_BINARY [--folder F] [--prepare] [--rows N] [--slow N] [--threads N] [--repeats N]

Build SCORE_BINARY with `go build -o /tmp/score ./bench/score`. Models are trained (and
compiled, where the peer compiles) first and kept in the folder; --prepare stops there.
Seconds are of scoring rows in memory, each peer given the form that it likes best,
without reading or converting them; on a machine that does other work, seconds of processor
time say more than those of the clock. Peers that take long score the first --slow rows.
XGBoost and YDF score models of their own of the same size, the others LightGBM's.
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

from rows import table

SIZES = [(200, 31), (500, 63)]


def prepare(folder, size, threads):
    """Trains and compiles what is not in the folder yet."""
    rounds, leaves = size
    name = os.path.join(folder, f"{rounds}x{leaves}")
    x, y = table(300_000, 40, 7)
    if not os.path.exists(name + ".txt"):
        data = lightgbm.Dataset(x, y, params={"verbose": -1})
        lightgbm.train({"objective": "binary", "num_leaves": leaves, "num_threads": threads, "verbose": -1}, data, rounds).save_model(name + ".txt")
    attempt("lleaves", lambda: lleaves_model(name))
    attempt("xgboost", lambda: xgboost_model(name, size, x, y))
    attempt("tl2cgen", lambda: tl2cgen_library(name))
    attempt("ydf", lambda: ydf_model(name, size, x, y))


def attempt(what, work):
    try:
        return work()
    except Exception as e:  # a peer that is not there is left out by name
        print(f"{what}: left out: {type(e).__name__}: {str(e)[:120]}", flush=True)
        return None


def lleaves_model(name):
    import lleaves
    m = lleaves.Model(model_file=name + ".txt")
    m.compile(cache=name + ".lleaves", raw_score=True)
    return m


def xgboost_model(name, size, x=None, y=None):
    import xgboost
    b = xgboost.Booster()
    if not os.path.exists(name + ".ubj"):
        b = xgboost.train({"objective": "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": size[1], "max_depth": 0, "eta": 0.1},
                          xgboost.DMatrix(x[:100_000], y[:100_000]), size[0])
        b.save_model(name + ".ubj")
    b.load_model(name + ".ubj")
    return b


def tl2cgen_library(name):
    import tl2cgen
    import treelite
    if not os.path.exists(name + ".so"):
        tl2cgen.export_lib(treelite.frontend.load_lightgbm_model(name + ".txt"), toolchain="gcc", libpath=name + ".so", params={"parallel_comp": 16})
    return tl2cgen.Predictor(name + ".so", nthread=2)


def ydf_model(name, size, x=None, y=None):
    import ydf
    if not os.path.exists(name + ".ydf"):
        rows = {f"f{i}": x[:30_000, i] for i in range(x.shape[1])} | {"y": y[:30_000].astype(int)}
        learner = ydf.GradientBoostedTreesLearner(label="y", num_trees=size[0], max_num_nodes=size[1], max_depth=-1, growing_strategy="BEST_FIRST_GLOBAL",
                                                  early_stopping="NONE", validation_ratio=0.0, shrinkage=0.1)
        learner.train(rows, verbose=0).save(name + ".ydf")
    return ydf.load_model(name + ".ydf")


def peers(name, size, x, threads):
    """A peer's name, how many rows it takes, and the call that scores them."""
    booster = lightgbm.Booster(model_file=name + ".txt")
    yield "LightGBM", booster.predict, dict(raw_score=True, num_threads=threads), x
    if m := attempt("lleaves", lambda: lleaves_model(name)):
        yield "lleaves", m.predict, dict(n_jobs=threads), x
    if os.path.exists(name + ".ubj") and (b := attempt("xgboost", lambda: xgboost_model(name, size))):
        b.set_param({"nthread": threads})
        yield "XGBoost", b.inplace_predict, dict(predict_type="margin"), x.astype(numpy.float32)
    def treelite_model():
        import treelite
        m = treelite.frontend.load_lightgbm_model(name + ".txt")
        return lambda rows: treelite.gtil.predict(m, rows, nthread=threads, pred_margin=True)
    if t := attempt("treelite", treelite_model):
        yield "treelite (GTIL)", t, {}, x
    def compiled():
        import tl2cgen
        p = tl2cgen_library(name)
        rows = tl2cgen.DMatrix(x, dtype="float64")
        return lambda _: p.predict(rows, pred_margin=True)
    if os.path.exists(name + ".so") and (p := attempt("tl2cgen", compiled)):
        yield "tl2cgen", p, {}, x
    if os.path.exists(name + ".ydf") and (m := attempt("ydf", lambda: ydf_model(name, size))):
        rows = {f"f{i}": numpy.ascontiguousarray(x[:, i]) for i in range(x.shape[1])}
        yield "YDF", lambda _: m.predict(rows, num_threads=threads), {}, x


def main():
    a = argparse.ArgumentParser()
    a.add_argument("binary")
    a.add_argument("--folder", default=None)
    a.add_argument("--prepare", action="store_true")
    a.add_argument("--rows", type=int, default=1_000_000)
    a.add_argument("--slow", type=int, default=20_000)
    a.add_argument("--threads", type=int, default=2)
    a.add_argument("--repeats", type=int, default=3)
    a = a.parse_args()
    folder = a.folder or tempfile.mkdtemp()
    os.makedirs(folder, exist_ok=True)
    if a.prepare or a.folder is None:
        for size in SIZES:
            prepare(folder, size, a.threads)
    if a.prepare:
        return
    x, _ = table(a.rows, 40, 9)
    numpy.ascontiguousarray(x.T).tofile(os.path.join(folder, "rows.f64"))
    few = numpy.ascontiguousarray(x[: a.slow])
    numpy.ascontiguousarray(few.T).tofile(os.path.join(folder, "few.f64"))
    for size in SIZES:
        measure(a, folder, size, x, few)


def ours(a, folder, name, engine, rows):
    out = subprocess.run([a.binary, "-m", name + ".txt", "-i", os.path.join(folder, "rows.f64" if rows == a.rows else "few.f64"), "-rows", str(rows),
                          "-threads", str(a.threads), "-engine", engine, "-repeats", "1", "-o", os.path.join(folder, engine + ".f64")],
                         check=True, capture_output=True, text=True).stdout
    done = json.loads(out)
    return rows / done["seconds"], rows / done["cpu"] if done["cpu"] > 0 else float("nan")


def measure(a, folder, size, x, few):
    name = os.path.join(folder, f"{size[0]}x{size[1]}")
    speed = {}
    list_of_peers = list(peers(name, size, few, a.threads))
    for _ in range(a.repeats):
        for engine in ("portable", "avx2", "avx512"):
            try:
                speed.setdefault("segmenta " + engine, []).append(ours(a, folder, name, engine, a.rows))
            except subprocess.CalledProcessError as e:
                print(engine, "left out:", e.stderr.strip())
        speed.setdefault("leaves", []).append(ours(a, folder, name, "leaves", a.slow))
        for peer, call, options, rows in list_of_peers:
            begin, used = time.perf_counter(), time.process_time()
            call(rows, **options)
            speed.setdefault(peer, []).append((a.slow / (time.perf_counter() - begin), a.slow / (time.process_time() - used)))
    exact = lightgbm.Booster(model_file=name + ".txt").predict(few, raw_score=True, num_threads=a.threads)
    middle = {who: [statistics.median(v[k] for v in runs) for k in (0, 1)] for who, runs in speed.items()}
    base = middle["LightGBM"]
    print(f"\n{size[0]} trees of {size[1]} leaves, {a.rows} rows x 40 (peers {a.slow}), {a.threads} threads on {os.cpu_count()} cores, median of {a.repeats}, load {os.getloadavg()[0]:.0f}\n")
    print("| | rows/s | times LightGBM | rows a second of processor time | times LightGBM | rows whose bits are LightGBM's |\n|---|---|---|---|---|---|")
    for who, (wall, cpu) in middle.items():
        same = ""
        file = os.path.join(folder, who.removeprefix("segmenta ") + ".f64")
        if who.startswith("segmenta") or who == "leaves":
            got = numpy.fromfile(file)[: a.slow]
            same = f"{(got.view(numpy.int64) == exact.view(numpy.int64)).sum()} of {a.slow}"
        print(f"| {who} | {wall:,.0f} | {wall / base[0]:.1f} | {cpu:,.0f} | {cpu / base[1]:.1f} | {same} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
