"""The features of features.sql as a lazy Polars frame, to be collected by its streaming engine."""
from datetime import datetime, timezone

import polars as pl

DAY = 86_400_000_000


def scan(folder, kind, cut):
    f = pl.scan_parquet(f"{folder}/{kind}/*.parquet")
    utc = f.collect_schema()["ts"].time_zone
    at = datetime.fromisoformat(cut).replace(tzinfo=timezone.utc if utc else None)
    us = int(datetime.fromisoformat(cut).replace(tzinfo=timezone.utc).timestamp() * 1e6)
    age = us - pl.col("ts").dt.epoch("us")
    return f.filter(pl.col("ts") < at).with_columns(age=age.cast(pl.Float64) / DAY, d=((age - 1) // DAY).cast(pl.Int32))


def within(expr, days):
    return expr.filter(pl.col("d") < days) if days else expr


def ratio(a, b):
    return pl.when(b > 0).then(a / b)


def change(short, whole, a, b):
    recent, earlier = short / a, (whole - short) / (b - a)
    return pl.when(recent + earlier > 0).then((recent - earlier) / (recent + earlier))


def features(folder, cut):
    tx = scan(folder, "transactions", cut).select("customer_id", "order_id", "ts", "category", "quantity", pl.col("amount", "discount").cast(pl.Float64), "age", "d")
    ev = scan(folder, "events", cut).select("customer_id", "type", "value", "ts", "age", "d")
    windows = {"7d": 7, "30d": 30, "90d": 90, "180d": 180, "365d": 365, "all": None}
    c = pl.col
    bought = tx.filter(c("amount") >= 0)
    order = bought.group_by("customer_id", "order_id").agg(c("ts").min(), c("age").max(), c("d").min(), c("amount").sum(), c("discount").sum(), c("quantity").sum().alias("units"))
    gap = order.select("customer_id", "d").unique().sort("customer_id", "d", descending=[False, True]).with_columns(g=c("d").shift(1).over("customer_id") - c("d"))
    gaps = gap.group_by("customer_id").agg(c("g").cast(pl.Float64).std().alias("gap_sd_days"))
    t = order.group_by("customer_id").agg(
        c("age").min().alias("recency_days"), c("age").max().alias("tenure_days"),
        *[(c("d") < w).sum().alias(f"orders_{n}") for n, w in windows.items() if w], pl.len().alias("orders_all"),
        *[within(c("amount"), w).sum().alias(f"amount_{n}") for n, w in windows.items()],
        *[within(c("units"), w).sum().alias(f"items_{n}") for n, w in windows.items() if n in ("30d", "90d", "365d", "all")],
        *[within(c("d"), w).n_unique().alias(f"active_days_{n}") for n, w in windows.items() if n != "7d"],
        within(c("discount"), 365).sum().alias("discount_365d"), c("amount").max().alias("largest_order_all"), c("amount").get(c("ts").arg_max()).alias("last_order_amount"),
        (c("d").max() - c("d").min()).alias("purchase_span_days"),
        ((c("d") < 365) & (c("ts").dt.weekday() >= 6)).sum().alias("weekend"), ((c("d") < 365) & ((c("ts").dt.hour() >= 20) | (c("ts").dt.hour() < 6))).sum().alias("night"))
    r = tx.filter(c("amount") < 0).group_by("customer_id").agg(
        pl.len().alias("returns_all"), (c("d") < 365).sum().alias("returns_365d"), (-c("amount")).sum().alias("returned_amount_all"), (-within(c("amount"), 365)).sum().alias("returned_amount_365d"))
    k = bought.group_by("customer_id", "category").agg((c("d") < 365).sum().alias("n"), within(c("amount"), 365).sum().alias("s")).group_by("customer_id").agg(
        pl.len().alias("categories_all"), (c("n") > 0).sum().alias("categories_365d"), c("s").max().alias("top"), c("s").sum().alias("whole"), (c("s") * c("s").log()).filter(c("s") > 0).sum().alias("logs"))

    def kind(*types):
        return c("type").is_in(types)

    def n(days, *types):
        return (kind(*types) & (c("d") < days)).sum()

    def last(*types):
        return c("age").filter(kind(*types)).min()

    e = ev.group_by("customer_id").agg(
        *[(c("d") < w).sum().alias(f"events_{w}d") for w in (7, 30, 90, 365)], c("age").min().alias("event_recency_days"),
        n(90, "email_sent").alias("emails_sent_90d"), n(30, "email_open").alias("emails_opened_30d"), n(90, "email_open").alias("emails_opened_90d"),
        n(30, "email_click").alias("emails_clicked_30d"), n(90, "email_click").alias("emails_clicked_90d"), last("email_open").alias("email_open_recency_days"),
        last("email_click").alias("email_click_recency_days"), *[n(w, "session").alias(f"sessions_{w}d") for w in (7, 30, 90)], last("session").alias("session_recency_days"),
        *[n(w, "page_view").alias(f"page_views_{w}d") for w in (30, 90)], *[n(w, "cart_add").alias(f"cart_adds_{w}d") for w in (30, 90)], last("cart_add").alias("cart_add_recency_days"),
        *[n(w, "app_open").alias(f"app_opens_{w}d") for w in (30, 90)], last("app_open").alias("app_open_recency_days"), *[n(w, "support_ticket").alias(f"tickets_{w}d") for w in (90, 365)],
        c("value").filter(kind("nps")).get(c("ts").filter(kind("nps")).arg_max(), null_on_oob=True).alias("last_nps"),
        *[within(c("d"), w).n_unique().alias(f"event_days_{w}d") for w in (30, 90)])
    all = t.join(gaps, on="customer_id", how="left").join(k, on="customer_id", how="left")
    all = all.join(r, on="customer_id", how="full", coalesce=True).join(e, on="customer_id", how="full", coalesce=True)
    zero = ["orders_", "amount_", "items_", "active_days_", "returns_", "returned_", "discount_365", "categories_", "events_", "event_days_", "emails_", "sessions_", "page_views_", "cart_adds_", "app_opens_", "tickets_"]
    names = [f for f in all.collect_schema().names() if any(f.startswith(z) for z in zero)]
    all = all.with_columns(c(names).fill_null(0)).with_columns(gap_count=pl.when(c("orders_all") > 0).then(c("active_days_all") - 1.0))
    opened, clicked, sent = c("emails_opened_90d"), c("emails_clicked_90d"), c("emails_sent_90d")
    own = (c("purchase_span_days") + 2 * (c("purchase_span_days").sum() / c("gap_count").sum())) / (c("gap_count") + 2)
    return all.with_columns(own_gap_days=own, gap_mean_days=ratio(c("purchase_span_days"), c("gap_count"))).with_columns(
        overdue_ratio=c("recency_days") / c("own_gap_days"), gap_cv=c("gap_sd_days") / c("gap_mean_days"),
        average_order_365d=ratio(c("amount_365d"), c("orders_365d")), average_order_all=ratio(c("amount_all"), c("orders_all")),
        orders_trend_30d_90d=change(c("orders_30d"), c("orders_90d"), 30, 90), orders_trend_90d_180d=change(c("orders_90d"), c("orders_180d"), 90, 180),
        amount_trend_90d_180d=change(c("amount_90d"), c("amount_180d"), 90, 180), last_order_ratio=ratio(c("last_order_amount"), c("amount_all") / c("orders_all")),
        return_share_365d=ratio(c("returned_amount_365d"), c("amount_365d")), return_share_all=ratio(c("returned_amount_all"), c("amount_all")), net_amount_all=c("amount_all") - c("returned_amount_all"),
        discount_share_365d=ratio(c("discount_365d"), c("discount_365d") + c("amount_365d")), favourite_category_share=ratio(c("top"), c("whole")),
        category_entropy=pl.when(c("whole") > 0).then(c("whole").log() - c("logs") / c("whole")), weekend_share=ratio(c("weekend"), c("orders_365d")), night_share=ratio(c("night"), c("orders_365d")),
        email_open_rate=(opened + 5 * (opened.sum() / sent.sum())) / (sent + 5), email_click_rate=(clicked + 5 * (clicked.sum() / sent.sum())) / (sent + 5),
        sessions_trend_30d_90d=change(c("sessions_30d"), c("sessions_90d"), 30, 90))
