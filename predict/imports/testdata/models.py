"""Trains small models with each program, saves them as users do, and has the same
program score rows that are hard for them: values at thresholds and one float32 next to
them, missing, categories that no model saw.

usage: models.py (writes its own folder anew; needs numpy, lightgbm, xgboost, catboost, scikit-learn)
"""
import importlib.metadata
import json
import pathlib
import subprocess
import sys

import catboost
import lightgbm
import numpy
import xgboost
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent))
import export_sklearn  # noqa: E402

random = numpy.random.default_rng(5)
N = 600
x = numpy.column_stack([random.normal(size=N), random.exponential(30, N).round(2), random.poisson(2, N), random.uniform(-1, 1, N).astype(numpy.float32), random.integers(0, 40, N)]).astype(float)
x[random.random((N, 4)).nonzero()[0][:0]] = 0
x[:, :4][random.random((N, 4)) < 0.12] = numpy.nan
x[random.random(N) < 0.08, 4] = numpy.nan
z = numpy.nan_to_num(x[:, 0]) + (numpy.nan_to_num(x[:, 1]) > 20) - 0.4 * numpy.nan_to_num(x[:, 2]) + (numpy.nan_to_num(x[:, 4]) % 7 > 3)
yes = (z + random.normal(size=N) > 0.3).astype(int)
amount = numpy.exp(z / 2) + random.random(N)
three = numpy.digitize(z, [-0.3, 0.9])
x[:10, :4] = numpy.nan
names = ["recency", "amount", "orders", "share", "region"]
TINY = dict(verbose=-1, num_threads=1, min_data_in_leaf=5, num_leaves=7, seed=1, deterministic=True)
out = []


