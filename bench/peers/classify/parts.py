"""Parts of a table's rows in random order, each measured by what the others teach, as often as asked: means and ranges.
Usage: /usr/bin/python3 parts.py KINDRED TABLE LABEL PARTS TIMES [COLUMN_TO_LEAVE_OUT...]; KINDRED is the command, quoted when it has blanks."""
import gzip
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile

kindred, path, label, parts, times = *sys.argv[1:4], *map(int, sys.argv[4:6])
with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
    head, *rows = [line.split("\t") for line in file.read().splitlines()]
kept = [i for i, name in enumerate(head) if name not in sys.argv[6:]]
found = {}
with tempfile.TemporaryDirectory() as folder:
    learn, measure, model = (os.path.join(folder, name) for name in ("learn.tsv", "measure.tsv", "a.classifier"))

    def write(name, some):
        with open(name, "w", encoding="utf-8") as file:
            file.writelines("\t".join(row[i] for i in kept) + "\n" for row in [head, *some])

    for draw in range(times):
        random.Random(draw).shuffle(rows)
        for part in range(parts):
            write(learn, [row for i, row in enumerate(rows) if i % parts != part])
            write(measure, [row for i, row in enumerate(rows) if i % parts == part])
            subprocess.run([*shlex.split(kindred), "classify", "fit", "--in", learn, "--label", label, "--out", model], check=True, capture_output=True)
            report = subprocess.run([*shlex.split(kindred), "classify", "report", "--with", model, "--in", measure, "--label", label, "--json"], check=True, capture_output=True, text=True)
            for line in report.stdout.splitlines():
                one = json.loads(line)
                found.setdefault(one["metric"], []).append(one["value"])
for name, values in found.items():
    if name.split(":")[0] in ("accuracy", "balanced-accuracy", "macro-f1", "roc-auc", "f1"):
        print(f"{name} {sum(values) / len(values):.4f} ({min(values):.3f} to {max(values):.3f})")
