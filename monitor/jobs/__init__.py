"""The use cases, and the seam to any engine: each job takes ids and ``now``, and is safe to repeat.

A job owns its transactions, returns a small value, and raises only for bugs.
"""
