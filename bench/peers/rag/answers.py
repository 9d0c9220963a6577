"""Questions in other words than those of the help desk tips (samples/helpdesk), each with the tip that answers it, as files for `kindred eval retrieval --answers`; and XQuAD's Chinese questions as documents of their
own kind: a paragraph is stood for by its Chinese questions but the first, which is asked.
Usage: python3 answers.py REPOSITORY SHARED_DATA FOLDER
then kindred eval retrieval --corpus FOLDER/helpdesk.jsonl --queries FOLDER/helpdesk.tsv --qrels FOLDER/helpdesk.tsv --hybrid --answers
and  kindred eval retrieval --corpus FOLDER/zh.jsonl --queries FOLDER/zh.tsv --qrels FOLDER/zh.tsv --bm25 --model fast (en likewise)"""
import collections
import csv
import glob
import gzip
import json
import os
import re
import sys

with open(os.path.join(os.path.dirname(__file__), "helpdesk.txt"), encoding="utf-8") as file:
    QUESTIONS = file.read()

repository, data, folder = sys.argv[1:]
os.makedirs(folder, exist_ok=True)


def write(name, documents, questions):
    with open(os.path.join(folder, name + ".jsonl"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(document, ensure_ascii=False) + "\n" for document in documents)
    with open(os.path.join(folder, name + ".tsv"), "w", encoding="utf-8") as file:
        file.write("id\ttext\tdoc\n")
        file.writelines(f"{i}\t{text}\t{doc}\n" for i, (doc, text) in enumerate(questions, 1))


tips = os.path.join(repository, "samples", "helpdesk")
documents = []
for path in sorted(glob.glob(os.path.join(tips, "*", "*.md"))):
    with open(path, encoding="utf-8") as file:
        body = file.read().split("---", 2)[2].strip()
    documents.append({"id": os.path.relpath(path, tips)[:-3], "title": re.match(r"# (.*)", body).group(1), "text": body})
write("helpdesk", documents, [line.split("|") for line in QUESTIONS.splitlines()])

name = "queries-dev.tsv.gz"
with gzip.open(os.path.join(data, "xquad", name), "rt", encoding="utf-8") as file:
    rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
for language in ["zh", "en"]:
    asked = collections.defaultdict(list)
    for row in rows:
        asked[row["doc"]].append(row[f"question_{language}"])
    several = {doc: questions for doc, questions in asked.items() if len(questions) > 1}
    write(language, [{"id": doc, "text": "\n".join(questions[1:])} for doc, questions in several.items()], [(doc, questions[0]) for doc, questions in several.items()])
