#!/usr/bin/env python3
"""The same features by segmenta and by its peers, one after the other on the same files, each in a process of its own.
usage: compare.py SEGMENTA FOLDER [--moments N] [--memory SIZE] [--peers duckdb,duckdb-once,duckdb-cross,chdb,polars,decode-pyarrow,decode-duckdb] [--floor PROGRAM] [--repeats N]
FOLDER is what history.py made. Seconds are wall time of the work with its output written; MB is the process's peak."""
import argparse, glob, json, os, re, resource, subprocess, sys, time

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


def duckdb_open(out, memory):
    import duckdb
    c = duckdb.connect()
    c.execute(f"SET threads=2; SET timezone='UTC'; SET preserve_insertion_order=false; SET memory_limit='{memory or '4500MB'}'; SET temp_directory='{out}.tmp'")
    return c


def stamp(t):
    return f"TIMESTAMP '{t}'"


def duckdb_run(folder, at, out, memory):
    """A statement for each moment, over the files."""
    c = duckdb_open(out, memory)
    for k, t in enumerate(at):
        c.execute(f"COPY ({sql(folder, t, stamp)}) TO '{out}.{k}' (FORMAT parquet, COMPRESSION snappy)")


def duckdb_once(folder, at, out, memory):
    """A statement for each moment, over tables that were read once."""
    c = duckdb_open(out, memory)
    c.execute(f"CREATE TABLE tx AS SELECT customer_id, order_id, ts, category, quantity, amount, discount FROM '{folder}/transactions/*.parquet'")
    c.execute(f"CREATE TABLE ev AS SELECT customer_id, type, value, ts FROM '{folder}/events/*.parquet'")
    for k, t in enumerate(at):
        text = sql(folder, t, stamp).replace(f"'{folder}/transactions/*.parquet'", "main.tx").replace(f"'{folder}/events/*.parquet'", "main.ev")
        c.execute(f"COPY ({text}) TO '{out}.{k}' (FORMAT parquet, COMPRESSION snappy)")


def duckdb_cross(folder, at, out, memory):
    """One statement for all moments: every row once for each moment after it, and moments as part of every key."""
    c = duckdb_open(out, memory)
    c.execute("CREATE TABLE cuts AS SELECT unnest([" + ", ".join(map(stamp, at)) + "]) AS cut")
    text = open(f"{here}/features.sql").read().replace("customer_id", "customer_id, cut").replace("USING (customer_id, cut)", "USING (customer_id, cut)")
    for kind, word in (("transactions", "${TX}"), ("events", "${EV}")):
        text = text.replace(f"{word} WHERE ts < ${{CUT}}", f"'{folder}/{kind}/*.parquet' JOIN cuts ON ts < cut")
    text = text.replace("${CUT}", "cut").replace("who.customer_id, cut", "who.customer_id, who.cut")
    text = text.replace("SELECT (SELECT sum(span) / nullif(sum(active_days_all - 1), 0) FROM t) AS gap,", "SELECT cut, (SELECT sum(span) / nullif(sum(active_days_all - 1), 0) FROM t WHERE t.cut = e.cut) AS gap,").replace("AS clicked FROM e", "AS clicked FROM e GROUP BY cut")
    text = text.replace("CROSS JOIN pool", "LEFT JOIN pool USING (cut)")
    c.execute(f"COPY ({text}) TO '{out}.all' (FORMAT parquet, COMPRESSION snappy)")
    last = len(at) - 1
    if os.path.exists(f"{out}.{last}"):
        os.remove(f"{out}.{last}")
    os.rename(f"{out}.all", f"{out}.{last}")


def polars_run(folder, at, out, _):
    import polars as pl
    import polars_features
    for k, t in enumerate(at):
        polars_features.features(folder, t).sink_parquet(f"{out}.{k}", compression="snappy")


def chdb_sql(folder, t):
    """The statement in ClickHouse's words."""
    text = sql(folder, t, lambda t: f"toDateTime64('{t} 00:00:00', 6, 'UTC')")
    for kind in ("transactions", "events"):
        text = text.replace(f"'{folder}/{kind}/*.parquet'", f"file('{folder}/{kind}/*.parquet', 'Parquet')")
    text = re.sub(r"CAST\((\w+) AS DOUBLE\)", r"toFloat64(\1)", text)
    text = re.sub(r"CAST\(\((.*?)\) // 86400000000 AS INTEGER\)", r"toInt32(intDiv(\1, 86400000000))", text)
    text = text.replace("lag(d) OVER (PARTITION BY customer_id ORDER BY ts)", "lagInFrame(toNullable(d)) OVER (PARTITION BY customer_id ORDER BY ts ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)")
    for ours, theirs in (("epoch_us(", "toUnixTimestamp64Micro("), ("count(DISTINCT ", "uniqExact("), ("arg_max(", "argMax("), ("stddev_samp(", "stddevSamp("), ("isodow(", "toDayOfWeek("),
                         ("hour(ts)", "toHour(ts)"), ("ln(", "log("), ("max(last)", "maxOrNull(last)"), (" UNION ", " UNION DISTINCT "), ("SELECT who.customer_id,", "SELECT who.customer_id AS customer_id,")):
        text = text.replace(ours, theirs)
    return text


def chdb_run(folder, at, out, memory):
    import chdb
    how = "max_threads=2, join_use_nulls=1, prefer_column_name_to_alias=1, session_timezone='UTC', output_format_parquet_compression_method='snappy', engine_file_truncate_on_insert=1"
    for k, t in enumerate(at):
        chdb.query(f"INSERT INTO FUNCTION file('{out}.{k}', 'Parquet') {chdb_sql(folder, t)} SETTINGS {how}")


