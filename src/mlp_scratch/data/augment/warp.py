"""Moving the pixels of many pictures at once: where to look, and what is seen there.

A warp is told backwards: for every pixel of the new picture, the place in the old one that it
shows. Affine maps give such places as one small matrix product; elastic fields push them about;
bilinear interpolation reads the old picture there. Work goes through in chunks of pictures whose
arrays stay in the processor's cache, and every array is allocated once.
"""

import math
from collections.abc import Sequence

import numpy as np

CHUNK_PIXELS = 32 * 28 * 28  # small enough for the cache, large enough to hide NumPy's call times
PAD = 1  # zeros before the first row and column; one more after the last


class Warp:
    """Reads pictures at given places: bilinear, with zeros outside the picture.

    images (n, features) rows of h*w or h*w*c pixels, row-major, channels interleaved; any real
    dtype, computed in float32. Places are (row, column) in pixels, (0, 0) the centre of the first.
    Holds buffers: one instance belongs to one thread.
    """

    def __init__(self, image_shape: Sequence[int]) -> None:
        if len(image_shape) not in (2, 3) or min(image_shape) < 1:
            raise ValueError(f"image_shape must be (h, w) or (h, w, c), got {tuple(image_shape)}")
        self.h, self.w, self.channels = (*image_shape, 1)[:3]
        pixels = self.h * self.w
        self.chunk = chunk = max(1, CHUNK_PIXELS // pixels)

        rows, columns = np.divmod(np.arange(pixels), self.w)
        self._grid = np.stack([rows, columns, np.ones(pixels)]).astype(np.float32)

        # Padded pictures: places are clipped to the frame of zeros, so every one of them has its
        # four neighbours, and whatever lies outside is 0 without a test.
        self._padded = np.zeros((chunk, self.h + 3, self.w + 3), np.float32)
        self._starts = np.arange(chunk, dtype=np.float32)[:, None] * self._padded[0].size
        self._places = np.empty((2, chunk, pixels), np.float32)
        self._corners = np.empty((2, chunk, pixels), np.float32)
        self._index = np.empty((chunk, pixels), np.intp)
        self._neighbours = np.empty((4, chunk, pixels), np.float32)

    def affine_places(self, maps: np.ndarray) -> np.ndarray:
        """Places (2, n, pixels) under affine maps (2, n, 3), n <= chunk.

        ``row = maps[0] @ (y, x, 1)``, ``column = maps[1] @ (y, x, 1)``.
        Returns a buffer that the next call overwrites; add a displacement to it freely.
        """
        return np.matmul(maps, self._grid, out=self._places[:, : maps.shape[1]])

    def sample(self, images: np.ndarray, places: np.ndarray, out: np.ndarray) -> np.ndarray:
        """Read ``images`` (n, features) at ``places`` (2, n, pixels), n <= chunk, into ``out``.

        ``places`` is overwritten. ``out`` (n, features) is floating, or uint8, which is rounded
        to the nearest; it may be ``images`` itself.
        """
        if not out.flags.c_contiguous:
            raise ValueError("out must be C-contiguous: it is written through a reshaped view")
        n = len(images)
        padded, width = self._padded[:n], self.w + 3
        table = padded.reshape(-1)
        corners, index = self._corners[:, :n], self._index[:n]

        places += PAD
        np.clip(places[0], 0, self.h + PAD, out=places[0])
        np.clip(places[1], 0, self.w + PAD, out=places[1])
        np.floor(places, out=corners)
        places -= corners  # now the fractions: the weights
        fy, fx = places
        corners[0] *= width  # float32 holds integers up to 2**24
        corners[0] += corners[1]
        corners[0] += self._starts[:n]
        np.copyto(index, corners[0], casting="unsafe")

        source = images.reshape(n, self.h, self.w, self.channels)
        target = out.reshape(n, self.h * self.w, self.channels)
        top, right, bottom, corner = self._neighbours[:, :n]
        inside = padded[:, PAD : PAD + self.h, PAD : PAD + self.w]
        for channel in range(self.channels):
            inside[...] = source[..., channel]
            # All indices are valid; "wrap" is merely NumPy's fastest way to write into out=.
            np.take(table, index, mode="wrap", out=top)
            np.take(table[1:], index, mode="wrap", out=right)
            np.take(table[width:], index, mode="wrap", out=bottom)
            np.take(table[width + 1 :], index, mode="wrap", out=corner)
            right -= top  # between the upper two
            right *= fx
            top += right
            corner -= bottom  # between the lower two
            corner *= fx
            bottom += corner
            bottom -= top  # between those
            bottom *= fy
            if out.dtype == np.uint8:
                bottom += 0.5
                top += bottom
                np.copyto(target[..., channel], top, casting="unsafe")
            else:
                np.add(top, bottom, out=target[..., channel])
        return out


def affine_maps(
    image_shape: Sequence[int],
    rotation: np.ndarray,
    shear: np.ndarray,
    scale_y: np.ndarray,
    scale_x: np.ndarray,
    shift_y: np.ndarray,
    shift_x: np.ndarray,
) -> np.ndarray:
    """Maps (2, n, 3) of new places to old ones, for pictures that are scaled, then sheared, then
    turned about their centre, then shifted.

    rotation and shear in radians: counter-clockwise as seen; columns move right by tan(shear) a
    row. scale is the size afterwards over the size before (negative: mirrored). shift in pixels,
    downwards and to the right. All of shape (n,).
    """
    # new = c + t + R H S (old - c), with (y, x) vectors, so old = c + S^-1 H^-1 R^-1 (new - c - t)
    cos, sin, slope = np.cos(rotation), np.sin(rotation), np.tan(shear)
    maps = np.empty((2, len(rotation), 3))
    maps[0, :, 0] = cos / scale_y
    maps[0, :, 1] = sin / scale_y
    maps[1, :, 0] = (-sin - slope * cos) / scale_x
    maps[1, :, 1] = (cos - slope * sin) / scale_x
    centre_y, centre_x = (image_shape[0] - 1) / 2, (image_shape[1] - 1) / 2
    y, x = centre_y + shift_y, centre_x + shift_x
    maps[0, :, 2] = centre_y - maps[0, :, 0] * y - maps[0, :, 1] * x
    maps[1, :, 2] = centre_x - maps[1, :, 0] * y - maps[1, :, 1] * x
    return maps.astype(np.float32)


class ElasticField:
    """Displacement fields of Simard et al. 2003: white noise, uniform in [-1, 1] at every pixel,
    blurred by a Gaussian of ``sigma`` pixels, times ``alpha`` pixels; one field for rows, one for
    columns.

    The blur leaves only the few lowest frequencies, so only these are drawn. In an orthonormal
    Fourier basis white noise is white noise again, of the same variance 1/3, and the blur is a
    factor exp(-sigma^2 omega^2 / 2) for each frequency; a 28x28 field with sigma 4 takes 9x9
    numbers instead of a blurred plane of thousands. The coefficients are sums over all pixels,
    hence drawn as normals. The plane on which the noise lives is wider than the picture by five
    sigma, so its opposite edges, which touch, know nothing of each other, and the field is as
    strong at the border as in the middle.
    Standard deviation of a displacement: alpha / (sigma sqrt(12 pi)), 1.38 pixels at 34 and 4.
    Holds buffers: one instance belongs to one thread.
    """

    def __init__(
        self, image_shape: Sequence[int], chunk: int, sigma_min: float, sigma_max: float
    ) -> None:
        self.h, self.w = image_shape[:2]
        size = max(self.h, self.w)
        period = 2 * math.ceil((size + 5 * sigma_max) / 2) + 1  # odd: sines and cosines pair up
        # The variance beyond frequency omega is erfc(sigma omega) of the whole; erfc(2.33) < 1e-3.
        count = math.ceil(2.33 * period / (2 * math.pi * sigma_min) - 0.5)
        omega = 2 * np.pi / period * np.arange(1, min(count, period // 2) + 1)
        phase = omega[:, None] * np.arange(size)
        waves = [np.full((1, size), math.sqrt(0.5)), np.cos(phase), np.sin(phase)]
        basis = np.concatenate(waves) * math.sqrt(2 / period)
        self._along_x = np.ascontiguousarray(basis[:, : self.w], np.float32)  # (modes, w)
        self._along_y = np.ascontiguousarray(basis[:, : self.h].T, np.float32)  # (h, modes)
        self._omega = np.concatenate([[0.0], omega, omega])

        modes = len(basis)
        self._noise = np.empty(2 * chunk * modes * modes, np.float32)
        self._half = np.empty(2 * chunk * modes * self.w, np.float32)
        self._field = np.empty(2 * chunk * self.h * self.w, np.float32)

    def draw(self, alpha: np.ndarray, sigma: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Fields (2, n, h*w) in pixels for n <= chunk pictures with their own alpha, sigma (n,).

        Returns a buffer that the next call overwrites.
        """
        n, modes = len(alpha), len(self._omega)
        noise = self._noise[: 2 * n * modes * modes]
        rng.standard_normal(out=noise, dtype=np.float32)
        noise = noise.reshape(2, n, modes, modes)
        gain = np.exp(-0.5 * np.square(np.multiply.outer(sigma, self._omega)))  # (n, modes)
        scaled = gain * (alpha / math.sqrt(3))[:, None]
        noise *= (scaled[:, :, None] * gain[:, None, :]).astype(np.float32)

        half = self._half[: 2 * n * modes * self.w]
        np.matmul(noise.reshape(-1, modes), self._along_x, out=half.reshape(-1, self.w))
        field = self._field[: 2 * n * self.h * self.w].reshape(2, n, self.h, self.w)
        np.matmul(self._along_y, half.reshape(2, n, modes, self.w), out=field)
        return field.reshape(2, n, self.h * self.w)
