"""What went wrong in a training: rules, each with its evidence and an override to try."""
