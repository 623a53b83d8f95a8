"""openTSNE's map of all training images, with its default settings; timed from the pixels in memory to the codes.

usage: opentsne_map.py codes.npy
"""
import sys, time

import numpy as np
import openTSNE

import common

x = np.ascontiguousarray(common.images().astype(np.float32) / 255)
openTSNE.TSNE(n_jobs=-1).fit(x[:2000])  # compiles and loads what it needs
t = time.perf_counter()
codes = openTSNE.TSNE(n_jobs=-1).fit(x)
seconds = time.perf_counter() - t
np.save(sys.argv[1], np.asarray(codes).astype(np.float32))
common.report("openTSNE", openTSNE=openTSNE.__version__, seconds=seconds)
