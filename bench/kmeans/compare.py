#!/usr/bin/env python3
"""compare.py BINARY: ours and the peers' k-means on the same rows, from the same centers, by the same stopping rule.

Every run is a process of its own, ours and theirs in turn; figures are medians of --repeats. The start is one greedy
k-means++ of scikit-learn on 20,000 rows. tol is scikit-learn's; scikit-learn-intelex takes it in the same sense; faiss has
none and is given the rounds that scikit-learn took. Peers get contiguous float32.
"""
import argparse, json, os, resource, statistics, subprocess, sys, tempfile, time

THREADS = os.environ.setdefault("OMP_NUM_THREADS", "2")
import numpy as np

DIMS = 20
FIT = ["lloyd", "elkan", "intelex", "faiss"]


def peer(name, rows, first, k, rounds, most):
    x = np.fromfile(rows, np.float32).reshape(-1, DIMS)
    c = np.fromfile(first, np.float32).reshape(-1, DIMS) if first else None
    used = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    out = {}
    if name in ("lloyd", "elkan"):
        from sklearn.cluster import KMeans
        m = KMeans(k, init=c, n_init=1, max_iter=most, tol=1e-4, algorithm=name)
        work = lambda: m.fit(x)
        read = lambda: (m.inertia_, m.n_iter_)
    elif name == "intelex":
        import logging
        said = []
        logging.getLogger("sklearnex").setLevel(logging.INFO)
        logging.getLogger("sklearnex").addHandler(type("Keep", (logging.Handler,), {"emit": lambda _, r: said.append(r.getMessage())})())
        from sklearnex.cluster import KMeans
        m = KMeans(k, init=c, n_init=1, max_iter=most, tol=1e-4, algorithm="lloyd")
        work = lambda: m.fit(x)
        read = lambda: (m.inertia_, m.n_iter_)
    elif name == "faiss":
        import faiss
        faiss.omp_set_num_threads(int(THREADS))
        m = faiss.Kmeans(DIMS, k, niter=rounds, nredo=1, max_points_per_centroid=1 << 30, min_points_per_centroid=1)
        work = lambda: m.train(x, init_centroids=c)
        read = lambda: (float(m.index.search(x, 1)[0].sum(dtype=np.float64)), rounds)
    elif name == "k-means++":
        from sklearn.cluster import kmeans_plusplus
        got = []
        work = lambda: got.append(kmeans_plusplus(x, k, random_state=1)[0])
        read = lambda: (nearest(x, got[0]), 0)
    elif name == "sweep":
        work = lambda: out.update(k=sweep(x, k))
        read = lambda: (0, 0)
    begin, cpu = time.time(), used()
    work()
    out.update(seconds=time.time() - begin, cpu=used() - cpu, peak=peak())
    out["inertia"], out["iterations"] = map(float, read())
    if name == "intelex":
        assert any("running accelerated version" in s for s in said), said
    print(json.dumps(out))


def peak():
    """ru_maxrss of a child counts what its parent held."""
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) << 10


def nearest(x, c):
    from sklearn.metrics import pairwise_distances_argmin_min
    return float((pairwise_distances_argmin_min(x, c)[1].astype(np.float64) ** 2).sum())


