"""One peer trains on one table and says how long it took, how much memory it added and
what it says of other rows.

usage: peers.py PEER TABLE COLUMNS CATEGORICAL JUDGED SCORES --rounds N --leaves N --threads N --seed N
Seconds are of the work itself, bins included, without reading the rows and making them
into what the peer wants to be given.
"""
import argparse
import json
import sys
import time

import numpy

RATE = 0.1


def memory(name):
    for line in open("/proc/self/status"):
        if line.startswith(name):
            return int(line.split()[1]) << 10


def read(path, columns):
    values = numpy.fromfile(path).reshape(columns + 1, -1)
    return numpy.ascontiguousarray(values[:columns].T), values[columns].copy()


def lightgbm(x, y, a, categories, **more):
    import lightgbm as peer

    settings = {"objective": "binary", "num_leaves": a.leaves, "learning_rate": RATE, "max_bin": 255, "num_threads": a.threads,
                "seed": a.seed, "verbose": -1, **more}

    def work():
        rows = peer.Dataset(x, y, categorical_feature=categories, params=settings)
        return peer.train(settings, rows, a.rounds)

    return work, lambda model, v: model.predict(v, raw_score=True, num_threads=a.threads)


def xgboost(x, y, a, categories):
    import xgboost as peer

    settings = {"objective": "binary:logistic", "tree_method": "hist", "grow_policy": "lossguide", "max_leaves": a.leaves, "max_depth": 0,
                "learning_rate": RATE, "max_bin": 255, "nthread": a.threads, "seed": a.seed}
    types = ["c" if c in categories else "float" for c in range(x.shape[1])]
    table = lambda v, **label: peer.QuantileDMatrix(v, feature_types=types, enable_categorical=True, nthread=a.threads, max_bin=255, **label)
    return lambda: peer.train(settings, table(x, label=y), a.rounds), lambda model, v: model.inplace_predict(v) if not categories else model.predict(
        peer.DMatrix(v, feature_types=types, enable_categorical=True, nthread=a.threads))


def catboost(x, y, a, categories):
    import catboost as peer
    import pandas

    def table(v):
        frame = pandas.DataFrame(v)
        for c in categories:
            frame[c] = frame[c].astype(int)
        return frame

    made = table(x)
    model = peer.CatBoostClassifier(iterations=a.rounds, grow_policy="Lossguide", max_leaves=a.leaves, depth=16, learning_rate=RATE, border_count=254,
                                    thread_count=a.threads, random_seed=a.seed, verbose=False, allow_writing_files=False, cat_features=categories)
    return lambda: model.fit(made, y), lambda model, v: model.predict(table(v), prediction_type="RawFormulaVal")


def sklearn(x, y, a, categories):
    from sklearn.ensemble import HistGradientBoostingClassifier

    few = [c for c in categories if x[:, c].max() < 255]  # it takes no more; the others are numbers to it
    model = HistGradientBoostingClassifier(max_iter=a.rounds, max_leaf_nodes=a.leaves, learning_rate=RATE, max_bins=255, early_stopping=False,
                                           categorical_features=few or None, random_state=a.seed)
    return lambda: model.fit(x, y), lambda model, v: model.decision_function(v)


PEERS = {
    "LightGBM": lightgbm,
    "LightGBM, row-wise": lambda *all: lightgbm(*all, force_row_wise=True),
    "LightGBM, column-wise": lambda *all: lightgbm(*all, force_col_wise=True),
    "LightGBM, quantised": lambda *all: lightgbm(*all, use_quantized_grad=True),
    "XGBoost": xgboost,
    "CatBoost": catboost,
    "scikit-learn": sklearn,
}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("peer", choices=PEERS)
    p.add_argument("table")
    p.add_argument("columns", type=int)
    p.add_argument("categorical", type=int)
    p.add_argument("judged")
    p.add_argument("scores")
    for name in ("rounds", "leaves", "threads", "seed"):
        p.add_argument("--" + name, type=int, required=True)
    a = p.parse_args()
    x, y = read(a.table, a.columns)
    work, score = PEERS[a.peer](x, y, a, list(range(a.columns - a.categorical, a.columns)))
    before, begin, worked = memory("VmRSS"), time.perf_counter(), time.process_time()
    model = work()
    print(json.dumps({"seconds": time.perf_counter() - begin, "cpu": time.process_time() - worked, "rss_before": before, "rss_peak": memory("VmHWM")}))
    numpy.asarray(score(model, read(a.judged, a.columns)[0]), dtype=float).tofile(a.scores)


if __name__ == "__main__":
    sys.exit(main())
