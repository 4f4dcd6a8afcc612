"""Writes the spark-*.parquet files and spark.json here. Written once with PySpark 4.0.1
on OpenJDK; run as: python spark.py, in this folder."""
import datetime as dt
import decimal
import glob
import json
import os
import shutil

from pyspark.sql import SparkSession
from pyspark.sql import types as T

spark = SparkSession.builder.master("local[1]").config("spark.sql.session.timeZone", "Europe/Madrid").config("spark.ui.enabled", "false").config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1").getOrCreate()
utc = dt.timezone.utc
start = dt.datetime(2024, 3, 30, 22, 30, tzinfo=utc)
columns = [
    ("id", T.StringType(), lambda i: f"{i:04d}"), ("n", T.IntegerType(), lambda i: i * 7 - 100), ("big", T.LongType(), lambda i: i << 40),
    ("small", T.ShortType(), lambda i: i - 5), ("x", T.DoubleType(), lambda i: i / 8), ("f", T.FloatType(), lambda i: i / 4), ("yes", T.BooleanType(), lambda i: i % 2 == 0),
    ("at", T.TimestampType(), lambda i: start + dt.timedelta(minutes=17 * i)), ("wall", T.TimestampNTZType(), lambda i: dt.datetime(2024, 3, 30) + dt.timedelta(minutes=17 * i)),
    ("day", T.DateType(), lambda i: dt.date(2024, 1, 1) + dt.timedelta(days=i)), ("price", T.DecimalType(10, 2), lambda i: decimal.Decimal(i * 99).scaleb(-2)),
    ("total", T.DecimalType(38, 6), lambda i: decimal.Decimal(i * 123456).scaleb(-6)),
]
rows = [tuple(None if (i + k) % 11 == 4 else make(i) for k, (_, _, make) in enumerate(columns)) for i in range(200)]
frame = spark.createDataFrame(rows, T.StructType([T.StructField(n, t) for n, t, _ in columns])).coalesce(1)


def said(v):
    if v is None:
        return None
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, dt.datetime):
        return str((v.replace(tzinfo=utc) - dt.datetime(1970, 1, 1, tzinfo=utc)) // dt.timedelta(microseconds=1))
    if isinstance(v, dt.date):
        return str((v - dt.date(1970, 1, 1)).days * 86400 * 10**6)
    return repr(v) if isinstance(v, float) else str(v)


json.dump({n: [said(r[k]) for r in rows] for k, (n, _, _) in enumerate(columns)}, open("spark.json", "w"))
for name, codec, times, legacy, version in [("snappy-int96", "snappy", "INT96", False, "v1"), ("gzip-micros-legacy", "gzip", "TIMESTAMP_MICROS", True, "v1"),
                                            ("lz4-micros", "lz4", "TIMESTAMP_MICROS", False, "v1"), ("zstd-v2", "zstd", "TIMESTAMP_MICROS", False, "v2")]:
    spark.conf.set("spark.sql.parquet.outputTimestampType", times)
    spark.conf.set("spark.sql.parquet.writeLegacyFormat", str(legacy).lower())
    frame.write.option("parquet.writer.version", version).option("parquet.page.write-checksum.enabled", "true").parquet(f"tmp-{name}", compression=codec)
    shutil.move(glob.glob(f"tmp-{name}/*.parquet")[0], f"spark-{name}.parquet")
    shutil.rmtree(f"tmp-{name}")
