"""Who is measured. Each module has one class ``Peer(cell, data, threads)``.

The constructor loads, compiles and warms up; ``epoch()`` trains once over the data and returns the
mean loss and the accuracy over its batches. What a peer imports, only its own process imports.
"""
