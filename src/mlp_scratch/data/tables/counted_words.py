"""How many different words a column has, where the words themselves are not asked for."""

from collections.abc import Iterable

import numpy as np


class CountedWords:
    """Keeps the hash of each word, 8 bytes, in the place of some 200 for the word in a dictionary.

    different: how many there are, None from ``most`` words or ``most_letters`` letters on. Hashes
    have 64 bits: of ten thousand words two have the same once in 10^11 columns.
    """

    def __init__(self, most: int, most_letters: int) -> None:
        self._hashes, self._letters = np.empty(0, np.int64), 0
        self._most, self._most_letters = most, most_letters
        self.different: int | None = 0

    def add(self, words: Iterable[str]) -> None:
        if self.different is None:
            return
        known = {*self._hashes.tolist()}
        new = {word for word in words if hash(word) not in known}
        self._letters += sum(map(len, new))
        self._hashes = np.append(self._hashes, np.array([*map(hash, new)], np.int64))
        self.different = len(self._hashes)
        if self.different > self._most or self._letters > self._most_letters:
            self._hashes, self.different = np.empty(0, np.int64), None
