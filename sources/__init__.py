"""Places to look: each module turns one kind of source into entries."""
