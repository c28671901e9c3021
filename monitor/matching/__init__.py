"""Decides which schools an entry is about, and how sure that is.

``Matcher`` is compiled over all schools that watch a source and finds them in one pass. A full name, a
handle, a domain or a name in another script is enough by itself; a bare name, which may be an estate or a
pub, is weighed by the words near it. Other schools' names never count as ours.
"""

from __future__ import annotations

from monitor.matching.checks import problems
from monitor.matching.hints import Hints
from monitor.matching.matcher import Matcher

__all__ = ["Hints", "Matcher", "problems"]
