"""Makes the files of this folder with gensim 4.2 and numpy (Debian: python3-gensim). Run in this folder: /usr/bin/python3 make.py"""
import json
import numpy as np
from gensim.models import FastText, KeyedVectors
from gensim.models.fasttext import save_facebook_model

WORDS = ["the", "king", "queen", "man", "woman", "prince", "apple", "pear", "na\u00efve", "\u6771\u4eac", "\u043c\u043e\u0441\u043a\u0432\u0430", "\U0001f389"]
random = np.random.default_rng(6)
rows = random.normal(size=(len(WORDS), 7)).astype(np.float32)
rows[2] = rows[1] - rows[3] + rows[4] + random.normal(scale=0.1, size=7)
vectors = KeyedVectors(7)
vectors.add_vectors(WORDS, rows)
vectors.save_word2vec_format("gensim-words.txt", binary=False)
vectors.save_word2vec_format("gensim-words.bin", binary=True)
vectors.save("gensim-words.kv")


def hits(found):
    return [[word, float(score)] for word, score in found]


odd = [["king", "queen", "apple", "prince"], ["apple", "pear", "man"], ["the", "king"]]
answers = {
    "words": WORDS,
    "rows": rows.tolist(),
    "similarity": [[float(vectors.similarity(a, b)) for b in WORDS] for a in WORDS],
    "neighbors": {word: hits(vectors.most_similar(word, topn=5)) for word in WORDS},
    "add": hits(vectors.most_similar(positive=["king", "woman"], negative=["man"], topn=5)),
    "mul": hits(vectors.most_similar_cosmul(positive=["king", "woman"], negative=["man"], topn=5)),
    "odd": [[group, vectors.doesnt_match(group), [[word, float(score)] for score, word in vectors.rank_by_centrality(group)]] for group in odd],
}

corpus = [[WORDS[i] for i in random.integers(0, len(WORDS), 8)] for _ in range(60)]
model = FastText(corpus, vector_size=6, window=3, min_count=1, epochs=2, bucket=120, min_n=2, max_n=4, workers=1, seed=3)
save_facebook_model(model, "gensim-fasttext.bin")
asked = WORDS + ["kings", "womanly", "unseen", "\u6771", "na\u00efvet\u00e9", "x"]
answers["subwords"] = {word: [float(x) for x in model.wv.get_vector(word)] for word in asked}

# SIF (Arora and others 2017) by numpy alone: weights a / (a + p), the first singular vector of the sentences taken out
counts = list(range(1200, 0, -100))
total = sum(counts)
sentences = ["the king and the queen", "man woman", "apple pear apple", "na\u00efve \u6771\u4eac prince", "the woman the apple", "king"]
index = {word: i for i, word in enumerate(WORDS)}
means = []
for sentence in sentences:
    known = [index[word] for word in sentence.split() if word in index]
    means.append(sum(1e-3 / (1e-3 + counts[i] / total) * rows[i].astype(np.float64) for i in known) / len(known))
means = np.array(means)
common = np.linalg.svd(means, full_matrices=False)[2][:1]
answers["sif"] = {"counts": counts, "sentences": sentences, "means": means.tolist(), "vectors": (means - means @ common.T @ common).tolist()}

# all-but-the-top (Mu and Viswanath 2018): the mean and the first two principal components of the words taken out
mean = rows.astype(np.float64).mean(axis=0)
centred = rows - mean
top = np.linalg.svd(centred, full_matrices=False)[2][:2]
answers["allButTheTop"] = (centred - centred @ top.T @ top).tolist()

with open("answers.json", "w", encoding="utf-8") as file:
    json.dump(answers, file, ensure_ascii=False, indent=0)
