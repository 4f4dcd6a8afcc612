"""Has LightGBM score the rows of lightgbm.json anew with each model beside it.

usage: predict.py (writes lightgbm.json in its own folder)
"""
import json
import pathlib

import lightgbm
import numpy

here = pathlib.Path(__file__).parent
golden = json.loads((here / "lightgbm.json").read_text())
rows = numpy.array([[numpy.nan if v is None else float(v) for v in row] for row in golden["rows"]])


for model in golden["models"]:
    booster = lightgbm.Booster(model_file=str(here / f"{model['name']}.txt"))
    model["raw"] = booster.predict(rows, raw_score=True).tolist()
    model["prediction"] = booster.predict(rows).tolist()
    model["contributions"] = booster.predict(rows, pred_contrib=True).tolist()
golden["provenance"] = f"lightgbm {lightgbm.__version__}, numpy {numpy.__version__}; see README.md"
(here / "lightgbm.json").write_text(json.dumps(golden))
