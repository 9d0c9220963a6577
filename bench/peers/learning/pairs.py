# Pairs of sentences known to belong together: how many `kindred match` finds, and its one-to-one sum beside SciPy's. usage: pairs.py DATA COMMAND…
# DATA is the folder of shared data; COMMAND starts kindred, such as ./kindred. Writes its files into the working directory.
import gzip, json, subprocess, sys, time
import numpy as np
from scipy.optimize import linear_sum_assignment

data, kindred = sys.argv[1], sys.argv[2:]


def table(name):
    with (gzip.open if name.endswith(".gz") else open)(f"{data}/{name}", "rt") as file:
        return [line.split("\t") for line in file.read().split("\n")[1:] if line]


def embed(name, texts):
    with open(f"{name}.tsv", "w") as file:
        file.write("text\n" + "\n".join(texts) + "\n")
    subprocess.run([*kindred, "embed", "--in", f"{name}.tsv", "--out", f"{name}.npy"], check=True, stdout=subprocess.DEVNULL)
    return np.load(f"{name}.npy")


def match(*arguments):
    out = subprocess.run([*kindred, "match", *arguments, "--json"], check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in out.split("\n") if line]


def best_f1(score, right, there):
    order = np.argsort(-score, kind="stable")
    hits = right[order].cumsum()
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + there)
    return f1.max(), score[order][f1.argmax()]


sets = {
    "wiki-split dev": [(r[0], r[1]) for r in table("wiki-split/dev.tsv.gz")],
    "STS-B train, score >= 4": [(r[1], r[2]) for r in table("sts-benchmark/train.tsv.gz") if float(r[0]) >= 4],
    "SICK train, score >= 4.5": [(r[1], r[2]) for r in table("sick/train.tsv.gz") if float(r[3]) >= 4.5][:900],
}
for name, pairs in sets.items():
    a, b = embed("a", [p[0] for p in pairs]), embed("b", [p[1] for p in pairs])
    n, half, quarter = len(pairs), len(pairs) // 2, len(pairs) // 4
    np.save("ha.npy", a[:half])   # half of these rows have no partner in the other list
    np.save("hb.npy", b[quarter:quarter + half])
    for options in [], ["--margin"], ["--one-to-one"], ["--one-to-one", "--margin"]:
        accuracy = np.mean([p["a"] == p["b"] for p in match("a.npy", "b.npy", *options)])
        found = match("ha.npy", "hb.npy", *options)
        f1, at = best_f1(np.array([p["score"] for p in found]), np.array([p["a"] == p["b"] + quarter for p in found]), half - quarter)
        print(f"{name}, {n} pairs, {' '.join(options) or 'best of'}: accuracy {accuracy:.3f}; half without partner: F1 {f1:.3f} at {at:.3f}", flush=True)
    cosines = a.astype(float) @ b.astype(float).T
    start = time.time()
    rows, columns = linear_sum_assignment(-cosines)
    seconds = time.time() - start
    ours = sum(cosines[p["a"] - 1, p["b"] - 1] for p in match("a.npy", "b.npy", "--one-to-one"))
    print(f"{name}: one-to-one sum over SciPy's ({seconds:.2f} s): {ours / cosines[rows, columns].sum():.9f}", flush=True)

rows = table("sts-benchmark/dev.tsv")
a, b = embed("a", [r[1] for r in rows]), embed("b", [r[2] for r in rows])
cosines, grades = (a * b).sum(1), np.array([float(r[0]) for r in rows])
same = grades >= 4
order = np.argsort(-cosines, kind="stable")
precision = same[order].cumsum() / np.arange(1, len(rows) + 1)
f1, at = best_f1(cosines, same, same.sum())
print(f"STS-B dev, {same.sum()} paraphrases (score >= 4) of {len(rows)} pairs: average precision {precision[same[order]].mean():.3f}, best F1 {f1:.3f} at {at:.3f}")
for t in 0.7, 0.8, 0.85, 0.9, 0.95:
    kept = cosines >= t
    print(f"cosine >= {t}: {kept.sum()} pairs, precision {same[kept].mean():.2f}, recall {same[kept].sum() / same.sum():.2f}, grade below 3: {(grades[kept] < 3).mean():.2f}")
