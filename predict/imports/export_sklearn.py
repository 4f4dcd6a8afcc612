"""Writes a scikit-learn HistGradientBoosting model as JSON that segmenta imports.

usage, where the model is:
    from export_sklearn import export
    export(model, "model.json")

The trees are not in scikit-learn's documented attributes; this was held to its own
predictions with scikit-learn 1.9. Categorical features are refused.
"""
import json

import numpy


def export(model, path, feature_names=None):
    if getattr(model, "is_categorical_", None) is not None and numpy.any(model.is_categorical_):
        raise ValueError("categorical features: fit on numbers, as an encoder makes them, or bring a LightGBM model")
    names = feature_names or list(getattr(model, "feature_names_in_", [f"f{i}" for i in range(model.n_features_in_)]))
    trees = []
    for predictors in model._predictors:
        for p in predictors:
            n = p.nodes
            trees.append({"left": n["left"].tolist(), "right": n["right"].tolist(), "is_leaf": n["is_leaf"].tolist(), "feature": n["feature_idx"].tolist(),
                          "threshold": [None if numpy.isinf(t) else t for t in n["num_threshold"].tolist()], "missing_left": n["missing_go_to_left"].tolist(),
                          "value": n["value"].tolist(), "count": n["count"].tolist()})
    loss = model.loss if isinstance(model.loss, str) else type(model.loss).__name__
    with open(path, "w") as f:
        json.dump({"format": "segmenta sklearn 1", "loss": loss, "features": [str(n) for n in names],
                   "baseline": numpy.ravel(model._baseline_prediction).tolist(), "trees": trees}, f)
