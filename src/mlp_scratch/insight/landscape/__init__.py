"""The loss around a trained network and between two of them, point by point."""
