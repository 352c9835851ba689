"""Runs a command and prints one JSON line: its CPU seconds (user and system, children included), wall seconds, peak memory,
exit code and the last line of its output. usage: measure.py COMMAND [ARGUMENT…]"""
import json
import resource
import subprocess
import sys
import tempfile
import time

with tempfile.TemporaryFile() as out:
    start = time.perf_counter()
    code = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=out).returncode
    wall = time.perf_counter() - start
    out.seek(0)
    last = b""
    for line in out:
        last = line
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({
    "cpu": used.ru_utime + used.ru_stime,
    "wall": wall,
    "peak_mib": used.ru_maxrss / 1024,
    "code": code,
    "last": last.decode("utf-8", "replace").strip(),
}))
