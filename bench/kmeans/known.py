#!/usr/bin/env python3
"""known.py BINARY: how often the right number of groups is found, on sets whose number is known (data.known).

Every criterion of ours chooses for itself. Beside them scikit-learn's KMeans with the silhouette, and with the gap statistic
as it was published: uniform references in the box of the columns, and the first k whose gap is within one error of the next.
Both see 2,500 of the 8,000 rows, as the silhouette takes all pairs. k goes from 2 to 15.
"""
import argparse, json, os, subprocess, sys, tempfile

os.environ.setdefault("OMP_NUM_THREADS", "2")
import numpy as np
from data import known
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

SILHOUETTE, GAP = "scikit-learn, silhouette", "scikit-learn, gap statistic"


def ours(binary, x, folder, most):
    path = os.path.join(folder, "rows.f32")
    x.tofile(path)
    command = [binary, "-i", path, "-dims", str(x.shape[1]), "-k", str(most), "-work", "criteria", "-threads", os.environ["OMP_NUM_THREADS"]]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["chosen"]


def fits(x, ks, starts):
    return {k: KMeans(k, n_init=starts, random_state=1).fit(x) for k in ks}


def silhouette(x, models):
    score = {k: silhouette_score(x, m.labels_) for k, m in models.items()}
    return max(score, key=score.get)


def gap(x, models, references, rng):
    """Tibshirani, Walther and Hastie (2001)."""
    ks = sorted(models)
    low, high = x.min(0), x.max(0)
    logs = np.array([[np.log(m.inertia_) for m in fits(rng.uniform(low, high, x.shape).astype(np.float32), ks, 1).values()] for _ in range(references)])
    gaps = logs.mean(0) - np.log([models[k].inertia_ for k in ks])
    error = logs.std(0) * np.sqrt(1 + 1 / references)
    return next((k for i, k in enumerate(ks[:-1]) if gaps[i] >= gaps[i + 1] - error[i + 1]), ks[-1])


def main():
    p = argparse.ArgumentParser()
    p.add_argument("binary")
    p.add_argument("--sets", type=int, default=50)
    p.add_argument("--most", type=int, default=15, help="the largest k tried")
    p.add_argument("--rows", type=int, default=2500, help="that scikit-learn sees")
    p.add_argument("--references", type=int, default=3, help="of the gap statistic")
    a = p.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for i in range(a.sets):
            x, k = known(i)
            rng = np.random.default_rng(i)
            part = x[rng.choice(len(x), a.rows, replace=False)]
            chosen = ours(a.binary, x, folder, a.most)
            models = fits(part, range(2, a.most + 1), 3)
            chosen[SILHOUETTE], chosen[GAP] = silhouette(part, models), gap(part, models, a.references, rng)
            for name, got in chosen.items():
                found.setdefault(name, []).append(abs(got - k))
            print(i, k, chosen, file=sys.stderr, flush=True)
    print("| | exactly | within one |\n|---|---|---|")
    for name, off in sorted(found.items(), key=lambda f: (-sum(o == 0 for o in f[1]), f[0])):
        print(f"| {name} | {sum(o == 0 for o in off)} | {sum(o <= 1 for o in off)} |")


main()
