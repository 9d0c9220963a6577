"""Makes linkage.json with SciPy (Debian: python3-scipy). Run in this folder: /usr/bin/python3 linkage.py"""
import json
import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

rows = np.random.default_rng(4).normal(size=(40, 5)).round(3)
found = {"rows": rows.tolist()}
for name, tree in (("ward", linkage(rows, "ward")), ("average", linkage(rows, "average", metric="cosine"))):
    found[name] = {"heights": tree[:, 2].tolist(), "sizes": tree[:, 3].astype(int).tolist(), "four": fcluster(tree, 4, "maxclust").tolist()}
json.dump(found, open("linkage.json", "w"))
