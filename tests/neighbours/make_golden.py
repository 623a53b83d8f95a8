#!/usr/bin/env python3
"""Writes trustworthiness.json with scikit-learn: make_golden.py [FOLDER]

points, codes: [n][d] numbers that f32 holds exactly, no two distances equal; for several k q_nx from scikit-learn's
neighbours by either distance, and trustworthiness and continuity (the same with the roles swapped) by the Euclidean:
scikit-learn takes another distance for the points only, never for the codes.
"""

import json
import pathlib
import sys

import numpy
import sklearn
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

N, D, KS = 80, 6, (1, 3, 5, 12, 39)

random = numpy.random.default_rng(0)
points = numpy.round(random.normal(size=(N, D)) * 4096) / 4096
codes = numpy.round((points[:, :2] + 0.7 * random.normal(size=(N, 2))) * 65536) / 65536
golden = {"scikit-learn": sklearn.__version__, "points": points.tolist(), "codes": codes.tolist(), "results": []}
for distance, metric in (("l1", "manhattan"), ("l2", "euclidean")):
    for k in KS:
        lists = [NearestNeighbors(n_neighbors=k, metric=metric).fit(x).kneighbors()[1] for x in (points, codes)]
        kept = sum(len(set(a) & set(b)) for a, b in zip(*lists))
        result = {"distance": distance, "k": k, "q_nx": kept / (N * k)}
        if distance == "l2":
            result["trustworthiness"] = trustworthiness(points, codes, n_neighbors=k)
            result["continuity"] = trustworthiness(codes, points, n_neighbors=k)
        golden["results"].append(result)
folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__ + "/..").resolve()
(folder / "trustworthiness.json").write_text(json.dumps(golden) + "\n")