def rows_for(thresholds):
    """Rows of data, and rows at and next to a model's thresholds in both precisions."""
    hard = []
    thresholds = [(f, t) for f, t in thresholds if abs(t) < 1e30]
    for k in range(min(24, len(thresholds))):
        f, t = thresholds[k * len(thresholds) // min(24, len(thresholds))]
        row = x[300 + k].copy()
        t32 = numpy.float32(t)
        down = numpy.nextafter(t32, numpy.float32(-numpy.inf))
        row[f] = [t, numpy.nextafter(t, -numpy.inf), numpy.nextafter(t, numpy.inf), float(t32), float(down), (float(t32) + float(down)) / 2,
                  numpy.nextafter((float(t32) + float(down)) / 2, -numpy.inf), numpy.nextafter((float(t32) + float(down)) / 2, numpy.inf)][k % 8]
        hard.append(row)
    odd = x[400:406].copy()
    odd[:, 4] = [39, 40, 55, numpy.nan, 0, 3000]
    return numpy.vstack([x[:16], hard, odd])


def golden(name, file, rows, raw, prediction):
    clean = lambda a: numpy.asarray(a, dtype=float).tolist()
    out.append({"name": name, "file": file, "rows": [[None if v != v else v for v in r] for r in rows.tolist()], "raw": clean(raw), "prediction": clean(prediction)})


def lgb(name, label, categorical=(), **params):
    b = lightgbm.train({**TINY, **params}, lightgbm.Dataset(x, label, feature_name=names, categorical_feature=list(categorical)), 8)
    b.save_model(str(here / (name + ".txt")))
    cuts = [(t["split_feature"], t["threshold"]) for t in walk(b.dump_model()["tree_info"]) if isinstance(t["threshold"], float)]
    rows = rows_for(cuts)
    golden(name, name + ".txt", rows, b.predict(rows, raw_score=True), b.predict(rows))


def walk(node):
    if isinstance(node, list):
        for n in node:
            yield from walk(n["tree_structure"])
    elif "split_feature" in node:
        yield node
        yield from walk(node["left_child"])
        yield from walk(node["right_child"])


lgb("lightgbm_numeric", yes, objective="binary")
lgb("lightgbm_categorical", yes, [4], objective="binary", max_cat_to_onehot=2, cat_smooth=1, min_data_per_group=5)
lgb("lightgbm_zero_as_missing", yes, objective="binary", zero_as_missing=True)
lgb("lightgbm_no_missing", yes, objective="binary", use_missing=False)
lgb("lightgbm_rf", yes, objective="binary", boosting="rf", bagging_fraction=0.6, bagging_freq=1)
lgb("lightgbm_dart", yes, objective="binary", boosting="dart", drop_rate=0.5)
lgb("lightgbm_multiclass", three, objective="multiclass", num_class=3)
lgb("lightgbm_ova", three, objective="multiclassova", num_class=3)
lgb("lightgbm_tweedie", amount, objective="tweedie")
lgb("lightgbm_cross_entropy_lambda", yes, objective="cross_entropy_lambda")
# refused by name
lightgbm.train({**TINY, "objective": "regression", "linear_tree": True}, lightgbm.Dataset(numpy.nan_to_num(x), amount), 2).save_model(str(here / "refused_linear_tree.txt"))
lightgbm.train({**TINY, "objective": "regression", "reg_sqrt": True}, lightgbm.Dataset(x, amount), 2).save_model(str(here / "refused_reg_sqrt.txt"))
b = lightgbm.train({**TINY, "objective": "binary"}, lightgbm.Dataset(x, yes), 2)
(here / "refused_lightgbm_dump.json").write_text(json.dumps(b.dump_model()))


def xgb(name, label, categorical=False, formats=("json",), **params):
    types = ["q"] * 4 + ["c" if categorical else "q"]
    d = xgboost.DMatrix(x, label, feature_names=names, feature_types=types, enable_categorical=categorical)
    b = xgboost.train({"max_depth": 4, "eta": 0.4, "nthread": 1, "seed": 1, **params}, d, 6)
    table = b.trees_to_dataframe()
    cuts = [(names.index(f), t) for f, t in zip(table.Feature, table.Split) if f != "Leaf" and t == t]
    rows = rows_for(cuts)
    e = xgboost.DMatrix(rows, feature_names=names, feature_types=types, enable_categorical=categorical)
    for f in formats:
        b.save_model(str(here / f"{name}.{f}"))
        golden(f"{name}_{f}", f"{name}.{f}", rows, b.predict(e, output_margin=True), b.predict(e))


xgb("xgboost_gbtree", yes, objective="binary:logistic", formats=("json", "ubj"))
xgb("xgboost_dart", yes, objective="binary:logistic", booster="dart", rate_drop=0.3, formats=("json", "ubj"))
xgb("xgboost_multi", three, objective="multi:softprob", num_class=3, formats=("json", "ubj"))
xgb("xgboost_categorical", yes, True, objective="binary:logistic", max_cat_to_onehot=3, formats=("json", "ubj"))
xgb("xgboost_onehot", yes, True, objective="binary:logistic", max_cat_to_onehot=100)
xgb("xgboost_squarederror", amount, objective="reg:squarederror")
xgb("xgboost_poisson", amount, objective="count:poisson", formats=("ubj",))
xgb("xgboost_tweedie", amount, objective="reg:tweedie")
xgboost.train({"booster": "gblinear", "objective": "binary:logistic"}, xgboost.DMatrix(numpy.nan_to_num(x), yes), 2).save_model(str(here / "refused_gblinear.json"))
xgboost.train({"multi_strategy": "multi_output_tree", "tree_method": "hist", "max_depth": 2}, xgboost.DMatrix(x, numpy.column_stack([yes, amount])), 2).save_model(str(here / "refused_vector_leaf.json"))
xgboost.train({"objective": "survival:aft", "max_depth": 2}, (lambda d: (d.set_float_info("label_lower_bound", amount), d.set_float_info("label_upper_bound", amount), d)[2])(xgboost.DMatrix(x)), 2).save_model(str(here / "refused_survival.json"))


def cat(name, label, model, columns=5):
    model.fit(x[:, :columns], label)
    model.save_model(str(here / (name + ".json")), format="json")
    text = json.loads((here / (name + ".json")).read_text())
    small(text, name)
    cuts = [(f["flat_feature_index"], c) for f in text["features_info"]["float_features"] for c in f["borders"] or []]
    rows = rows_for(cuts)
    raw = model.predict(rows[:, :columns], prediction_type="RawFormulaVal")
    link = model.predict_proba(rows) if hasattr(model, "predict_proba") else model.predict(rows)
    golden(name, name + ".json", rows, raw, link[:, 1] if numpy.ndim(link) == 2 and link.shape[1] == 2 else link)


def small(text, name):
    """CatBoost's file without what it says of the training machine and its options."""
    params = text["model_info"].get("params")
    params = json.loads(params) if isinstance(params, str) else params
    text["model_info"] = {"params": {"loss_function": params["loss_function"]}} | {k: v for k, v in text["model_info"].items() if k in ("catboost_version_info", "class_params")}
    (here / (name + ".json")).write_text(json.dumps(text))


SMALL = dict(iterations=6, verbose=0, thread_count=1, random_seed=1, learning_rate=0.4, allow_writing_files=False)
cat("catboost_symmetric", yes, catboost.CatBoostClassifier(depth=3, **SMALL))
cat("catboost_nan_max", yes, catboost.CatBoostClassifier(depth=3, nan_mode="Max", **SMALL))
cat("catboost_lossguide", yes, catboost.CatBoostClassifier(grow_policy="Lossguide", max_leaves=7, **SMALL))
cat("catboost_rmse", amount, catboost.CatBoostRegressor(depth=3, **SMALL))
cat("catboost_multi", three, catboost.CatBoostClassifier(depth=2, loss_function="MultiClass", **SMALL))
m = catboost.CatBoostClassifier(depth=2, one_hot_max_size=2, **{**SMALL, "iterations": 2})
m.fit(numpy.column_stack([x[:, :4].astype(object), numpy.nan_to_num(x[:, 4]).astype(int).astype(str).astype(object)]), yes, cat_features=[4])
m.save_model(str(here / "refused_catboost_categorical.json"), format="json")
text = json.loads((here / "refused_catboost_categorical.json").read_text())
text["ctr_data"] = {}
small(text, "refused_catboost_categorical")


def skl(name, label, model):
    model.fit(x, label)
    export_sklearn.export(model, here / (name + ".json"), names)
    cuts = [(int(n["feature_idx"]), float(n["num_threshold"])) for it in model._predictors for p in it for n in p.nodes if not n["is_leaf"]]
    rows = rows_for(cuts)
    classes = hasattr(model, "predict_proba")
    link = model.predict_proba(rows) if classes else model.predict(rows)
    golden(name, name + ".json", rows, model.decision_function(rows) if classes else model._raw_predict(rows).ravel(), link[:, 1] if classes and link.shape[1] == 2 else link)


FEW = dict(max_iter=6, max_leaf_nodes=7, early_stopping=False, random_state=1, learning_rate=0.4)
skl("sklearn_binary", yes, HistGradientBoostingClassifier(**FEW))
skl("sklearn_multi", three, HistGradientBoostingClassifier(**FEW))
skl("sklearn_squared", amount, HistGradientBoostingRegressor(**FEW))
skl("sklearn_poisson", amount, HistGradientBoostingRegressor(loss="poisson", **FEW))

versions = {p: importlib.metadata.version(p) for p in ("lightgbm", "xgboost", "catboost", "scikit-learn", "numpy")}
(here / "golden.json").write_text(json.dumps({"provenance": versions, "models": out}))
