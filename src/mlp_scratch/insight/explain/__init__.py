"""What one decision rests on, and which columns a network goes by: numbers alone."""
