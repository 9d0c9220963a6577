"""Times scikit-learn's logistic regression: /usr/bin/python3 logistic.py VECTORS.npy LABELS.txt C; a row in five is held out. One line of JSON."""
import json
import sys
import time

import numpy as np
from sklearn.linear_model import LogisticRegression

x = np.load(sys.argv[1])
y = np.array([int(line) for line in open(sys.argv[2])])
held = np.arange(len(y)) % 5 == 4
model = LogisticRegression(C=float(sys.argv[3]), max_iter=1000)
begun = time.perf_counter()
model.fit(x[~held], y[~held])
seconds = time.perf_counter() - begun
print(json.dumps({"seconds": seconds, "accuracy": float(model.score(x[held], y[held])),
                  "loss": float(-np.mean(np.log(model.predict_proba(x[held])[np.arange(held.sum()), y[held]])))}))
