"""What ``inspect`` shows of a run: each view reads the run, asks ``insight/``, and has it drawn."""
