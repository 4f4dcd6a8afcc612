"""Ours beside the notebook that a good data scientist would write, on the same customers, moments and outcomes.

  python bench/notebook/compare.py BINARY [--data DIR] [--peer notebook.py] [--saved DIR] [--sets a,b] [--targets a,b]

Both learn from the past only: segmenta trains as of the end of the outcome window, so that its judging moment is the
notebook's test cutoff, and then scores that moment with what it learned. --saved takes the notebook's predictions of an
earlier run instead of running it again. Figures are of the rows that both score; a difference counts where the interval
of 1,000 paired bootstrap draws (DeLong's for the AUC in the last column) leaves out zero.
"""
import argparse, json, os, subprocess, sys, tempfile, time
from datetime import datetime, timedelta
import numpy as np, polars as pl

TARGETS = {  # the notebook's word: kind, population, which horizon, column
    "churn": ("churn", "active", "churn_h"),
    "buy": ("conversion", "active", "buy_h"),
    "second": ("repeat", "once", "buy_h"),
}
FIGURES = {"auc": 1, "pr_auc": 1, "lift10": 1, "brier": -1, "logloss": -1, "ece10_mass": -1}


def auc(y, s, w):
    o = np.argsort(s, kind="stable"); y, s, w = y[o], s[o], w[o]
    g = np.cumsum(np.r_[True, s[1:] != s[:-1]]) - 1
    P, N = np.bincount(g, w * y), np.bincount(g, w * (1 - y))
    return (P * (np.cumsum(N) - N + N / 2)).sum() / (P.sum() * N.sum())


def pr_auc(y, s, w):
    o = np.argsort(-s, kind="stable"); y, s, w = y[o], s[o], w[o]
    last = np.r_[s[1:] != s[:-1], True]
    tp, al = np.cumsum(w * y)[last], np.cumsum(w)[last]
    return (np.diff(np.r_[0, tp]) / tp[-1] * tp / np.maximum(al, 1e-9)).sum()


def lift10(y, s, w):
    o = np.argsort(-s, kind="stable"); y, w = y[o], w[o]
    k = np.cumsum(w) <= np.ceil(w.sum() / 10)
    return (w * y)[k].sum() / w[k].sum() / ((w * y).sum() / w.sum())


def brier(y, p, w): return (w * (p - y) ** 2).sum() / w.sum()


def logloss(y, p, w):
    p = np.clip(p, 1e-15, 1 - 1e-15)
    return -(w * (y * np.log(p) + (1 - y) * np.log1p(-p))).sum() / w.sum()


def ece10_mass(y, p, w):
    o = np.argsort(p, kind="stable"); y, p, w = y[o], p[o], w[o]
    b = np.minimum(((np.cumsum(w) - w / 2) * 10 / w.sum()).astype(int), 9)
    return np.abs(np.bincount(b, w * (y - p), 10)).sum() / w.sum()


def delong(y, a, b):
    """z of the difference of two AUCs on the same rows."""
    pos, neg = y == 1, y == 0
    from scipy.stats import rankdata
    def parts(s):
        r, rp, rn = rankdata(s), rankdata(s[pos]), rankdata(s[neg])
        return (r[pos] - rp) / neg.sum(), 1 - (r[neg] - rn) / pos.sum()
    (a1, a0), (b1, b0) = parts(a), parts(b)
    d1, d0 = a1 - b1, a0 - b0
    se = np.sqrt(d1.var(ddof=1) / len(d1) + d0.var(ddof=1) / len(d0))
    return (a1.mean() - b1.mean()) / se if se else 0.0


def compare(y, ours, theirs, draws=1000):
    rng, one = np.random.default_rng(1), np.ones(len(y))
    out = {}
    samples = {k: [] for k in FIGURES}
    for _ in range(draws):
        w = np.bincount(rng.integers(0, len(y), len(y)), minlength=len(y)).astype(float)
        for k, sign in FIGURES.items():
            f = globals()[k]
            samples[k].append(sign * (f(y, ours, w) - f(y, theirs, w)))
    for k, sign in FIGURES.items():
        f = globals()[k]
        low, high = np.quantile(samples[k], [0.025, 0.975])
        out[k] = dict(ours=f(y, ours, one), theirs=f(y, theirs, one), low=low, high=high,
                      verdict="better" if low > 0 else "worse" if high < 0 else "same")
    out["delong_z"] = delong(y, ours, theirs)
    return out


def cutoff(meta, horizon):
    """The notebook's test cutoff: the last month start whose outcomes are over."""
    last = datetime.fromisoformat(meta["end"]) - timedelta(days=horizon)
    return datetime(last.year, last.month, 1)


