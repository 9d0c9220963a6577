"""What `kindred ask` quotes for every fifth of XQuAD's development questions: how often the right answer's very words stand in the answer, and in the first sentence quoted; how long answers are.
And for the questions on the help desk tips (helpdesk.txt): how often the tip that answers is the first quoted, and what share of the sentences quoted is its own.
Usage: python3 quoted.py SHARED_DATA KINDRED; KINDRED is the command, quoted when it has blanks."""
import csv
import gzip
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

data, kindred = sys.argv[1], shlex.split(sys.argv[2])
with gzip.open(os.path.join(data, "xquad", "queries-dev.tsv.gz"), "rt", encoding="utf-8") as file:
    questions = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[::5]
answered = anywhere = first = length = 0


def ask(question):
    run = subprocess.run([*kindred, "ask", question, "--store", store, "--json"], check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


with tempfile.TemporaryDirectory() as folder:
    store = os.path.join(folder, "xquad.kindred")
    subprocess.run([*kindred, "index", os.path.join(data, "xquad", "docs.jsonl"), "--store", store], check=True, capture_output=True)
    for row in questions:
        said = ask(row["question_en"])
        if not said["supported"]:
            continue
        answered += 1
        length += len(said["answer"])
        anywhere += row["answer_en"] in said["answer"]
        first += row["answer_en"] in said["answer"].split(" [")[0]
    print(f"{len(questions)} asked, {answered} answered; the right words in the answer {anywhere / answered:.3f}, in its first sentence {first / answered:.3f}; {length / answered:.0f} signs")

    peers = os.path.dirname(os.path.abspath(__file__))
    store = os.path.join(folder, "helpdesk.kindred")
    subprocess.run([*kindred, "index", os.path.join(peers, "..", "..", "..", "samples", "helpdesk"), "--store", store], check=True, capture_output=True)
    with open(os.path.join(peers, "helpdesk.txt"), encoding="utf-8") as file:
        tips = [line.rstrip("\n").split("|") for line in file]
    answered = first = own = quoted = 0
    for tip, question in tips:
        said = ask(question)
        if not said["supported"]:
            continue
        answered += 1
        right = {source["number"] for source in said["sources"] if source["source"].endswith(tip + ".md")}
        cited = [int(mark) for mark in re.findall(r"\[(\d+)\]", said["answer"])]
        first += cited[0] in right
        own += sum(mark in right for mark in cited)
        quoted += len(cited)
    print(f"{len(tips)} asked, {answered} answered; the right tip quoted first {first / answered:.3f}, of all sentences quoted {own / quoted:.3f} its own")
