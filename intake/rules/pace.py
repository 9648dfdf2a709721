"""How long somebody waits who asked often in vain: a little longer each time, never for good."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """`free` failures cost nothing; after them each doubles the wait, from 2 seconds up to `longest` (seconds)."""

    free: int
    longest: int

    def wait(self, failures: int) -> int:
        """Seconds to wait after so many failures."""
        if failures < self.free:
            return 0
        return min(self.longest, 1 << min(failures - self.free + 1, 16))
