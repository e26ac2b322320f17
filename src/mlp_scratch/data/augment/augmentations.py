"""Pictures that are never the same twice: shifted, turned, sheared, scaled, bent.

Every picture of a batch draws its own parameters, and its own field where one is used. All
randomness comes from the generator that is passed in, so the same generator state and the same
batch give the same bits, and nothing is remembered from one batch to the next.

Each class is built from the shape of the picture, (h, w) or (h, w, c), and its hyperparameters;
``apply(images, labels, rng, out)`` fills and returns ``out``:
    images (n, features) uint8 (or float32) rows, before normalization
    labels (n,) integers; only some kinds look at them
    out (n, features), C-contiguous, in the units of the images: floating, which is exact and what
        training should use, or uint8, rounded to the nearest. It may be ``images`` itself.
What lies outside a picture is 0. Instances hold buffers: use one in each thread.
"""

from collections.abc import Callable, Sequence

import numpy as np

from mlp_scratch.data.augment.warp import ElasticField, Warp, affine_maps
from mlp_scratch.nn.range_checks import HyperparameterError, flag, in_interval

PIXELS = "[0, 10000]"  # of a shift, a strength, a blur: what is far larger leaves float32


class Unchanged:
    """Copies the rows as they are, of whatever shape: the choice that has no effect."""

    def __init__(self, image_shape: Sequence[int] | None) -> None:
        pass

    def apply(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, out: np.ndarray
    ) -> np.ndarray:
        np.copyto(out, images)
        return out


