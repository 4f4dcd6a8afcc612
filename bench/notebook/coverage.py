"""How often the 90 % intervals of segments.parquet hold, over many moments of each target.

  python bench/notebook/coverage.py BINARY [--data DIR] [--moments 8] [--sets a,b] [--targets a,b]

At each of the last moments that the history allows, a month apart, segmenta trains on what was over by then and scores;
what happened since says how many of the intervals held (of groups of fifty customers alike, as compare.py counts them).
One moment shows little: whatever moves a month as a whole moves all of its groups. So the share is a mean over moments,
and its own 95 % interval knows how few they are.
"""
import argparse, json, os, sys, tempfile
from datetime import timedelta
import numpy as np, polars as pl
from scipy.stats import t as student
from compare import auc, config, coverage, cutoff, ece10_mass, run

TARGETS = {"online_retail": "churn,buy,second", "cdnow": "churn,buy", "dunnhumby": "churn,buy"}


def bought(data, name, at, horizon):
    """Who bought in the horizon from a moment."""
    t = pl.scan_parquet(f"{data}/{name}/transactions.parquet").filter(pl.col("kind") == "purchase", pl.col("ts") >= at, pl.col("ts") < at + timedelta(days=horizon))
    return t.select("customer_id").unique().collect()


def judge(binary, data, meta, target, at):
    """Coverage and the rest at one moment, with what was over by it; None where nothing could be learned."""
    with tempfile.TemporaryDirectory() as dir:
        horizon = config(dir, meta, target, data)
        card = run(binary, dir, "train", "--as-of", str((at + timedelta(days=horizon)).date()))["models"][0]["card"]
        if card.get("abstained") or card.get("fallback"):
            return None
        run(binary, dir, "run", "--as-of", str(at.date()), "--force")
        p = f"{target}_probability"
        rows = pl.read_parquet(f"{dir}/workspace/runs/{at.date()}/segments.parquet", columns=["customer_id", p, f"{p}_low", f"{p}_high"]).filter(pl.col(p).is_not_null() & pl.col(p).is_not_nan())
    y = rows["customer_id"].is_in(bought(data, meta["name"], at, horizon)["customer_id"].implode()).to_numpy().astype(float)
    if target == "churn":
        y = 1 - y
    q, low, high = (rows[c].to_numpy() for c in (p, f"{p}_low", f"{p}_high"))
    return dict(at=str(at.date()), held=coverage(y, q, low, high), rate=y.mean(), said=q.mean(), auc=auc(y, q, np.ones(len(y))), ece=ece10_mass(y, q, np.ones(len(y))), turns=len(card.get("backtest", [])), width=(high - low).mean(), calibration=card["calibration"])


def over(shares):
    """The mean of some moments' shares with its 95 % interval."""
    m, half = np.mean(shares), student.ppf(0.975, len(shares) - 1) * np.std(shares, ddof=1) / np.sqrt(len(shares)) if len(shares) > 1 else np.nan
    return m, max(0, m - half), min(1, m + half)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("binary")
    ap.add_argument("--data", default="../shared/data/normalised")
    ap.add_argument("--moments", type=int, default=8)
    ap.add_argument("--sets", default=",".join(TARGETS))
    ap.add_argument("--targets", default="churn,buy,second")
    a = ap.parse_args()
    if not os.path.exists(a.data):
        sys.exit(f"there is no {a.data}: these data are not part of the project")
    a.binary, everything = os.path.abspath(a.binary), []
    for name in a.sets.split(","):
        meta = json.load(open(f"{a.data}/{name}/meta.json"))
        for target in [t for t in TARGETS[name].split(",") if t in a.targets.split(",")]:
            horizon = meta["churn_h" if target == "churn" else "buy_h"]
            moments = (judge(a.binary, a.data, meta, target, cutoff(meta, horizon) - timedelta(days=30 * k)) for k in range(a.moments))
            found = [m for m in moments if m]
            everything += [m["held"] for m in found]
            share, low, high = over([m["held"] for m in found])
            print(f"{name} {target}, {horizon} days: {len(found)} moments since {found[-1]['at']}: held {share:.3f} [{low:.3f}, {high:.3f}], width {np.mean([m['width'] for m in found]):.3f}", flush=True)
            for m in found:
                print(f"   {m['at']}  held {m['held']:.2f}  rate {m['rate']:.3f} said {m['said']:.3f}  AUC {m['auc']:.3f}  ECE {m['ece']:.3f}  {m['calibration']} from {m['turns']} earlier moments", flush=True)
    share, low, high = over(everything)
    print(f"all: {len(everything)} moments of targets: held {share:.3f} [{low:.3f}, {high:.3f}]")


if __name__ == "__main__":
    main()
