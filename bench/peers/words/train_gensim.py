"""Trains word2vec with gensim and prints one line of JSON: python3 train_gensim.py CORPUS OUT.txt sgns|cbow [--hs] [--threads N] [--epochs N]"""
import argparse
import json
import time

from gensim.models import Word2Vec
from gensim.models.callbacks import CallbackAny2Vec

p = argparse.ArgumentParser()
p.add_argument("corpus")
p.add_argument("out")
p.add_argument("method", choices=["sgns", "cbow"])
p.add_argument("--hs", action="store_true")
p.add_argument("--threads", type=int, default=2)
p.add_argument("--epochs", type=int, default=1)
p.add_argument("--seed", type=int, default=1)
a = p.parse_args()

model = Word2Vec(vector_size=100, window=5, negative=0 if a.hs else 5, hs=int(a.hs), sg=int(a.method == "sgns"), min_count=5,
                 workers=a.threads, seed=a.seed, sample=1e-3, alpha=0.025 if a.method == "sgns" else 0.05)
begun = time.perf_counter()
model.build_vocab(corpus_file=a.corpus)
built = time.perf_counter()
model.train(corpus_file=a.corpus, total_examples=model.corpus_count, total_words=model.corpus_total_words, epochs=a.epochs)
ended = time.perf_counter()
tokens = sum(model.wv.get_vecattr(w, "count") for w in model.wv.index_to_key) * a.epochs
model.wv.save_word2vec_format(a.out)
print(json.dumps({"peer": "gensim", "vocabulary": len(model.wv), "tokens": int(tokens), "vocabularySeconds": built - begun,
                  "seconds": ended - built, "tokensPerSecond": tokens / (ended - built)}))