class Shift:
    """Moves each picture by up to ``max_shift`` pixels each way, down and right independently.

    subpixel: uniform over the reals and interpolated; otherwise uniform over the whole numbers,
    which leaves the pixels as they are and needs a whole ``max_shift``.
    """

    def __init__(self, image_shape: Sequence[int], *, max_shift: float, subpixel: bool) -> None:
        self.max_shift = in_interval("max_shift", max_shift, PIXELS)
        self.subpixel = flag("subpixel", subpixel)
        if not subpixel and not self.max_shift.is_integer():
            raise HyperparameterError("max_shift", "a whole number unless subpixel=true", max_shift)
        self._image_shape, self._warp = tuple(image_shape), Warp(image_shape)

    def maps(self, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw the affine maps (2, n, 3) of a batch: see ``affine_maps``."""
        n, limit = len(labels), self.max_shift
        if self.subpixel:
            shift = rng.uniform(-limit, limit, (2, n))
        else:
            shift = rng.integers(-int(limit), int(limit), (2, n), endpoint=True).astype(np.float64)
        zero, one = np.zeros(n), np.ones(n)
        return affine_maps(self._image_shape, zero, zero, one, one, *shift)

    def apply(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, out: np.ndarray
    ) -> np.ndarray:
        return _warped(self._warp, images, self.maps(labels, rng), out)


class Affine:
    """Scales, shears, turns and shifts each picture about its centre, in this order.

    max_rotation: degrees either way. max_shear: degrees by which upright lines lean either way.
    max_scale: height and width each change by a factor in [1 - max_scale, 1 + max_scale].
    max_shift: pixels each way. flip_probability: share of pictures mirrored left to right, for
    pictures that stay what they are in a mirror (not digits). All draws uniform.
    """

    def __init__(
        self,
        image_shape: Sequence[int],
        *,
        max_rotation: float,
        max_shear: float,
        max_scale: float,
        max_shift: float,
        flip_probability: float,
    ) -> None:
        self.max_rotation = in_interval("max_rotation", max_rotation, "[0, 180]")
        self.max_shear = in_interval("max_shear", max_shear, "[0, 90)")
        self.max_scale = in_interval("max_scale", max_scale, "[0, 1)")
        self.max_shift = in_interval("max_shift", max_shift, PIXELS)
        self.flip_probability = in_interval("flip_probability", flip_probability, "[0, 1]")
        self._image_shape, self._warp = tuple(image_shape), Warp(image_shape)

    def maps(self, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw the affine maps (2, n, 3) of a batch: see ``affine_maps``."""
        u = rng.uniform(-1, 1, (6, len(labels)))
        scale_y, scale_x = 1 + self.max_scale * u[2:4]
        scale_x[rng.random(len(labels)) < self.flip_probability] *= -1
        return affine_maps(
            self._image_shape,
            np.deg2rad(self.max_rotation) * u[0],
            np.deg2rad(self.max_shear) * u[1],
            scale_y,
            scale_x,
            *(self.max_shift * u[4:6]),
        )

    def apply(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, out: np.ndarray
    ) -> np.ndarray:
        return _warped(self._warp, images, self.maps(labels, rng), out)


class Elastic:
    """Bends each picture by a smooth random field, as an unsteady hand does.

    alpha: strength in pixels. sigma: width of the blur in pixels; the displacement has standard
    deviation alpha / (sigma sqrt(12 pi)). Source: Simard, Steinkraus & Platt 2003, "Best practices
    for convolutional neural networks applied to visual document analysis", section 2.
    """

    def __init__(self, image_shape: Sequence[int], *, alpha: float, sigma: float) -> None:
        self.alpha = in_interval("alpha", alpha, PIXELS)
        self.sigma = in_interval("sigma", sigma, "(0, 10000]")
        self._warp = Warp(image_shape)
        self._field = ElasticField(image_shape, self._warp.chunk, self.sigma, self.sigma)
        self._identity = np.eye(2, 3, dtype=np.float32)[:, None]

    def apply(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, out: np.ndarray
    ) -> np.ndarray:
        n = len(images)
        maps = np.broadcast_to(self._identity, (2, n, 3))
        alpha, sigma = np.full(n, self.alpha), np.full(n, self.sigma)
        return _warped(
            self._warp, images, maps, out, lambda r: self._field.draw(alpha[r], sigma[r], rng)
        )


class Ciresan:
    """Scales, turns or leans, and bends each digit: the deformations behind 0.35 % on MNIST.

    For each picture: alpha and sigma of the elastic field uniform in their ranges; gamma uniform in
    [gamma_min, gamma_max], then height and width each scaled by a factor in [1 - gamma, 1 + gamma];
    an angle within ``beta`` degrees either way, used with equal chance to turn the picture or to
    lean it. The digits 1 and 7, which are alike, take ``beta_narrow`` instead. max_shift (pixels)
    is not in the paper, where it is 0.
    Source: Ciresan, Meier, Gambardella & Schmidhuber 2010, "Deep, big, simple neural nets for
    handwritten digit recognition", section 2; how often to turn and how often to lean is not said.
    """

    NARROW = ("1", "7")

    def __init__(
        self,
        image_shape: Sequence[int],
        *,
        alpha_min: float,
        alpha_max: float,
        sigma_min: float,
        sigma_max: float,
        gamma_min: float,
        gamma_max: float,
        beta: float,
        beta_narrow: float,
        max_shift: float,
    ) -> None:
        self.alpha_min = in_interval("alpha_min", alpha_min, PIXELS)
        self.alpha_max = in_interval("alpha_max", alpha_max, f"[{self.alpha_min!r}, 10000]")
        self.sigma_min = in_interval("sigma_min", sigma_min, "(0, 10000]")
        self.sigma_max = in_interval("sigma_max", sigma_max, f"[{self.sigma_min!r}, 10000]")
        self.gamma_min = in_interval("gamma_min", gamma_min, "[0, 1)")
        self.gamma_max = in_interval("gamma_max", gamma_max, f"[{self.gamma_min!r}, 1)")
        self.beta = in_interval("beta", beta, "[0, 90)")
        self.beta_narrow = in_interval("beta_narrow", beta_narrow, "[0, 90)")
        self.max_shift = in_interval("max_shift", max_shift, PIXELS)
        self._image_shape, self._warp = tuple(image_shape), Warp(image_shape)
        self._field = ElasticField(image_shape, self._warp.chunk, self.sigma_min, self.sigma_max)
        self.name_classes("0123456789")

    def name_classes(self, names: Sequence[str]) -> None:
        """Say what the labels 0, 1, ... stand for, where that is not the digits from 0 on."""
        self._narrow = [label for label, name in enumerate(names) if name in self.NARROW]

    def maps(self, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw the affine maps (2, n, 3) of a batch: see ``affine_maps``."""
        n = len(labels)
        u = rng.uniform(-1, 1, (5, n))
        gamma = rng.uniform(self.gamma_min, self.gamma_max, n)
        beta = np.where(np.isin(labels, self._narrow), self.beta_narrow, self.beta)
        angle, turn = np.deg2rad(beta) * u[0], rng.random(n) < 0.5
        return affine_maps(
            self._image_shape,
            np.where(turn, angle, 0),
            np.where(turn, 0, angle),
            *(1 + gamma * u[1:3]),
            *(self.max_shift * u[3:5]),
        )

    def apply(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, out: np.ndarray
    ) -> np.ndarray:
        maps = self.maps(labels, rng)
        alpha = rng.uniform(self.alpha_min, self.alpha_max, len(images))
        sigma = rng.uniform(self.sigma_min, self.sigma_max, len(images))
        return _warped(
            self._warp, images, maps, out, lambda r: self._field.draw(alpha[r], sigma[r], rng)
        )


AUGMENTATIONS: dict[str, type] = {
    "none": Unchanged,
    "shift": Shift,
    "affine": Affine,
    "elastic": Elastic,
    "ciresan": Ciresan,
}


def _warped(
    warp: Warp,
    images: np.ndarray,
    maps: np.ndarray,
    out: np.ndarray,
    bent: Callable[[slice], np.ndarray] | None = None,
) -> np.ndarray:
    """The pictures under affine maps, each of their pixels pushed by the field ``bent(rows)``."""
    for start in range(0, len(images), warp.chunk):
        rows = slice(start, start + warp.chunk)
        places = warp.affine_places(maps[:, rows])
        if bent is not None:
            places += bent(rows)
        warp.sample(images[rows], places, out[rows])
    return out
