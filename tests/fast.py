"""Where the tests keep what they throw away."""

from __future__ import annotations

import os
import shutil
import tempfile

_MEMORY = "/dev/shm"
_ENOUGH = 4 * 2**30

#: In memory where there is room for it: copying a database and making its writes last is most of a small test on a slow disk.
FOLDER = (
    _MEMORY
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH
    else tempfile.gettempdir()
)
