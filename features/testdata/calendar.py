"""An independent reference for days, windows and shares on the calendar's odd days: reads
customer, wall-clock time and amount from the CSV file given, and prints what each customer
did as of each moment, as JSON. Python's own zoneinfo knows the zones."""
import csv
import datetime as dt
import json
import sys
from zoneinfo import ZoneInfo

path, zone, moments = sys.argv[1], ZoneInfo(sys.argv[2]), sys.argv[3:]
second = dt.timedelta(seconds=1)


def instant(wall):
    """Seconds since 1970 of a wall-clock time; in a gap by the offset before it, of two the first."""
    return (wall - dt.datetime(1970, 1, 1)) / second - wall.replace(tzinfo=zone, fold=0).utcoffset() / second


def local(at):
    """The wall-clock time of an instant."""
    return (dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc) + at * second).astimezone(zone)


rows = {}
for row in csv.DictReader(open(path)):
    at = instant(dt.datetime.fromisoformat(row["time"]))
    rows.setdefault(row["customer_id"], []).append((at, local(at), float(row["amount"])))

out = {}
for moment in moments:
    day = dt.datetime.fromisoformat(moment)
    t = instant(day)
    for who, orders in rows.items():
        before = sorted(o for o in orders if o[0] < t)
        if not before:
            continue
        window = {n: [o for o in before if instant(day - dt.timedelta(days=n)) <= o[0]] for n in (30, 90, 365)}
        year = window[365]
        out[f"{who} {moment}"] = {
            "orders_30d": len(window[30]),
            "orders_90d": len(window[90]),
            "orders_365d": len(year),
            "amount_90d": sum(o[2] for o in window[90]),
            "recency_days": (t - before[-1][0]) / 86400,
            "tenure_days": (t - before[0][0]) / 86400,
            "weekend_share": sum(o[1].isoweekday() > 5 for o in year) / len(year) if year else None,
            "night_share": sum(o[1].hour >= 20 or o[1].hour < 6 for o in year) / len(year) if year else None,
        }
json.dump(out, sys.stdout)
