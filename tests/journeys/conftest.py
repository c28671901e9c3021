"""The whole house, for every journey."""

from __future__ import annotations

from play import grader, play

__all__ = ["grader", "play"]
