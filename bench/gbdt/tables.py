"""Tables to train on: made-up customers, and histories of real ones.

A table is written as columns of float64, one after another, the label last; categories
come last before it. The rows to judge on are others, later ones where there is a time.
"""
import datetime
import json
import os

import numpy

CATEGORIES = [6, 12, 52, 400, 3000]


def made_up(rows, seed):
    """35 numbers and 5 categories of 6 to 3000 values. Counts, amounts, shares and days,
    a third of the columns with missing values (some of which mean something), effects
    that bend and interact, one label in five."""
    r, world = numpy.random.default_rng(seed), numpy.random.default_rng(4711)
    kind = r.choice(4, rows, p=[0.4, 0.3, 0.2, 0.1])
    tenure = r.gamma(1.5, 14, rows)
    orders = r.negative_binomial(1.2, 1.2 / (7.2 + 4 * kind))
    recency = numpy.minimum(r.exponential(20 + 60 / (1 + orders)), tenure * 30)
    amount = numpy.exp(r.normal(3.4 + kind / 4, 0.7))
    tickets, discount = r.poisson(0.3 + 0.5 * (kind == 0)), r.beta(1 + 2 * (kind > 1), 4)
    rating = numpy.where(r.random(rows) < 0.35, numpy.nan, r.normal(7 - 1.2 * tickets, 1.8))
    visits = r.gamma(2, 3, rows) * numpy.exp(-recency / 90)
    before = visits * numpy.exp(r.normal(0, 0.6, rows))
    age = numpy.where(r.random(rows) < 0.2, numpy.nan, r.integers(18, 85, rows))
    x = [tenure.round(1), orders, recency.round(), amount.round(2), (amount * orders).round(2), tickets, discount, rating,
         r.integers(0, 2, rows), visits.round(3), before, numpy.where(before > 0.05, visits / before, numpy.nan), age]
    x += [r.normal(size=rows) + (kind - 1.2) * (j % 3 - 1) / 2 for j in range(12)]
    x += [numpy.exp(r.normal(0, 1.2, rows)) for _ in range(5)]
    x += [numpy.where(r.random(rows) < 0.1 + 0.05 * j, numpy.nan, r.standard_t(4, rows)) for j in range(5)]
    z = -1 - 0.55 * numpy.log1p(tenure / 6) + 1.1 * numpy.tanh((recency - 45) / 30) - 0.45 * numpy.log1p(orders)
    z += 0.5 * numpy.sqrt(tickets) * (discount < 0.3) + 0.9 * (discount > 0.5) * (kind == 0)
    z += numpy.where(numpy.isnan(rating), 0.35, 0.5 * numpy.maximum(0, 6 - numpy.nan_to_num(rating)) ** 0.8)
    z += 0.8 * numpy.exp(-numpy.nan_to_num(x[11], nan=1)) * (orders > 2) + 0.4 * numpy.sin(numpy.nan_to_num(age, nan=45) / 9)
    z += 0.35 * x[13] * x[14] + 0.3 * numpy.abs(x[16]) - 0.3 * x[15] * (x[8] > 0) + 0.25 * numpy.sign(x[17]) * x[19]
    z += 0.2 * numpy.log(x[25]) * numpy.log(x[26]) + 0.25 * (x[27] > 2) * (tenure > 12) + 0.3 * numpy.nan_to_num(x[30], nan=1.2)
    for n in CATEGORIES:
        share = 1 / numpy.arange(1, n + 1) ** (0.7 if n < 100 else 1.0)
        category = r.choice(n, rows, p=share / share.sum())
        z += world.normal(0, 0.45 if n < 100 else 0.6, n)[category]
        x.append(category)
    return numpy.array(x, dtype=float), (r.random(rows) < 1 / (1 + numpy.exp(-z))).astype(float)


def real(folder, back=0):
    """Customers as of each month, and whether they bought nothing in the time after.
    The rows to judge on are those of the last month whose outcome is known, or of so many before."""
    import polars as pl

    meta = json.load(open(os.path.join(folder, "meta.json")))
    lines = pl.read_parquet(os.path.join(folder, "transactions.parquet")).filter(pl.col("kind") == "purchase")
    days = lines.group_by("customer_id", pl.col("ts").dt.truncate("1d").alias("day")).agg(
        spend=pl.col("amount").sum(), orders=pl.col("order_id").n_unique(), lines=pl.len()).sort("customer_id", "day")
    ahead = datetime.timedelta(days=meta["churn_h"])
    last = datetime.datetime.fromisoformat(meta["end"]) - ahead
    at, moments = days["day"].min().replace(day=1), []
    while at <= last:
        moments.append(at)
        at = (at + datetime.timedelta(days=32)).replace(day=1)
    tables = [t for t in (as_of(pl, days, at, ahead, meta["active"]) for at in moments) if t.height > 0]
    judged = tables[-1 - back]
    learned = pl.concat([t for t in tables if t["moment"][0] + ahead <= judged["moment"][0]])
    return [(t.drop("moment", "customer_id", "label").cast(pl.Float64).fill_null(float("nan")).to_numpy().T, t["label"].to_numpy().astype(float))
            for t in (learned, judged)]


def as_of(pl, days, at, ahead, active):
    past = days.filter(pl.col("day") < at)
    age = (pl.lit(at) - pl.col("day")).dt.total_days()
    days_of = {"days": pl.col("spend") * 0 + 1, "spend": pl.col("spend"), "lines": pl.col("lines"), "orders": pl.col("orders")}
    counts = [column.filter(age <= width).sum().alias(f"{name}_{width}") for width in (7, 14, 30, 60, 90, 180, 365) for name, column in days_of.items()]
    gap = pl.col("day").diff().dt.total_days()
    table = past.group_by("customer_id", maintain_order=True).agg(
        recency=age.min(), tenure=age.max(), days=pl.len(), spend=pl.col("spend").sum(), mean_spend=pl.col("spend").mean(),
        largest=pl.col("spend").max(), gap=gap.mean(), gap_spread=gap.std(), last_gap=gap.last(), *counts)
    table = table.filter(pl.col("recency") <= active)
    later = days.filter((pl.col("day") >= at) & (pl.col("day") < at + ahead))["customer_id"].unique()
    return table.with_columns(moment=pl.lit(at), label=(~pl.col("customer_id").is_in(later.implode())).cast(pl.Float64))
