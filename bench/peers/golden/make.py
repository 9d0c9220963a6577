"""Golden files by NumPy and FAISS. Row i holds ((31 i + 17 j) mod 101 - 50) / 8 at component j."""
import os
import sys

import faiss
import numpy as np

out = sys.argv[1]
faiss.omp_set_num_threads(1)


def rows(n, d):
    i, j = np.mgrid[0:n, 0:d]
    return (((31 * i + 17 * j) % 101 - 50) / 8).astype(np.float32)


def at(name):
    return os.path.join(out, name)


x = rows(20, 6)
np.savez(at("numpy.npz"), base=x, half=x[:4].astype(np.float16))
np.savez_compressed(at("numpy-deflated.npz"), base=x)
np.save(at("numpy-int8.npy"), np.arange(-6, 6, dtype=np.int8).reshape(3, 4))

for name, index in (("l2", faiss.IndexFlatL2(6)), ("ip", faiss.IndexFlatIP(6))):
    index.add(x)
    faiss.write_index(index, at(f"faiss-flat-{name}.index"))

mapped = faiss.IndexIDMap(faiss.IndexFlatL2(6))
mapped.add_with_ids(x, np.arange(20, dtype=np.int64) * 10 + 7)
faiss.write_index(mapped, at("faiss-idmap.index"))

h = faiss.IndexHNSWFlat(6, 4)
h.add(rows(60, 6))
faiss.write_index(h, at("faiss-hnsw.index"))
levels = faiss.vector_to_array(h.hnsw.levels)
offsets = faiss.vector_to_array(h.hnsw.offsets)
neighbours = faiss.vector_to_array(h.hnsw.neighbors)
cum = faiss.vector_to_array(h.hnsw.cum_nneighbor_per_level)
with open(at("faiss-hnsw.links"), "w") as f:
    for node in range(60):
        for level in range(levels[node]):
            first = int(offsets[node])
            links = neighbours[first + cum[level]: first + cum[level + 1]]
            print(node, level, *[n for n in links if n >= 0], file=f)

for name, count in (("full", 4), ("sparse", 16)):
    ivf = faiss.IndexIVFFlat(faiss.IndexFlatL2(6), 6, count)
    ivf.cp.min_points_per_centroid = 1
    ivf.train(x)
    # three vectors only, so that most lists stay empty
    part = x if name == "full" else x[:3]
    ivf.add_with_ids(part, np.arange(len(part), dtype=np.int64) + 100)
    if name == "full":
        ivf.set_direct_map_type(faiss.DirectMap.Hashtable)
    faiss.write_index(ivf, at(f"faiss-ivf-{name}.index"))

faiss.write_index(faiss.IndexHNSWFlat(6, 4), at("faiss-hnsw-empty.index"))

lsh = faiss.IndexLSH(6, 16)
lsh.add(x)
faiss.write_index(lsh, at("faiss-lsh.index"))
