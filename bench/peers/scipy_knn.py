"""scipy's k-d tree: the 200 nearest of all points, exact, timed for some queries and scaled to all (the tree holds all points).

usage: scipy_knn.py l1|l2 points.npy [queries]
"""
import sys, time

import numpy as np
import scipy
from scipy.spatial import cKDTree

import common

metric, points = sys.argv[1], np.load(sys.argv[2])
queries = min(int(sys.argv[3]) if len(sys.argv) > 3 else 20000, len(points))
t = time.perf_counter()
tree = cKDTree(points)
build = time.perf_counter() - t
t = time.perf_counter()
tree.query(points[:queries], k=201, p=1 if metric == "l1" else 2, workers=-1)
seconds = time.perf_counter() - t
common.report(f"scipy k-d tree {metric}", scipy=scipy.__version__, queries=queries, seconds=build + seconds,
              seconds_for_all=build + seconds * len(points) / queries)