def sweep(x, most):
    """What one writes with scikit-learn: every k from k-means++, judged by the silhouette of 2,000 rows."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score
    score = {}
    for k in range(2, most + 1):
        m = KMeans(k, n_init=1, random_state=1).fit(x)
        score[k] = silhouette_score(x, m.labels_, sample_size=2000, random_state=1)
    return max(score, key=score.get)


def ours(binary, work, rows, first, k, most):
    command = [binary, "-i", rows, "-k", str(k), "-work", work, "-threads", THREADS, "-max-iter", str(most)] + (["-init", first] if first else [])
    p = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    text = p.stdout.read()
    if p.wait():
        sys.exit(f"{command} ended with {p.returncode}")
    return json.loads(text)


def theirs(name, rows, first, k, rounds, most):
    command = [sys.executable, __file__, "--peer", name, "--rows-file", rows, "--first", first, "--k", str(k), "--rounds", str(rounds), "--max-iter", str(most)]
    p = subprocess.run(command, capture_output=True, text=True)
    if p.returncode:
        sys.exit(p.stderr)
    return json.loads(p.stdout.splitlines()[-1])


def median(runs):
    return {key: statistics.median(r[key] for r in runs) for key in runs[0]}


def cell(a, rows, first, k, work, names):
    """One line of the table: everyone in turn, again and again."""
    runs, rounds = {n: [] for n in ["ours"] + names}, 1
    for i in range(a.repeats):
        for n in runs:
            if n == "ours":
                r = ours(a.binary, work, rows, first, k, a.max_iter)
            elif runs[n] and runs[n][0]["seconds"] > a.once:
                continue
            else:
                r = theirs(n, rows, first, k, rounds, a.max_iter)
            rounds = int(r["iterations"]) or rounds
            runs[n].append(r)
    return {n: median(r) for n, r in runs.items()}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("binary", nargs="?")
    p.add_argument("--rows", type=int, default=1_000_000)
    p.add_argument("--data", default="shop,skewed,blobs")
    p.add_argument("--k", default="8,32,128")
    p.add_argument("--work", default="fit,seed,sweep")
    p.add_argument("--repeats", type=int, default=3)
    p.add_argument("--once", type=float, default=20, help="a peer that takes longer runs once")
    p.add_argument("--max-iter", type=int, default=300, help="rounds at most")
    p.add_argument("--peers", default=",".join(FIT))
    p.add_argument("--folder", help="where the rows are kept (default: a temporary one)")
    p.add_argument("--peer"), p.add_argument("--rows-file"), p.add_argument("--first"), p.add_argument("--rounds", type=int)
    a = p.parse_args()
    if a.peer:
        return peer(a.peer, a.rows_file, a.first, int(a.k), a.rounds, a.max_iter)
    with tempfile.TemporaryDirectory() as own:
        for kind in a.data.split(","):
            compare(a, kind, a.folder or own)


def compare(a, kind, folder):
    from data import KINDS
    path = os.path.join(folder, f"{kind}-{a.rows}.f32")
    if not os.path.exists(path):
        KINDS[kind](a.rows, DIMS, 1).tofile(path)
    x = np.fromfile(path, np.float32).reshape(-1, DIMS)
    from sklearn.cluster import kmeans_plusplus
    part = x[np.random.default_rng(0).choice(len(x), min(len(x), 20_000), replace=False)]
    for k in map(int, a.k.split(",")):
        if "fit" in a.work:
            first = os.path.join(folder, f"{kind}-{k}.first")
            kmeans_plusplus(part, k, random_state=0)[0].astype(np.float32).tofile(first)
            show(kind, f"fit {k}", cell(a, path, first, k, "fit", a.peers.split(",")))
        if "seed" in a.work:
            show(kind, f"seeds {k}", cell(a, path, "", k, "seed", ["k-means++"]))
    if "sweep" in a.work:
        show(kind, "2…20", cell(a, path, "", 20, "sweep", ["sweep"]))


def show(kind, what, got):
    best = min((r["seconds"], n) for n, r in got.items() if n != "ours")
    us, least = got["ours"], min(r["inertia"] for n, r in got.items() if n != "ours")
    parts = [f"{n} {r['seconds']:.2f} s ({r['cpu']:.1f} cpu, {r['peak'] / 2**20:.0f} MB, {r['iterations']:.0f} rounds)" for n, r in got.items()]
    worse = f", inertia {us['inertia'] / least:.6f} of the least" if least else f", k {us['k']:.0f} and {got['sweep']['k']:.0f}"
    print(f"{kind} {what}: {best[0] / us['seconds']:.1f}× {best[1]}{worse}; " + "; ".join(parts), flush=True)
    print("JSON " + json.dumps({"data": kind, "what": what, **got}), flush=True)


main()
