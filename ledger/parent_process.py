"""Lets a process end with the one that started it, also where that one is killed by SIGKILL."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
"""Linux: the signal that a process gets when the thread that started it ends."""


def end_with(parent_id: int) -> None:
    """Ask the system to send this process SIGTERM when its parent ends; at once if it has ended.

    `parent_id` is the process that started this one, as it said itself.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent_id:
        os.kill(os.getpid(), signal.SIGTERM)
