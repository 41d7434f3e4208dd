"""Room of the page for the history of every sound made: its list, and the acts on its sounds."""
