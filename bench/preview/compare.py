"""`segments preview` beside DuckDB for the same predicate, on a table of a million customers.

usage: compare.py SEGMENTA_BINARY [--rows N] [--threads N] [--repeats N]

Both read the same Parquet file of 51 columns, each as a process of its own time: ours is
the whole command with its start, DuckDB's is the query in an open connection and, beside
it, a process that starts, connects and asks. Both give size, value, reach over e-mail,
the funnel after each block, and the overlap with other segments.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import duckdb
import numpy
import pandas

RULE = """id: compared
es: {name: Comparado, description: d}
en: {name: Compared, description: d}
objective: o
desired_action: a
success_metric: m
primary:
  all:
    - value_band: "= high"
    - recency_days: "> 45"
secondary:
  any:
    - orders_365d: ">= 2"
    - amount_365d: "> 500"
exclude:
  any:
    - lifecycle_stage: in [retired, not_qualified]
"""

QUERY = """
WITH c AS MATERIALIZED (
  SELECT coalesce(value_band = 'high' AND recency_days > 45, false) AS p,
         coalesce(orders_365d >= 2, false) OR coalesce(amount_365d > 500, false) AS s,
         coalesce(lifecycle_stage IN ('retired', 'not_qualified'), false) AS x,
         amount_all, churn_probability, consents_email = 1 AND email_ok = 1 AS mail,
         consents_sms = 1 AND phone_ok = 1 AS sms, consents_push = 1 AS push, segments
  FROM '{file}'),
m AS MATERIALIZED (SELECT * FROM c WHERE p AND s AND NOT x),
size AS (SELECT seg, count(*) n FROM (SELECT unnest(string_split(segments, ',')) seg FROM c) GROUP BY 1),
shared AS (SELECT seg, count(*) n FROM (SELECT unnest(string_split(segments, ',')) seg FROM m) GROUP BY 1)
SELECT (SELECT count(*) FROM m), (SELECT count(*) FROM c WHERE p), (SELECT count(*) FROM c WHERE p AND s), (SELECT sum(amount_all) FROM m),
       (SELECT sum(amount_all) FROM c), (SELECT avg(churn_probability) FROM m), (SELECT count(*) FROM m WHERE mail), (SELECT count(*) FROM m WHERE sms),
       (SELECT count(*) FROM m WHERE push), (SELECT list((seg, shared.n / ((SELECT count(*) FROM m) + size.n - shared.n)) ORDER BY seg) FROM shared JOIN size USING (seg))
"""


def table(n, path):
    r = numpy.random.default_rng(11)
    ids = ["alto_valor_45d", "carrito_abandonado", "dormido_alto_valor", "onboarding_7d"]
    words = numpy.array(["", *ids, ids[0] + "," + ids[2], ids[1] + "," + ids[3]])
    t = {
        "customer_id": [f"c{i:07d}" for i in range(n)],
        "value_band": r.choice(["low", "medium", "high"], n), "recency_days": r.exponential(90, n), "orders_365d": r.poisson(2, n).astype(float),
        "amount_365d": r.gamma(0.8, 300, n), "lifecycle_stage": r.choice(["customer", "dormant", "retired", "not_qualified"], n, p=[0.6, 0.3, 0.07, 0.03]),
        "amount_all": r.gamma(0.9, 500, n), "churn_probability": r.random(n), "segments": r.choice(words, n),
        "consents_email": (r.random(n) < 0.7) * 1.0, "email_ok": (r.random(n) < 0.9) * 1.0, "consents_sms": (r.random(n) < 0.3) * 1.0,
        "phone_ok": (r.random(n) < 0.6) * 1.0, "consents_push": (r.random(n) < 0.4) * 1.0,
    }
    for k in range(51 - len(t)):
        t[f"other_{k}"] = r.random(n).astype("float32")
    pandas.DataFrame(t).to_parquet(path, row_group_size=122_880, compression="snappy")


def main():
    a = argparse.ArgumentParser()
    a.add_argument("binary")
    a.add_argument("--rows", type=int, default=1_000_000)
    a.add_argument("--threads", type=int, default=2)
    a.add_argument("--repeats", type=int, default=7)
    a = a.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file, rule = os.path.join(folder, "t.parquet"), os.path.join(folder, "rule.yaml")
        table(a.rows, file)
        open(rule, "w").write(RULE)
        query = QUERY.format(file=file)
        cold = f"import duckdb; d = duckdb.connect(); d.execute('SET threads={a.threads}'); d.execute({query!r}).fetchall()"
        db = duckdb.connect()
        db.execute(f"SET threads={a.threads}")
        ours, warm, started = [], [], []
        for _ in range(a.repeats):
            at = time.perf_counter()
            out = subprocess.run([a.binary, "segments", "preview", rule, "-i", file, "--json", "--threads", str(a.threads)], check=True, capture_output=True, text=True, cwd=folder).stdout
            ours.append(time.perf_counter() - at)
            at = time.perf_counter()
            (theirs,) = db.execute(query).fetchall()
            warm.append(time.perf_counter() - at)
            at = time.perf_counter()
            subprocess.run([sys.executable, "-c", cold], check=True)
            started.append(time.perf_counter() - at)
        p = json.loads(out)
        funnel = {f["after"]: f["customers"] for f in p["funnel"]}
        reach = {r["channel"]: r["customers"] for r in p["reach"]}
        mine = (p["customers"], funnel["primary"], funnel["secondary"], p["value"], p["value"] / p["value_share"], p["mean_churn_probability"], reach["email"], reach["sms"], reach["push"])
        for what, x, y in zip(("size", "primary", "secondary", "value", "all value", "churn", "email", "sms", "push"), mine, theirs):
            assert abs(x - y) <= 1e-9 * max(1, abs(y)), (what, x, y)
        overlap = {o["segment"]: o["jaccard"] for o in p["overlap"]}
        for name, jaccard in theirs[9]:
            assert name == "" or abs(overlap[name] - jaccard) < 1e-12, (name, overlap.get(name), jaccard)
    med = statistics.median
    print(f"{a.rows} rows, {a.threads} threads, {a.repeats} times in turn, medians; {p['customers']} customers, equal figures")
    print(f"segmenta, the whole command      {med(ours):6.3f} s")
    print(f"DuckDB {duckdb.__version__}, connected          {med(warm):6.3f} s   ours is {med(ours) / med(warm):.2f} of it")
    print(f"DuckDB {duckdb.__version__}, with its process   {med(started):6.3f} s   ours is {med(ours) / med(started):.2f} of it")


main()
