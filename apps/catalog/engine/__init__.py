"""The engine of the catalogue: embedding, index, search. No Django in here; configuration is passed in."""
