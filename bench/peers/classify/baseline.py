"""What scikit-learn reaches on the parts that split.py makes, from vectors of `kindred embed`: /usr/bin/python3 baseline.py LEARN.tsv LEARN.npy MEASURE.tsv MEASURE.npy"""
import sys

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.svm import LinearSVC


def table(path):
    head, *rows = open(path, encoding="utf-8").read().splitlines()
    text, label = head.split("\t").index("text"), head.split("\t").index("label")
    return [r.split("\t")[text] for r in rows], [r.split("\t")[label] for r in rows]


texts, labels = table(sys.argv[1])
asked, due = table(sys.argv[3])
x, z = np.load(sys.argv[2]), np.load(sys.argv[4])
sides = {f"vectors, logistic regression, C {c}": (LogisticRegression(C=c, max_iter=500), x, z) for c in (10, 100)}
for name, features in {"words": TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), "characters": TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)}.items():
    sides[f"{name}, linear SVM"] = (LinearSVC(), features.fit_transform(texts), features.transform(asked))
for name, (model, seen, unseen) in sides.items():
    said = model.fit(seen, labels).predict(unseen)
    spam = f", F1 of spam {f1_score(due, said, pos_label='spam'):.4f}" if "spam" in due else ""
    print(f"{name}: accuracy {accuracy_score(due, said):.4f}{spam}")
