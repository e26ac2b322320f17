"""Matrix products in tiles of rows, for a BLAS that is faster at small products.

OpenBLAS copies both factors into an order of its own before it multiplies, which pays for large
products only. Up to ``small`` multiplications its kernels for AVX-512 leave the copies out; so
``y = x W`` with 32 rows of x is a quarter faster as four products of 8 rows. NumPy runs through a
stack of products in one call. The last bits depend on the tiles, as they do on the kernel.
"""

import numpy as np

MOST_TILES = 8  # the second factor is read again for every tile ...
TALL_TILE = 48  # ... which tall tiles make up for


def tile_count(rows: int, inner: int, columns: int, small: int) -> int:
    """Into how many tiles of rows a (rows, inner) x (inner, columns) product should go; mostly 1.

    small: most multiplications of a product that BLAS counts as small; 0 where it knows none.
    """
    if small == 0 or rows * inner * columns <= small:
        return 1
    most = small // (inner * columns)  # rows of a tile
    height = next((h for h in range(min(most, rows), 0, -1) if rows % h == 0), rows)
    tiles = rows // height
    return tiles if tiles <= MOST_TILES or height >= TALL_TILE else 1


def product(a: np.ndarray, b: np.ndarray, out: np.ndarray, tiles: int = 1) -> np.ndarray:
    """out = a b, the rows of a and out in so many tiles; returns out."""
    if tiles == 1:
        return a.dot(b, out=out)  # half a microsecond less than np.matmul
    stack = a.reshape(tiles, -1, a.shape[1])
    np.matmul(stack, b, out=out.reshape(tiles, -1, out.shape[1]))
    return out
