"""A small invented web about a fictional school, to show the whole product offline in a minute."""
