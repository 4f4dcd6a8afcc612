"""predict/gbdt beside its peers: the same rows, equal settings, one after another.

usage: compare.py GBDT_BINARY [--tables made-up,online_retail,cdnow] [--data FOLDER] [--settings 200x31,500x63]
                  [--peers NAME;NAME] [--repeats N] [--seeds N] [--rows N] [--threads N] [--results FILE] [--under COMMAND]

Build GBDT_BINARY with `go build -o /tmp/gbdt ./bench/gbdt`. FOLDER holds online_retail and cdnow, each with
transactions.parquet and meta.json. Every run is a process of its own and a line of the results file; a run that has
its line is not repeated. --under puts words before each run, such as `taskset -c 0,1`.
"""
import argparse
import collections
import json
import os
import statistics
import subprocess
import sys
import tempfile

import numpy

import tables
from peers import PEERS

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = "segmenta"


def auc(label, score):
    from scipy.stats import rankdata

    ones = label.sum()
    return (rankdata(score)[label == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(label) - ones))


class Table:
    """A table as files: to learn from, and to judge on."""

    def __init__(self, folder, name, seed, a):
        self.learn, self.judge = (os.path.join(folder, f"{name}-{seed}-{part}.f64") for part in ("learn", "judge"))
        if name == "made-up":
            parts = tables.made_up(a.rows, seed), tables.made_up(min(a.rows, 200_000), 1000 + seed)
            self.categorical = len(tables.CATEGORIES)
        else:
            parts = tables.real(os.path.join(a.data, name), seed - 1)  # another seed is another month
            self.categorical = 0
        for path, (x, y) in zip((self.learn, self.judge), parts):
            numpy.vstack([x, y[None]]).tofile(path)
        self.columns, self.label = len(parts[0][0]), parts[1][1]

    def remove(self):
        os.remove(self.learn)
        os.remove(self.judge)


def run(peer, table, rounds, leaves, seed, folder, a):
    scores = os.path.join(folder, "scores.f64")
    common = ["--rounds", rounds, "--leaves", leaves, "--threads", a.threads, "--seed", seed]
    if peer == OURS:
        words = [a.binary, "-i", table.learn, "-columns", table.columns, "-categorical", table.categorical, "-judged", table.judge, "-scores", scores, *common]
    else:
        words = [sys.executable, os.path.join(HERE, "peers.py"), peer, table.learn, table.columns, table.categorical, table.judge, scores, *common]
    # Threads that wait turning round take the processor from the others who want it.
    told = subprocess.run([*a.under.split(), *map(str, words)], check=True, capture_output=True, text=True,
                          env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": str(a.threads)}).stdout
    return {**json.loads(told), "auc": auc(table.label, numpy.fromfile(scores))}


def known(path):
    if not os.path.exists(path):
        return {}
    return {tuple(r["key"]): r for r in map(json.loads, open(path))}


def measure(a):
    done = known(a.results)
    for name in a.tables.split(","):
        for seed in range(1, a.seeds + 1):
            with tempfile.TemporaryDirectory() as folder:
                table = None
                for setting in a.settings.split(","):
                    rounds, leaves = map(int, setting.split("x"))
                    for repeat in range(1, a.repeats + 1):
                        for peer in a.peers.split(";"):
                            key = (name, seed, setting, repeat, peer)
                            if key in done:
                                continue
                            table = table or Table(folder, name, seed, a)
                            result = {"key": key, **run(peer, table, rounds, leaves, seed, folder, a)}
                            with open(a.results, "a") as f:
                                print(json.dumps(result), file=f)
                            print(*key, f"{result['seconds']:.2f} s, processor {result['cpu']:.2f} s, AUC {result['auc']:.5f}", flush=True)


def report(path):
    runs = collections.defaultdict(list)
    for (name, _, setting, _, peer), r in known(path).items():
        runs[name, setting, peer].append(r)
    print("| table | trees | | s | s of processor | ours/theirs | memory added, MB | AUC |\n|---|---|---|---|---|---|---|---|")
    for (name, setting, peer), rs in runs.items():
        middle = lambda what, rs=rs: statistics.median(what(r) for r in rs)
        ours = runs.get((name, setting, OURS))
        seconds, cpu = middle(lambda r: r["seconds"]), middle(lambda r: r["cpu"])
        ratio = "" if peer == OURS or not ours else f"{statistics.median(r['cpu'] for r in ours) / cpu:.2f}"
        memory = middle(lambda r: (r["rss_peak"] - r["rss_before"]) / 1e6)
        print(f"| {name} | {setting} | {peer} | {seconds:.2f} | {cpu:.2f} | {ratio} | {memory:.0f} | {statistics.mean(r['auc'] for r in rs):.5f} ({len(rs)}) |")


def main():
    p = argparse.ArgumentParser()
    p.add_argument("binary")
    p.add_argument("--tables", default="made-up,online_retail,cdnow")
    p.add_argument("--data", default="../shared/data/normalised")
    p.add_argument("--settings", default="200x31,500x63")
    p.add_argument("--peers", default=";".join([OURS, *PEERS]))
    p.add_argument("--repeats", type=int, default=3)
    p.add_argument("--seeds", type=int, default=1)
    p.add_argument("--rows", type=int, default=1_000_000)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--results", default="results.jsonl")
    p.add_argument("--under", default="")
    a = p.parse_args()
    measure(a)
    report(a.results)


if __name__ == "__main__":
    sys.exit(main())
