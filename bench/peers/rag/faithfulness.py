"""How well `kindred eval rag` tells answer sentences that their passages support from those they do not, kind by kind.
Usage: python3 faithfulness.py SHARED_DATA KINDRED [ROWS]; 200 rows of each kind, drawn with a fixed seed. Prints the share that is taken for supported.
Passages: a paragraph of XQuAD, or a long sentence of WikiSplit among three others; changed sentences are true ones with one number, one name or the negation changed."""
import gzip
import json
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile

data, kindred, rows = sys.argv[1], shlex.split(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 200
draw = random.Random(7)
VERB = re.compile(r"\b(is|are|was|were|has|have|had|can|could|will|would|did|does|do|may|must|should)\b")
NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b")
NUMBER = re.compile(r"(?<![\w.,])\d{1,4}(?![\w.,]*\d)")


def sentences(text):
    return [s for s in re.split(r"(?<=[a-z0-9)\"][.!?])\s+(?=[A-Z\"])", text) if len(s.split()) >= 5]


def number(s):
    found = list(NUMBER.finditer(s))
    if not found:
        return None
    at = draw.choice(found)
    return s[: at.start()] + str(int(at[0]) + draw.choice([-3, -2, -1, 1, 2, 3, 7, 10])).replace("-", "") + s[at.end():]


def name(s):
    found = list(NAME.finditer(s))
    if not found:
        return None
    at = draw.choice(found)
    return s[: at.start()] + draw.choice([n for n in names if n not in s]) + s[at.end():]


def negation(s):
    if re.search(r"\b(not|no|never|n't|without|neither|nor|none|cannot)\b", s):
        return None
    at = VERB.search(s)
    return at and s[: at.end()] + " not" + s[at.end():]


paragraphs = [json.loads(line) for line in open(os.path.join(data, "xquad/docs.jsonl"), encoding="utf-8")]
questions = [line.rstrip("\n").split("\t") for line in gzip.open(os.path.join(data, "xquad/queries-dev.tsv.gz"), "rt", encoding="utf-8")][1:]
splits = [line.rstrip("\n").split("\t") for line in gzip.open(os.path.join(data, "wiki-split/dev.tsv.gz"), "rt", encoding="utf-8")][1:]
names = sorted({n for p in paragraphs for n in NAME.findall(p["text"])})
by_id = {str(p["id"]): p for p in paragraphs}
holding = []   # the sentence that holds the answer, and its paragraph
for q in questions:
    p = by_id[q[1]]
    found = [s for s in sentences(p["text"]) if q[-1] in s]
    if found:
        holding.append((found[0], p))
holding = list({s: (s, p) for s, p in holding}.values())
draw.shuffle(holding)
# many a half tells more than the long sentence: only those count whose names and numbers it has
splits = [(a, b) for a, b in splits if set(re.findall(r"\b[A-Z]\w+|\w*\d\w*", b)) <= set(re.findall(r"\w+", a)) | {"It", "He", "She", "They", "The", "This", "His", "Her", "In", "A"}]
long_ones = [(a, b.split("  "), [splits[(i + k) % len(splits)][0] for k in (11, 23, 37)]) for i, (a, b) in enumerate(splits)]


def others(p, same):
    return [s for o in paragraphs if o is not p and (o["title"] == p["title"]) == same for s in sentences(o["text"])]


kinds = {
    "supported: the very sentence": [(s, [p["text"]]) for s, p in holding],
    "supported: a long sentence's two halves": [(" ".join(b), [a, *more]) for a, b, more in long_ones],
    "supported: two sentences in one": [(a, [" ".join(b), *more]) for a, b, more in long_ones],
    "not: of another article": [(draw.choice(others(p, False)), [p["text"]]) for _, p in holding],
    "not: of the same article, another paragraph": [(draw.choice(others(p, True)), [p["text"]]) for _, p in holding if others(p, True)],
    "not: a number changed": [(c, [p["text"]]) for s, p in holding if (c := number(s))],
    "not: a name changed": [(c, [p["text"]]) for s, p in holding if (c := name(s))],
    "not: negated": [(c, [p["text"]]) for s, p in holding if (c := negation(s))],
    "not: a half, a number changed": [(c, [a, *more]) for a, b, more in long_ones for s in b[:1] if (c := number(s))],
    "not: a half, a name changed": [(c, [a, *more]) for a, b, more in long_ones for s in b[:1] if (c := name(s))],
    "not: a half, negated": [(c, [a, *more]) for a, b, more in long_ones for s in b[:1] if (c := negation(s))],
}
total = {"supported": [], "not": []}
with tempfile.TemporaryDirectory() as folder:
    for kind, pairs in kinds.items():
        path = os.path.join(folder, "rows.jsonl")
        with open(path, "w", encoding="utf-8") as out:
            for answer, contexts in pairs[:rows]:
                out.write(json.dumps({"answer": answer, "contexts": contexts}) + "\n")
        run = subprocess.run([*kindred, "eval", "rag", "--in", path, "--json"], capture_output=True, text=True, check=True)
        got = json.loads(run.stdout.splitlines()[0])
        total[kind.split(":")[0]].append(got["value"])
        print(f"{kind:46} {got['value']:.3f}  ({got['n']} rows)", flush=True)
yes, no = (sum(v) / len(v) for v in (total["supported"], total["not"]))
print(f"supported taken for supported {yes:.3f}, not supported taken for supported {no:.3f}, accuracy {(yes + 1 - no) / 2:.3f} (kinds weigh the same)")
