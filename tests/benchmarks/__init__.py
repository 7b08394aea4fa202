"""How fast things are: models of known size, and the program that measures."""