def config(dir, meta, name, data):
    kind, population, h = TARGETS[name]
    horizon = meta[h]
    src = f"{data}/{meta['name']}"
    have = pl.read_parquet_schema(f"{src}/transactions.parquet")
    columns = {"customer_id": "customer_id", "time": "ts", "amount": "amount", "order_id": "order_id", "quantity": "quantity"}
    if meta["name"] != "cdnow": columns["product_id"] = "product_id"
    lines = [f"name: {meta['name']} {name}", "sources:", "  transactions:", f"    path: {src}/transactions.parquet",
             "    columns: {" + ", ".join(f"{k}: {v}" for k, v in columns.items() if v in have) + "}"]
    events = f"{src}/events.parquet"
    if os.path.exists(events):
        lines += ["  events:", f"    path: {events}", "    columns: {customer_id: customer_id, time: ts, type: event, value: value}"]
    who = f"having: {{source: orders}}, within: {meta['active']}d" if population == "once" else f"active: {meta['active']}d"
    lines += ["quality: {max_rejected: 1}", "value: {trees: false}", "targets:", f"  {name}: {{kind: {kind}, population: {population}, {who}, horizon: {horizon}d}}"]
    open(f"{dir}/segmenta.yaml", "w").write("\n".join(lines) + "\n")
    return horizon


def ours(binary, dir, meta, name, data):
    horizon = config(dir, meta, name, data)
    at = cutoff(meta, horizon)
    t = time.time()
    trained = run(binary, dir, "train", "--as-of", str((at + timedelta(days=horizon)).date()))
    t_train = time.time() - t
    run(binary, dir, "run", "--as-of", str(at.date()), "--force")
    seconds = time.time() - t
    table = pl.read_parquet(f"{dir}/workspace/runs/{at.date()}/segments.parquet")
    keep = ["customer_id"] + [c for c in table.columns if c.startswith(name + "_")]
    return table.select(keep).rename({f"{name}_probability": "ours"}), trained["models"][0]["card"], t_train, seconds


def run(binary, dir, *words):
    p = subprocess.run([binary, *words, "--json", "-c", f"{dir}/segmenta.yaml"], capture_output=True, text=True)
    if p.returncode:
        sys.exit(p.stderr)
    return json.loads(p.stdout)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("binary")
    ap.add_argument("--data", default="../shared/data/normalised")
    ap.add_argument("--peer", default="../shared/peers/notebook.py")
    ap.add_argument("--saved")
    ap.add_argument("--sets", default="online_retail,cdnow,dunnhumby")
    ap.add_argument("--targets", default="churn,buy,second")
    ap.add_argument("--draws", type=int, default=1000)
    a = ap.parse_args()
    if not os.path.exists(a.data):
        sys.exit(f"there is no {a.data}: these data are not part of the project")
    a.binary = os.path.abspath(a.binary)
    total = [0.0, 0.0]
    print(f"{'':22s}" + "".join(f"{k:>22s}" for k in FIGURES) + "   DeLong z   seconds (theirs, ours train, train+run)")
    for name in a.sets.split(","):
        meta = json.load(open(f"{a.data}/{name}/meta.json"))
        saved = a.saved or tempfile.mkdtemp()
        if not a.saved:
            for target in a.targets.split(","):
                subprocess.run([sys.executable, a.peer, f"{a.data}/{name}", "--out", saved, "--target", target], check=True, stdout=subprocess.DEVNULL)
        for target in a.targets.split(","):
            theirs = json.load(open(f"{saved}/{name}.{target}.json"))
            if "error" in theirs:
                print(f"{name + ' ' + target:22s}the notebook: {theirs['error']}")
                continue
            with tempfile.TemporaryDirectory() as dir:
                mine, card, t_train, seconds = ours(a.binary, dir, meta, target, a.data)
            rows = pl.read_parquet(f"{saved}/{name}.{target}.parquet").join(mine, on="customer_id", how="left")
            lost = rows["ours"].is_nan().sum() + rows["ours"].null_count()
            rows = rows.filter(pl.col("ours").is_not_null() & pl.col("ours").is_not_nan())
            y, p, q = (rows[k].to_numpy().astype(float) for k in ("y", "ours", "p"))
            c = compare(y, p, q, a.draws)
            total[0] += theirs["seconds"]; total[1] += seconds
            print(f"{name + ' ' + target:22s}" + "".join(f"{c[k]['ours']:8.4f} {c[k]['theirs']:6.4f} {c[k]['verdict']:>6s}" for k in FIGURES)
                  + f"   {c['delong_z']:+.2f}   {theirs['seconds']:.1f} {t_train:.2f} {seconds:.2f}   n {len(rows)}" + (f", {lost} not scored by us" if lost else "")
                  + f"  base {y.mean():.3f} ours {p.mean():.3f} theirs {q.mean():.3f}", flush=True)
            if f"{target}_probability_low" in mine.columns:
                print(f"{'':22s}coverage of the 90 % interval: {coverage(y, p, *(rows[f'{target}_probability_{k}'].to_numpy() for k in ('low', 'high'))):.3f}", flush=True)
    print(f"theirs {total[0]:.1f} s, ours {total[1]:.1f} s: {total[0] / total[1]:.1f} times as fast; {os.cpu_count()} cores")


def coverage(y, p, low, high, alike=50):
    o = np.argsort(p, kind="stable"); y, low, high = y[o], low[o], high[o]
    held = [low[k:k + alike].mean() - 1e-12 <= y[k:k + alike].mean() <= high[k:k + alike].mean() + 1e-12 for k in range(0, len(y) - alike + 1, alike // 5)]
    return float(np.mean(held))


if __name__ == "__main__":
    main()
