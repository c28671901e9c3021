"""The house: what happens, in which order, and what is remembered."""

__version__ = "0.1.0"
