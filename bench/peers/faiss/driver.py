"""FAISS on the files of the ann benchmark. bench/README.md says how to install and run it.

usage: driver.py BASE.fvecs QUERIES.fvecs TRUTH.ivecs l2|ip FACTORY THREADS NPROBE...
FACTORY is FAISS's index string, such as IVF1024,Flat, IVF1024,PQ25 or Flat. A JSON line for each NPROBE, with queries asked one by one.
Without NPROBE, numbers are read from stdin and each is answered by one line, so that another program can take turns with it.
"""
import json, sys, time
import faiss, numpy as np


def rows(path, kind):
    flat = np.fromfile(path, dtype=np.int32)
    return np.ascontiguousarray(flat.reshape(-1, flat[0] + 1)[:, 1:].view(kind))


base, queries, truth = rows(sys.argv[1], np.float32), rows(sys.argv[2], np.float32), rows(sys.argv[3], np.int32)
metric = {"l2": faiss.METRIC_L2, "ip": faiss.METRIC_INNER_PRODUCT}[sys.argv[4]]
k = 10
faiss.omp_set_num_threads(faiss.omp_get_max_threads())
start = time.perf_counter()
index = faiss.index_factory(base.shape[1], sys.argv[5], metric)
index.train(base)
index.add(base)
build = time.perf_counter() - start
bytes_per_vector = faiss.serialize_index(index).nbytes / len(base)
threads = int(sys.argv[6])
faiss.omp_set_num_threads(threads)
likeness = (lambda q, ids: (base[ids] @ q)) if metric == faiss.METRIC_INNER_PRODUCT else (lambda q, ids: -((base[ids] - q) ** 2).sum(1))


def measure(nprobe):
    if hasattr(index, "nprobe"):
        index.nprobe = nprobe
    index.search(queries[:50], k)
    start = time.perf_counter()
    if threads == 1:
        # straight into the C++ call: no arrays are made between two queries
        scores, ids = np.empty((len(queries), k), np.float32), np.empty((len(queries), k), np.int64)
        call, at = index.search_c, [faiss.swig_ptr(m) for m in (queries, scores, ids)]
        for q in range(len(queries)):
            call(1, faiss.swig_ptr(queries[q:q + 1]), k, faiss.swig_ptr(scores[q:q + 1]), faiss.swig_ptr(ids[q:q + 1]))
    else:
        scores, ids = index.search(queries, k)
    took = time.perf_counter() - start
    right = 0
    for q in range(len(queries)):
        # as near as the k-th true neighbour counts, so that duplicates may stand in for each other
        farthest = likeness(queries[q], truth[q, k - 1:k])[0]
        got = ids[q][ids[q] >= 0]
        right += min(k, int(((likeness(queries[q], got) >= farthest - 1e-6 * abs(farthest)) | np.isin(got, truth[q, :k])).sum()))
    print(json.dumps({"index": sys.argv[5], "nprobe": nprobe, "threads": threads, "recall": right / (k * len(queries)), "qps": round(len(queries) / took, 1),
                      "buildSeconds": round(build, 1), "bytesPerVector": round(bytes_per_vector, 1)}), flush=True)


for nprobe in map(int, sys.argv[7:]):
    measure(nprobe)
if len(sys.argv) == 7:
    for line in sys.stdin:
        measure(int(line))
