"""Commands: every act of the page, found by words, and the sheet of all keys."""
