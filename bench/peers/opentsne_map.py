"""openTSNE's map of points, with its default settings; timed from the points in memory to the codes. Bytes are pixels.

usage: opentsne_map.py points.npy codes.npy
"""
import sys, time

import numpy as np
import openTSNE

import common

x = np.load(sys.argv[1])
x = np.ascontiguousarray(x.astype(np.float32) / (255 if x.dtype == np.uint8 else 1))
openTSNE.TSNE(n_jobs=-1).fit(x[:2000])  # compiles and loads what it needs
t = time.perf_counter()
codes = openTSNE.TSNE(n_jobs=-1).fit(x)
seconds = time.perf_counter() - t
np.save(sys.argv[2], np.asarray(codes).astype(np.float32))
common.report("openTSNE", openTSNE=openTSNE.__version__, seconds=seconds)
