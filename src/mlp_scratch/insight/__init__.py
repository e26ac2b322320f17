"""Looking into a network: what its layers do, how it learned, what goes wrong, what a decision
rests on. Numbers alone; pictures of them are drawn in ``report/pictures/``.
"""
