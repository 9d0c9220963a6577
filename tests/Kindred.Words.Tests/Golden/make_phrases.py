"""Makes phrases.txt from the sample texts, and phrases.json from it with gensim 4.2 (Debian: python3-gensim). Run in this folder: /usr/bin/python3 make_phrases.py"""
import glob
import json
import re
from gensim.models.phrases import Phrases

with open("phrases.txt", "w", encoding="utf-8") as file:
    for path in sorted(glob.glob("../../../samples/helpdesk/*/*.md")):
        for line in open(path, encoding="utf-8"):
            words = re.findall(r"[a-z0-9']+", line.lower())
            if words:
                file.write(" ".join(words) + "\n")
sentences = [line.split() for line in open("phrases.txt", encoding="utf-8")]


def word2phrase(worda_count, wordb_count, bigram_count, len_vocab, min_count, corpus_word_count):
    """The formula of word2phrase.c, and of the paper but for its scale; gensim's own has its number of entries where this has the tokens."""
    return (bigram_count - min_count) / worda_count / wordb_count * corpus_word_count


def table(model):
    return sorted([*phrase.split("_"), model.vocab[phrase], score] for phrase, score in model.export_phrases().items())


default = Phrases(sentences, min_count=3, threshold=2.0)
npmi = Phrases(sentences, min_count=3, threshold=0.6, scoring="npmi")
first = Phrases(sentences, min_count=3, threshold=20.0, scoring=word2phrase)
joined = [first[sentence] for sentence in sentences]
second = Phrases(joined, min_count=3, threshold=20.0, scoring=word2phrase)
with open("phrases.json", "w", encoding="utf-8") as file:
    json.dump({
        "entries": len(default.vocab), "tokens": default.corpus_word_count,
        "default": table(default), "npmi": table(npmi), "word2phrase": table(first), "joined": [" ".join(sentence) for sentence in joined[:400]],
        "joinedTwice": [" ".join(second[sentence]) for sentence in joined[:400]],
    }, file, indent=0)
    file.write("\n")
