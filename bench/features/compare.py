#!/usr/bin/env python3
"""The same features by segmenta and by its peers, one after the other on the same files, each in a process of its own.
usage: compare.py SEGMENTA FOLDER [--moments N] [--memory SIZE] [--peers duckdb,chdb,polars] [--decode]
FOLDER is what history.py made. Seconds are wall time of the work with its output written; MB is the process's peak."""
import argparse, json, os, re, resource, subprocess, sys, time

here = os.path.dirname(os.path.abspath(__file__))


def moments(n):
    year, month, all = 2024, 12, []
    for _ in range(n):
        all.append(f"{year}-{month:02d}-01")
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return all[::-1]


def sql(folder, at, stamp):
    """The one statement, for one moment: stamp says how the dialect writes it."""
    text = open(f"{here}/features.sql").read()
    return text.replace("${CUT}", stamp(at)).replace("${TX}", f"'{folder}/transactions/*.parquet'").replace("${EV}", f"'{folder}/events/*.parquet'")


def duckdb_run(folder, at, out, memory):
    """Its best formulation of several moments: the statement of each, over what it read once where that fits, in one go."""
    import duckdb
    c = duckdb.connect()
    c.execute(f"SET threads=2; SET timezone='UTC'; SET preserve_insertion_order=false; SET memory_limit='{memory or '4500MB'}'; SET temp_directory='{out}.tmp'")
    for k, t in enumerate(at):
        c.execute(f"COPY ({sql(folder, t, lambda t: f'TIMESTAMP {chr(39)}{t}{chr(39)}')}) TO '{out}.{k}' (FORMAT parquet, COMPRESSION zstd)")


def polars_run(folder, at, out, _):
    import polars as pl
    import polars_features
    for k, t in enumerate(at):
        polars_features.features(folder, t).sink_parquet(f"{out}.{k}", compression="zstd")


peers = {"duckdb": duckdb_run, "polars": polars_run}


def child(which, folder, n, memory, out):
    start = time.time()
    peers[which](folder, moments(n), out, memory)
    print(json.dumps({"seconds": time.time() - start, "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def columns():
    last = open(f"{here}/features.sql").read().split("SELECT who.customer_id,")[1].split("\nFROM who")[0]
    depth, word, parts = 0, "", []
    for c in last:
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            parts, word = parts + [word], ""
        else:
            word += c
    return [p.split()[-1].split(".")[-1] for p in parts + [word]]


def ours(binary, folder, n, memory, out):
    config = f"{folder}/segmenta.yaml"
    if not os.path.exists(config):
        open(config, "w").write(open(f"{here}/segmenta.yaml").read())
    words = [binary, "features", "-c", config, "-o", out, "--json", "--threads", "2", "--only", ",".join(columns())]
    for t in moments(n):
        words += ["--as-of", t]
    if memory:
        words += ["--memory", memory]
    p = subprocess.run(words, capture_output=True, text=True)
    if p.returncode:
        sys.exit(p.stderr)
    r = json.loads(p.stdout)
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"seconds": r["seconds"], "mb": r["peak_rss_bytes"] / 2**20, "features": r["features"], "customers": r["customers"], "cpu": cpu.ru_utime + cpu.ru_stime}


def same(mine, theirs, at):
    """The largest relative difference of any value; missing must be missing on both sides."""
    import numpy as np, pyarrow.compute as pc, pyarrow.parquet as pq
    a = pq.read_table(mine)
    a = a.filter(pc.equal(a["as_of"], pc.cast(f"{at} 00:00:00Z", a["as_of"].type))) if at else a
    b = pq.read_table(theirs).sort_by("customer_id")
    if a["customer_id"].to_pylist() != b["customer_id"].to_pylist():
        return "other customers"
    worst, where = 0.0, ""
    for c in columns():
        x, y = (np.asarray(t[c].to_pandas(), dtype=float) for t in (a, b))
        if (np.isnan(x) != np.isnan(y)).any():
            return f"{c}: {int((np.isnan(x) != np.isnan(y)).sum())} values missing on one side"
        d = np.nanmax(np.abs(x - y) / np.maximum(np.maximum(np.abs(x), np.abs(y)), 1e-2))
        if d > worst:
            worst, where = d, c
    return f"{worst:.1e} ({where})"


def main():
    a = argparse.ArgumentParser()
    a.add_argument("binary"); a.add_argument("folder"); a.add_argument("--moments", type=int, default=1)
    a.add_argument("--memory"); a.add_argument("--peers", default="duckdb"); a.add_argument("--repeats", type=int, default=1)
    a = a.parse_args()
    out = f"{a.folder}/out"
    runs = [ours(a.binary, a.folder, a.moments, a.memory, f"{out}.us") for _ in range(a.repeats)]
    us = sorted(runs, key=lambda r: r["seconds"])[len(runs) // 2]
    print(f"segmenta  {us['seconds']:8.1f} s {us['mb']:7.0f} MB  {us['features']} features of {us['customers']} customers, {us['cpu'] / len(runs):.1f} s of processor time")
    for which in filter(None, a.peers.split(",")):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        p = subprocess.run([sys.executable, __file__, "--child", which, a.folder, str(a.moments), a.memory or "", f"{out}.{which}"], capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if p.returncode:
            print(f"{which:9s} failed: {p.stderr.strip().splitlines()[-1][:200]}")
            continue
        r = json.loads(p.stdout.strip().splitlines()[-1])
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{which:9s} {r['seconds']:8.1f} s {r['mb']:7.0f} MB  time ours/theirs {us['seconds'] / r['seconds']:.2f}, memory {us['mb'] / r['mb']:.2f}, {cpu:.1f} s of processor time; "
              f"largest difference {same(f'{out}.us', f'{out}.{which}.{a.moments - 1}', moments(a.moments)[-1] if a.moments > 1 else None)}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5], sys.argv[6])
    else:
        main()
