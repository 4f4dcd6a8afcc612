"""Qini and AUUC of Hillstrom's trial by scikit-uplift, as JSON.

Usage: uplift.py CUSTOMERS.parquet [SCORES.parquet]

Scores are the columns history, recency and newbie, and the columns of the second file,
which has a row for each customer; each arm is held against "No E-Mail".
testdata/hillstrom_uplift.json was written by this script with scikit-uplift 0.5.1,
scikit-learn 1.9.1 and pandas, without a second file.
"""

import json
import sys

import pandas as pd
from sklift.metrics import qini_auc_score, uplift_at_k, uplift_auc_score

trial = pd.read_parquet(sys.argv[1])
names = ["history", "recency", "newbie"]
if len(sys.argv) > 2:
    scores = pd.read_parquet(sys.argv[2])
    for name in scores.columns:
        trial[name] = scores[name].values
        names.append(name)
out = []
for arm in ["Mens E-Mail", "Womens E-Mail"]:
    for outcome in ["visit", "conversion"]:
        for name in names:
            part = trial[trial.segment.isin([arm, "No E-Mail"]) & trial[name].notna()]
            y, score, treated = part[outcome].values, part[name].values, (part.segment == arm).astype(int).values
            if len(set(treated)) < 2:
                continue  # a score of the other arm
            out.append({"arm": arm, "outcome": outcome, "score": name, "qini": qini_auc_score(y, score, treated),
                        "auuc": uplift_auc_score(y, score, treated), "top30": uplift_at_k(y, score, treated, strategy="overall", k=0.3)})
json.dump(out, sys.stdout, indent=1)
print()
