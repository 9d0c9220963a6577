"""What scikit-learn reaches on the parts that split.py makes: /usr/bin/python3 baseline.py FOLDER SET...
The texts' vectors are made first: kindred embed --in FOLDER/SET-learn.tsv --out FOLDER/SET-learn.npy, and the same for -measure."""
import os
import sys

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

folder = sys.argv[1]


def table(name):
    head, *rows = open(os.path.join(folder, name + ".tsv"), encoding="utf-8").read().splitlines()
    return head.split("\t"), [r.split("\t") for r in rows]


def column(name, label):
    head, rows = table(name)
    return np.array([r[head.index(label)] for r in rows])


def digits(learn, measure):
    seen, unseen = (np.array(table(n)[1], float) for n in (learn, measure))
    print("nearest row: accuracy", KNeighborsClassifier(1).fit(seen[:, :-1], seen[:, -1]).score(unseen[:, :-1], unseen[:, -1]))


def machines(learn, measure):
    def values(name):
        return np.array([["LMH".index(r[2]), *map(float, r[3:9])] for r in table(name)[1]])

    seen, unseen = values(learn), values(measure)
    for model in GradientBoostingClassifier(random_state=0), HistGradientBoostingClassifier(random_state=0):
        model.fit(seen[:, :-1], seen[:, -1])
        print(f"{type(model).__name__}: ROC-AUC {roc_auc_score(unseen[:, -1], model.predict_proba(unseen[:, :-1])[:, 1]):.4f}, F1 {f1_score(unseen[:, -1], model.predict(unseen[:, :-1])):.4f}")


def scope(learn, measure):
    """The outside rows teach nothing here: how sure the classifier is tells them."""
    labels, due = column(learn, "label"), column(measure, "label")
    x, z = (np.load(os.path.join(folder, n + ".npy")) for n in (learn, measure))
    inside, known = due != "oos", labels != "oos"
    model = LogisticRegression(C=100, max_iter=300).fit(x[known], labels[known])
    scores = model.decision_function(z)
    print(f"logistic regression: in-scope accuracy {np.mean((model.classes_[scores.argmax(1)] == due)[inside]):.4f}")
    energy = np.log(np.exp(scores - scores.max(1, keepdims=True)).sum(1)) + scores.max(1)
    for name, sure in ("energy", energy), ("largest probability", model.predict_proba(z).max(1)):
        print(f"{name}: outside recall {np.mean(sure[~inside] < np.quantile(sure[inside], 0.05)):.4f}")


def texts(learn, measure):
    labels, due = column(learn, "label"), column(measure, "label")
    said, asked = column(learn, "text"), column(measure, "text")
    x, z = (np.load(os.path.join(folder, n + ".npy")) for n in (learn, measure))
    sides = {f"vectors, logistic regression, C {c}": (LogisticRegression(C=c, max_iter=500), x, z) for c in (10, 100)}
    for name, features, model in (
        ("words, linear SVM", TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC()),
        ("characters, linear SVM", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True), LinearSVC()),
        ("words, naive Bayes", CountVectorizer(ngram_range=(1, 2)), MultinomialNB()),
    ):
        sides[name] = (model, features.fit_transform(said), features.transform(asked))
    for name, (model, seen, unseen) in sides.items():
        got = model.fit(seen, labels).predict(unseen)
        spam = f", F1 of spam {f1_score(due, got, pos_label='spam'):.4f}" if "spam" in due else ""
        print(f"{name}: accuracy {accuracy_score(due, got):.4f}{spam}", flush=True)


for name in sys.argv[2:]:
    print("==", name, flush=True)
    side = {"optdigits": digits, "ai4i2020": machines, "clinc150": scope}.get(name, texts)
    side(f"{name}-learn", f"{'banking77' if name.startswith('few-') else name}-measure")
