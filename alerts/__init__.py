"""Ways to speak: who hears what, what a mail says, and the channels that carry it."""
