"""What a server frees goes back to the system."""

import subprocess
import sys

_GROW_AND_FREE = """
from webapp.memory import _resident_bytes, return_freed_memory

kept = []

class Stop:
    looks = 0
    def wait(self, _seconds):
        self.looks += 1
        if self.looks == 1:
            parts = [bytearray(50_000) for _ in range(1000)]
            kept.extend(parts[::20])
            del parts
            self.held = _resident_bytes()
        return self.looks == 2

stop = Stop()
return_freed_memory(stop)
print(stop.held - _resident_bytes())
"""


def test_memory_freed_between_what_is_used_is_returned():
    """In a process of its own, whose memory nothing else has divided."""
    command = [sys.executable, "-c", _GROW_AND_FREE]
    freed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert int(freed) > 30_000_000
