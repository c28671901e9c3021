"""The configuration: find it, read it, say everything that is wrong with it at once.

The only reader of configuration files, secrets and the environment. Three steps, each complete before the
next: the files (``reading``), their shape (``shape``), and whether the whole makes sense (``sense``). What
only the real world can tell (does the server let us in?) is asked by ``check --online``, not here.
"""

from __future__ import annotations

from monitor.config.base import Check, Config, MailConfig, SchoolConfig, SourceConfig
from monitor.config.learned import accept, forget
from monitor.config.loading import load
from monitor.config.reading import locate
from monitor.config.secret import secret_problems
from monitor.config.surroundings import Surroundings, surroundings

__all__ = [
    "Check",
    "Config",
    "MailConfig",
    "SchoolConfig",
    "SourceConfig",
    "Surroundings",
    "accept",
    "forget",
    "load",
    "locate",
    "secret_problems",
    "surroundings",
]
