"""Parts the development rows of each set: every fifth row is for measuring, the others for learning; of Banking77 also eight rows of each intent, five draws. CLINC150 has a part of its own for measuring.
ESC-10 is parted by its folds, the photographs by name, so that pictures of one series stay together.
Usage: /usr/bin/python3 split.py SHARED_DATA FOLDER"""
import collections
import gzip
import os
import random
import sys

data, folder = sys.argv[1:]
os.makedirs(folder, exist_ok=True)


def write(name, head, rows):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(head + "\n")
        file.writelines(row + "\n" for row in rows)


for name in ["banking77", "sms-spam", "movie-polarity", "it-tickets", "optdigits", "ai4i2020"]:
    with gzip.open(os.path.join(data, name, "train.tsv.gz"), "rt", encoding="utf-8") as file:
        head, *rows = file.read().splitlines()
    if name == "ai4i2020":
        # the kinds of failure say the answer
        head, *rows = ["\t".join(row.split("\t")[:9]) for row in [head, *rows]]
    # in the order of the file neighbours are of one label, or of one recording
    random.Random(1).shuffle(rows)
    learn = [row for i, row in enumerate(rows) if i % 5 != 4]
    write(f"{name}-learn.tsv", head, learn)
    write(f"{name}-measure.tsv", head, [row for i, row in enumerate(rows) if i % 5 == 4])
    if name != "banking77":
        continue
    for draw in range(1, 6):
        random.Random(draw).shuffle(learn)
        taken, few = collections.Counter(), []
        for row in learn:
            label = row.split("\t")[0]
            if taken[label] < 8:
                few.append(row)
            taken[label] += 1
        write(f"few-{draw}-learn.tsv", head, few)
for part, open_, name in [("learn", gzip.open, "train.tsv.gz"), ("measure", open, "dev.tsv")]:
    with open_(os.path.join(data, "clinc150", name), "rt", encoding="utf-8") as file:
        head, *rows = file.read().splitlines()
    write(f"clinc150-{part}.tsv", head, rows)


def media(name):
    """Name, label and the other columns of each file, names as whole paths."""
    with open(os.path.join(data, name, "labels.tsv"), encoding="utf-8") as file:
        _, *rows = [line.split("\t") for line in file.read().splitlines()]
    return [(os.path.join(os.path.abspath(data), name, row[0]), *row[1:]) for row in rows]


sounds = media("esc10")
for fold in "1234":
    for part, held in [("learn", False), ("measure", True)]:
        write(f"esc10-{fold}-{part}.tsv", "file\tlabel", [f"{row[0]}\t{row[1]}" for row in sounds if (row[2] == fold) == held])
kinds = collections.defaultdict(list)
for row in sorted(media("photos")):
    kinds[row[1]].append(f"{row[0]}\t{row[1]}")
write("photos-learn.tsv", "file\tlabel", [row for rows in kinds.values() for row in rows[: len(rows) * 3 // 4]])
write("photos-measure.tsv", "file\tlabel", [row for rows in kinds.values() for row in rows[len(rows) * 3 // 4 :]])
