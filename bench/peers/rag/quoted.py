"""What `kindred ask` quotes for every fifth of XQuAD's development questions: how often the right answer's very words stand in the answer, and in the first sentence quoted; how long answers are.
Usage: python3 quoted.py SHARED_DATA KINDRED; KINDRED is the command, quoted when it has blanks."""
import csv
import gzip
import json
import os
import shlex
import subprocess
import sys
import tempfile

data, kindred = sys.argv[1], shlex.split(sys.argv[2])
with gzip.open(os.path.join(data, "xquad", "queries-dev.tsv.gz"), "rt", encoding="utf-8") as file:
    questions = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[::5]
answered = anywhere = first = length = 0
with tempfile.TemporaryDirectory() as folder:
    store = os.path.join(folder, "xquad.kindred")
    subprocess.run([*kindred, "index", os.path.join(data, "xquad", "docs.jsonl"), "--store", store], check=True, capture_output=True)
    for row in questions:
        run = subprocess.run([*kindred, "ask", row["question_en"], "--store", store, "--json"], check=True, capture_output=True, text=True)
        said = json.loads(run.stdout)
        if not said["supported"]:
            continue
        answered += 1
        length += len(said["answer"])
        anywhere += row["answer_en"] in said["answer"]
        first += row["answer_en"] in said["answer"].split(" [")[0]
print(f"{len(questions)} asked, {answered} answered; the right words in the answer {anywhere / answered:.3f}, in its first sentence {first / answered:.3f}; {length / answered:.0f} signs")
