"""A configuration-driven laboratory for multilayer perceptrons, written in NumPy alone."""

__version__ = "0.1.0"
