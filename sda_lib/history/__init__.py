"""History of every sound made: recipes in a database, sounds as FLAC beside it, below the user's folder."""
