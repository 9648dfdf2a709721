"""Where the tests keep what they throw away."""

from __future__ import annotations

import os
import shutil

_MEMORY, _ENOUGH = "/dev/shm", 4 * 2**30

#: A folder in memory where there is room for it, else None: copying a database and making its writes last is most of a small
#: test on a slow disk.
MEMORY = _MEMORY if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH else None
