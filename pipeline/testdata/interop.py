"""Reads what segmenta wrote with other programs: model.txt in LightGBM, segments.parquet in pyarrow, DuckDB and Polars."""
import sys
import duckdb, lightgbm, numpy, polars, pyarrow.parquet

model, features, scores, segments = sys.argv[1:]
booster = lightgbm.Booster(model_file=model)
rows = pyarrow.parquet.read_table(features).to_pandas()
ours = pyarrow.parquet.read_table(scores).column("score").to_numpy()
theirs = booster.predict(rows[booster.feature_name()].to_numpy())
assert numpy.abs(ours - theirs).max() <= 1e-12, f"LightGBM differs by {numpy.abs(ours - theirs).max()}"

arrow = pyarrow.parquet.read_table(segments)
duck = duckdb.sql(f"select * from '{segments}'")
polar = polars.read_parquet(segments)
assert arrow.column_names == duck.columns == polar.columns, "other columns"
assert arrow.schema.field("customer_id").nullable is False, "customer_id may be null"
assert str(arrow.schema.field("as_of").type) == "timestamp[us, tz=UTC]", arrow.schema.field("as_of").type
assert str(arrow.schema.field("rfm_recency").type) == "int32", arrow.schema.field("rfm_recency").type
assert str(arrow.schema.field("churn_probability").type) == "double"
assert b"en:churn_probability" in arrow.schema.metadata and b"es:churn_probability" in arrow.schema.metadata
for name in arrow.column_names:
    nulls = arrow.column(name).null_count
    assert nulls == polar[name].null_count() == duckdb.sql(f"select count(*) - count(\"{name}\") from '{segments}'").fetchall()[0][0], name
ids = arrow.column("customer_id").to_pylist()
assert ids == polar["customer_id"].to_list() == [r[0] for r in duckdb.sql(f"select customer_id from '{segments}'").fetchall()]
assert ids[0] == "00001", ids[0]
p = arrow.column("churn_probability").to_pylist()
assert p == polar["churn_probability"].to_list() == [r[0] for r in duckdb.sql(f"select churn_probability from '{segments}'").fetchall()]
print(f"equal in LightGBM {lightgbm.__version__}, pyarrow {pyarrow.__version__}, DuckDB {duckdb.__version__}, Polars {polars.__version__}: {len(ids)} rows, {len(arrow.column_names)} columns")
