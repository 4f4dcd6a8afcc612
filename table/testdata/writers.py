"""Writes one table with every writer, codec, page version and encoding that is around,
into the folder given, and what it holds into expected.json: a column's values as text,
times as microseconds, null where there is none. Every file is then read and held to it."""
import datetime as dt
import decimal
import itertools
import json
import sys

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

out, rows = sys.argv[1], 3000
utc = dt.timezone.utc
start = dt.datetime(1969, 12, 31, 23, 0, 0)


def at(i):
    return start + dt.timedelta(seconds=i * 86399, microseconds=(i * 37) % 1000000)


def milli(t):
    return t.replace(microsecond=t.microsecond // 1000 * 1000)


D = decimal.Decimal
values = {
    "bool": (pa.bool_(), lambda i: i % 3 == 0),
    "int8": (pa.int8(), lambda i: i % 256 - 128),
    "int16": (pa.int16(), lambda i: i * 21 - 32768),
    "int32": (pa.int32(), lambda i: (i * 1431655 + 7) % 4294967296 - 2147483648),
    "int64": (pa.int64(), lambda i: i * 6148914691236517 - 9223372036854775808),
    "uint8": (pa.uint8(), lambda i: i % 256),
    "uint16": (pa.uint16(), lambda i: i * 21),
    "uint32": (pa.uint32(), lambda i: i * 1431655),
    "uint64": (pa.uint64(), lambda i: i * 3074457345618258),
    "float32": (pa.float32(), lambda i: i * 0.5 - 700),
    "float64": (pa.float64(), lambda i: i * 1.1e-7 - 3),
    "text": (pa.string(), lambda i: f"ñ{i % 50}"),
    "ids": (pa.string(), lambda i: f"customer-{i:07d}"),
    "large": (pa.large_string(), lambda i: "x" * (i % 40) + str(i)),
    "constant": (pa.string(), lambda i: "web"),
    "category": (pa.dictionary(pa.int32(), pa.string()), lambda i: ["a", "b", "c"][i % 3]),
    "ms": (pa.timestamp("ms"), lambda i: milli(at(i))),
    "us": (pa.timestamp("us"), at),
    "ns": (pa.timestamp("ns"), at),
    "ms_utc": (pa.timestamp("ms", "UTC"), lambda i: milli(at(i)).replace(tzinfo=utc)),
    "us_utc": (pa.timestamp("us", "UTC"), lambda i: at(i).replace(tzinfo=utc)),
    "ns_madrid": (pa.timestamp("ns", "Europe/Madrid"), lambda i: at(i).replace(tzinfo=utc)),
    "day": (pa.date32(), lambda i: at(i).date()),
    "money9": (pa.decimal128(9, 2), lambda i: D(i * 331 - 400000).scaleb(-2)),
    "money18": (pa.decimal128(18, 4), lambda i: D(i * 10007 - 9999999).scaleb(-4)),
    "money38": (pa.decimal128(38, 6), lambda i: D(i * 1000003 - 1500000000).scaleb(-6)),
    "empty": (pa.string(), lambda i: None),
}


def said(v):
    if v is None:
        return None
    if isinstance(v, bool):
        return "true" if v else "false"
    if isinstance(v, dt.datetime):
        v = v.replace(tzinfo=utc)
        return str((v - dt.datetime(1970, 1, 1, tzinfo=utc)) // dt.timedelta(microseconds=1))
    if isinstance(v, dt.date):
        return str((v - dt.date(1970, 1, 1)).days * 86400 * 10**6)
    if isinstance(v, float):
        return repr(v)
    return str(v)


data, expected, fields = [], {}, []
for k, (name, (kind, make)) in enumerate(values.items()):
    # a column with nulls here and there, and one without any
    for suffix, null in (("", lambda i: (i + k) % 7 == 3 or 1000 <= i < 1200), ("_all", lambda i: False)):
        if name == "empty" and suffix:
            continue
        column = [None if null(i) else make(i) for i in range(rows)]
        data.append(pa.array(column, kind))
        fields.append(pa.field(name + suffix, kind, nullable=not suffix))
        expected[name + suffix] = [said(v) for v in column]
table = pa.table(data, schema=pa.schema(fields))
json.dump(expected, open(f"{out}/expected.json", "w"))


def write(name, t=table, **options):
    pq.write_table(t, f"{out}/pyarrow-{name}.parquet", **options)


for codec, version in itertools.product(["none", "snappy", "gzip", "zstd", "lz4", "brotli"], ["1.0", "2.0"]):
    write(f"{codec}-v{version}", compression=codec, data_page_version=version)
    write(f"{codec}-v{version}-plain", compression=codec, data_page_version=version, use_dictionary=False, row_group_size=700)
write("checksums", write_page_checksum=True)
write("small-pages", data_page_size=500, write_batch_size=64)
write("dictionary-given-up", dictionary_pagesize_limit=300, data_page_size=800, write_batch_size=64)
for fmt in ["1.0", "2.4", "2.6"]:
    write(f"format-{fmt}", version=fmt)
write("int96", use_deprecated_int96_timestamps=True)
write("short-decimals", store_decimal_as_integer=True)
encoding = {}
for f in table.schema:
    if pa.types.is_integer(f.type) or pa.types.is_timestamp(f.type) or pa.types.is_date(f.type):
        encoding[f.name] = "DELTA_BINARY_PACKED"
    elif pa.types.is_string(f.type) or pa.types.is_large_string(f.type) or pa.types.is_dictionary(f.type):
        encoding[f.name] = "DELTA_BYTE_ARRAY"
    elif pa.types.is_floating(f.type) or pa.types.is_decimal(f.type):
        encoding[f.name] = "BYTE_STREAM_SPLIT"
    elif pa.types.is_boolean(f.type):
        encoding[f.name] = "RLE"
for version in ["1.0", "2.0"]:
    write(f"delta-v{version}", use_dictionary=False, column_encoding=encoding, data_page_version=version)
    write(f"delta-small-v{version}", use_dictionary=False, column_encoding=encoding, data_page_version=version, data_page_size=500, write_batch_size=64)
other = {n: {"DELTA_BINARY_PACKED": "BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY": "DELTA_LENGTH_BYTE_ARRAY", "BYTE_STREAM_SPLIT": "PLAIN", "RLE": "PLAIN"}[e] for n, e in encoding.items()}
write("split", use_dictionary=False, column_encoding=other, version="2.6")

duck = duckdb.connect()
duck.execute("SET TimeZone='UTC'")
plain = pa.table([c.cast(pa.string()) if pa.types.is_dictionary(c.type) else c for c in table.columns], names=table.column_names)
duck.register("t", plain)
for codec, version in itertools.product(["uncompressed", "snappy", "gzip", "zstd", "lz4_raw", "brotli"], ["V1", "V2"]):
    duck.execute(f"COPY (SELECT * FROM t) TO '{out}/duckdb-{codec}-{version}.parquet' (FORMAT parquet, CODEC '{codec}', PARQUET_VERSION '{version}', ROW_GROUP_SIZE 2048)")

frame = pl.from_arrow(plain)
for codec in ["uncompressed", "snappy", "gzip", "zstd", "lz4", "brotli"]:
    frame.write_parquet(f"{out}/polars-{codec}.parquet", compression=codec)
frame.write_parquet(f"{out}/polars-pages.parquet", data_page_size=1000, row_group_size=700, statistics=False)

nested = pa.table({
    "id": pa.array([1, 2]),
    "list": pa.array([[1, 2], []], pa.list_(pa.int64())),
    "map": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
    "struct": pa.array([{"x": 1, "y": "a"}, {"x": 2, "y": "b"}]),
    "after": pa.array(["still", "read"]),
    "clock": pa.array([dt.time(1, 2), dt.time(3, 4)]),
})
pq.write_table(nested, f"{out}/nested.odd")
