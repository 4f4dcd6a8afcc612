"""Score rows with LightGBM text models.

usage: predict.py MODEL ROWS.csv [MODEL ROWS.csv ...] > RAW
Prints one hex float a line, the pairs one after another.
"""
import sys
import lightgbm
import numpy

for path, table in zip(sys.argv[1::2], sys.argv[2::2]):
    rows = numpy.genfromtxt(table, delimiter=",", ndmin=2)
    model = lightgbm.Booster(model_file=path)
    assert numpy.isfinite(model.predict(rows[:50], pred_contrib=True)).all()
    for value in model.predict(rows, raw_score=True):
        print(float(value).hex())