peers = {"duckdb": duckdb_run, "duckdb-once": duckdb_once, "duckdb-cross": duckdb_cross, "polars": polars_run, "chdb": chdb_run}


def child(which, folder, n, memory, out):
    start = time.time()
    if which.startswith("decode-"):
        decoding(which.removeprefix("decode-"), folder)
    else:
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
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    p = subprocess.run(words, capture_output=True, text=True)
    if p.returncode:
        sys.exit(p.stderr)
    r = json.loads(p.stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"seconds": r["seconds"], "mb": r["peak_rss_bytes"] / 2**20, "features": r["features"], "customers": r["customers"], "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def rows_of(path, at):
    """The rows of one moment, from the row groups that hold some, in order of customer."""
    import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq
    f = pq.ParquetFile(path)
    key = next((k for k in ("as_of", "cut") if k in f.schema_arrow.names), None)
    if not (at and key):
        return f.read().sort_by("customer_id")
    place = f.schema_arrow.names.index(key)
    held = [f.metadata.row_group(g).column(place).statistics for g in range(f.num_row_groups)]
    day = lambda v: str(v)[:10]
    t = f.read_row_groups([g for g, s in enumerate(held) if s is None or not s.has_min_max or day(s.min) <= at <= day(s.max)])
    return t.filter(pc.equal(pc.strftime(t[key], "%Y-%m-%d"), at)).sort_by("customer_id")


def same(mine, theirs, at):
    """The largest relative difference of any value; missing must be missing on both sides."""
    import numpy as np
    a, b = rows_of(mine, at), rows_of(theirs, at)
    if a["customer_id"].to_pylist() != [i.decode() if isinstance(i, bytes) else i for i in b["customer_id"].to_pylist()]:
        return f"other customers: {len(a)}, {len(b)}"
    worst, where = 0.0, ""
    for c in columns():
        x, y = (np.asarray(t[c].to_pandas(), dtype=float) for t in (a, b))
        if (np.isnan(x) != np.isnan(y)).any():
            return f"{c}: {int((np.isnan(x) != np.isnan(y)).sum())} values missing on one side"
        d = np.nanmax(np.abs(x - y) / np.maximum(np.maximum(np.abs(x), np.abs(y)), 1e-2))
        if d > worst:
            worst, where = d, c
    return f"{worst:.1e} ({where})"


def floor(program, folder):
    """Decoding alone: seconds of wall and of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run([program, folder], capture_output=True, text=True, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(out.split()[1]), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def decoding(which, folder):
    """The same columns decoded by a peer, block by block, and thrown away."""
    if which == "pyarrow":
        import pyarrow as pa, pyarrow.parquet as pq
        pa.set_cpu_count(2)
        for path in sorted(glob.glob(f"{folder}/*/*.parquet")):
            f = pq.ParquetFile(path)
            for g in range(f.num_row_groups):
                f.read_row_group(g, columns=decoded[path.split("/")[-2]])
        return
    c = duckdb_open(f"{folder}/out", None)
    for kind, names in decoded.items():
        c.execute("SELECT " + ", ".join(f"max({n})" for n in names) + f" FROM '{folder}/{kind}/*.parquet'").fetchall()


decoded = {"transactions": ["customer_id", "ts", "order_id", "category", "quantity", "amount", "discount"], "events": ["customer_id", "ts", "type", "value"]}


def main():
    a = argparse.ArgumentParser()
    a.add_argument("binary"); a.add_argument("folder"); a.add_argument("--moments", type=int, default=1)
    a.add_argument("--memory"); a.add_argument("--peers", default="duckdb"); a.add_argument("--repeats", type=int, default=1); a.add_argument("--floor")
    a = a.parse_args()
    out = f"{a.folder}/out"
    runs = [ours(a.binary, a.folder, a.moments, a.memory, f"{out}.us") for _ in range(a.repeats)]
    us = sorted(runs, key=lambda r: r["seconds"])[len(runs) // 2]
    print(f"segmenta     {us['seconds']:8.1f} s {us['mb']:7.0f} MB  {us['features']} features of {us['customers']} customers, {us['cpu']:.1f} s of processor time")
    if a.floor:
        wall, cpu = sorted(floor(a.floor, a.folder) for _ in range(a.repeats))[a.repeats // 2]
        print(f"decoding     {wall:8.1f} s {'':10s} time ours/its {us['seconds'] / wall:.2f}, {cpu:.1f} s of processor time")
    for which in filter(None, a.peers.split(",")):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        p = subprocess.run([sys.executable, __file__, "--child", which, a.folder, str(a.moments), a.memory or "", f"{out}.{which}"], capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if p.returncode:
            print(f"{which:12s} failed: {p.stderr.strip().splitlines()[-1][:200]}")
            continue
        r = json.loads(p.stdout.strip().splitlines()[-1])
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        told = f"{which:12s} {r['seconds']:8.1f} s {r['mb']:7.0f} MB  time ours/theirs {us['seconds'] / r['seconds']:.2f}, memory {us['mb'] / r['mb']:.2f}, {cpu:.1f} s of processor time"
        print(told if which.startswith("decode-") else f"{told}; "
              f"largest difference {same(f'{out}.us', f'{out}.{which}.{a.moments - 1}', moments(a.moments)[-1] if a.moments > 1 else None)}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5], sys.argv[6])
    else:
        main()
