"""Reads a table of pixels with pandas.

usage: pandas_csv.py FILE
"""
import sys, time

import pandas

from common import report

start = time.perf_counter()
table = pandas.read_csv(sys.argv[1])
labels, pixels = table["label"].to_numpy(), table.drop(columns="label").to_numpy("uint8")
report("pandas", rows=len(pixels), seconds=time.perf_counter() - start)
