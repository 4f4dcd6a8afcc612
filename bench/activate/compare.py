"""The delivery's seconds beside the floor of each destination's limit.

    compare.py BINARY [--rows N] [--kinds webhook,file]
"""
import argparse
import json
import subprocess

p = argparse.ArgumentParser()
p.add_argument("binary")
p.add_argument("--rows", type=int, default=100_000)
p.add_argument("--kinds", default="webhook,file")
a = p.parse_args()
print("| destination | rows | requests | a second | floor s | plan s | apply s | share of the rate |")
print("|---|---|---|---|---|---|---|---|")
for kind in a.kinds.split(","):
    f = json.loads(subprocess.check_output([a.binary, "-kind", kind, "-rows", str(a.rows)]))
    share = f"{f['share_of_rate']:.1%}" if f["requests_a_second"] else "no limit"
    print(f"| {kind} | {f['rows']} | {f['requests']} | {f['requests_a_second']:g} | {f['floor_seconds']:.1f} | {f['plan_seconds']:.1f} | {f['apply_seconds']:.1f} | {share} |")
print()
print(subprocess.check_output([a.binary, "-crm", "-rows", str(a.rows)], text=True), end="")
