# Peers of clustering and reduction: fits once to compile what compiles, then measures. usage: clusters.py TASK ROWS.npy [K]
import sys, time, warnings
import numpy as np

warnings.filterwarnings("ignore")
task, rows = sys.argv[1], np.load(sys.argv[2])
k = int(sys.argv[3]) if len(sys.argv) > 3 else 0


def single_linkage(x):
    # the costly part of HDBSCAN by SciPy, where no HDBSCAN is: mutual reachability and its single-linkage tree
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform
    from sklearn.metrics import pairwise_distances
    far = pairwise_distances(x)
    core = np.partition(far, 10, axis=1)[:, 10]
    np.maximum(far, core, out=far)
    np.maximum(far, core[:, None], out=far)
    np.fill_diagonal(far, 0)
    return len(linkage(squareform(far, checks=False), "single"))


def fit(x):
    if task == "kmeans":
        from sklearn.cluster import KMeans
        return KMeans(k, n_init=1, random_state=1).fit(x).inertia_
    if task == "hdbscan":
        try:
            from sklearn.cluster import HDBSCAN
        except ImportError:
            try:
                from hdbscan import HDBSCAN
            except ImportError:
                return single_linkage(x)
        return len(set(HDBSCAN(min_cluster_size=10).fit(x).labels_) - {-1})
    if task == "umap":
        from umap import UMAP
        from sklearn.manifold import trustworthiness
        global places
        places = UMAP(random_state=None if k else 1).fit_transform(x)
        return 0
    if task == "tsne":
        from sklearn.manifold import TSNE
        return TSNE(init="pca", random_state=1, n_jobs=-1).fit(x).kl_divergence_
    raise SystemExit("tasks: kmeans hdbscan umap tsne")


fit(rows[:300])
start = time.perf_counter()
value = fit(rows)
seconds = time.perf_counter() - start
if task == "umap":
    from sklearn.manifold import trustworthiness
    part = np.random.RandomState(1).permutation(len(rows))[:2000]
    value = trustworthiness(rows[part], places[part])
print(seconds, value)
