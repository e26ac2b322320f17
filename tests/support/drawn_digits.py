"""Pictures of digits as people draw and photograph them, each kind with its own accidents.

`photograph` takes a small grey digit (28x28, white on black: MNIST's, or the built-in ones),
enlarges it smoothly, and makes the picture of one of `KINDS` from it: sizes, angles, colours of ink
and paper, distances of lines and widths of frames all vary with the generator. `NO_FIGURE` has
pictures that show no digit.
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

LARGEST = 1000  # pixels of a picture's shorter side, unless its kind says otherwise

Rng = np.random.Generator
Draw = Callable[[Rng, np.ndarray], Image.Image]


def coverage(
    rng: Rng,
    digit: np.ndarray,
    size: tuple[int, int] | None = None,
    share: tuple[float, float] = (0.4, 0.85),
    pen: float | None = None,
    centred: bool = False,
) -> np.ndarray:
    """How much ink lies where: float32 (h, w) from 0 to 1, the digit anywhere in it.

    share: of the shorter side that the digit's longer side takes. pen: strokes as wide as this
    share of the digit's longer side, along the lines of its skeleton; None: as they are.
    """
    if size is None:
        shorter = int(rng.integers(200, LARGEST + 1))
        longer = int(shorter * rng.uniform(1, 1.5))
        size = (shorter, longer) if rng.random() < 0.5 else (longer, shorter)
    height, width = size
    rows, columns = np.nonzero(digit > 60)
    box = digit[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    box = np.pad(box, 2)
    side = min(size) * rng.uniform(*share)
    scale = side / (max(box.shape) - 4)
    big = (max(1, round(box.shape[1] * scale)), max(1, round(box.shape[0] * scale)))
    smooth = Image.fromarray(box).resize((box.shape[1] * 8, box.shape[0] * 8), Image.BICUBIC)
    smooth = smooth.filter(ImageFilter.GaussianBlur(4))
    if pen is not None:
        smooth = _pen(np.asarray(smooth) > 127, pen * (max(box.shape) - 4) * 8)
    large = smooth.resize(big, Image.BICUBIC).rotate(rng.uniform(-6, 6), Image.BILINEAR, True)
    sharp = np.clip((np.asarray(large, np.float32) - 127) / 30 + 0.5, 0, 1)
    at = [(height - large.height) / 2, (width - large.width) / 2]
    if not centred:
        at = [rng.uniform(0.04, 0.96) * 2 * a if a > 0 else a for a in at]
    page = Image.new("F", (width, height), 0.0)
    page.paste(Image.fromarray(sharp), (round(at[1]), round(at[0])))
    return np.asarray(page, np.float32)


def _pen(mask: np.ndarray, width: float) -> Image.Image:
    """The strokes of ``mask`` drawn anew, of ``width`` pixels, along their middle."""
    ys, xs = np.nonzero(_thinned(mask))
    sheet = Image.new("L", (mask.shape[1], mask.shape[0]))
    draw = ImageDraw.Draw(sheet)
    radius = max(0.5, width / 2)
    for y, x in zip(ys, xs, strict=True):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return sheet.filter(ImageFilter.GaussianBlur(0.7))


def _thinned(mask: np.ndarray) -> np.ndarray:
    """The middle line of strokes (Zhang and Suen 1984)."""
    thin = np.pad(mask, 1).astype(np.uint8)
    while True:
        before = thin.sum()
        for step in (0, 1):
            p = [
                np.roll(thin, shift, (0, 1))
                for shift in ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
            ]
            around = sum(p)
            turns = sum((p[i] == 0) & (p[(i + 1) % 8] == 1) for i in range(8))
            if step == 0:
                open_ = (p[0] * p[2] * p[4] == 0) & (p[2] * p[4] * p[6] == 0)
            else:
                open_ = (p[0] * p[2] * p[6] == 0) & (p[0] * p[4] * p[6] == 0)
            thin[(thin == 1) & (around >= 2) & (around <= 6) & (turns == 1) & open_] = 0
        if thin.sum() == before:
            return thin[1:-1, 1:-1].astype(bool)


# ---- paper, light, lines and frames --------------------------------------------------------------


def paper(rng: Rng) -> np.ndarray:
    """A light colour (3,)."""
    return np.clip(rng.uniform(195, 255) + rng.uniform(-12, 12, 3), 0, 255)


def ink(rng: Rng) -> np.ndarray:
    """A dark colour (3,): pencil, black or blue."""
    return np.array(rng.choice(np.array([[20, 20, 25], [60, 60, 60], [30, 40, 120], [90, 90, 95]])))


def mixed(cover: np.ndarray, pen: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """(h, w, 3): ``pen`` on ``ground``, as floats."""
    return ground + cover[..., None] * (pen - ground)


def _grid(shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """y and x from -1 to 1."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    return 2 * y / shape[0] - 1, 2 * x / shape[1] - 1


def light(rng: Rng, shape: tuple[int, int]) -> np.ndarray:
    """Uneven light (h, w, 1), from the full one down to a third of it."""
    y, x = _grid(shape)
    turn = rng.uniform(0, 2 * np.pi)
    along = x * np.cos(turn) + y * np.sin(turn)
    depth = rng.uniform(0.3, 0.65)
    kind = rng.integers(3)
    if kind == 0:  # falls off evenly
        dark = (along + 1.4) / 2.8
    elif kind == 1:  # a shadow with a soft edge
        dark = 1 / (1 + np.exp(-(along - rng.uniform(-0.4, 0.4)) / rng.uniform(0.08, 0.3)))
    else:  # a lamp at one side
        cy, cx = rng.uniform(-0.8, 0.8, 2)
        dark = np.clip(((y - cy) ** 2 + (x - cx) ** 2) / 4, 0, 1)
    return (1 - depth * dark)[..., None]


def lines(rng: Rng, shape: tuple[int, int], gap: float, width: float, tilt: float) -> np.ndarray:
    """Coverage (h, w) of ruled lines, ``gap`` apart; tilt in radians, near 0 level."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    across = y * np.cos(tilt) - x * np.sin(tilt) + rng.uniform(0, gap)
    distance = np.abs((across + gap / 2) % gap - gap / 2)
    return np.clip(width / 2 + 0.5 - distance, 0, 1)


def rough(rng: Rng, image: np.ndarray, deviation: float | None = None) -> Image.Image:
    """With a sensor's noise, as a picture."""
    noise = rng.normal(0, rng.uniform(0, 5) if deviation is None else deviation, image.shape[:2])
    return Image.fromarray(np.clip(image + noise[..., None], 0, 255).round().astype(np.uint8))


def jpeg(picture: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return Image.open(file)


# ---- the kinds -----------------------------------------------------------------------------------


def plain(rng: Rng, digit: np.ndarray, **how) -> Image.Image:
    return rough(rng, mixed(coverage(rng, digit, **how), ink(rng), paper(rng)))


def shaded(rng: Rng, digit: np.ndarray) -> Image.Image:
    cover = coverage(rng, digit)
    return rough(rng, mixed(cover, ink(rng), paper(rng)) * light(rng, cover.shape))


def _line_ink(rng: Rng) -> np.ndarray:
    colours = [[120, 150, 210], [150, 150, 150], [180, 200, 225], [200, 120, 120], [90, 110, 160]]
    return np.array(colours[rng.integers(len(colours))], float)


def lined(rng: Rng, digit: np.ndarray) -> Image.Image:
    cover = coverage(rng, digit)
    short, tilt = min(cover.shape), rng.uniform(-0.07, 0.07)
    gap, width = short * rng.uniform(0.06, 0.25), max(1.0, short * rng.uniform(0.003, 0.009))
    ground = mixed(lines(rng, cover.shape, gap, width, tilt), _line_ink(rng), paper(rng))
    if rng.random() < 0.3:
        ground = mixed(
            lines(rng, cover.shape, 4 * short, width, tilt + np.pi / 2), _line_ink(rng), ground
        )
    image = mixed(cover, ink(rng), ground)
    return rough(rng, image * light(rng, cover.shape) if rng.random() < 0.3 else image)


def squared(rng: Rng, digit: np.ndarray) -> Image.Image:
    cover = coverage(rng, digit)
    short, tilt = min(cover.shape), rng.uniform(-0.07, 0.07)
    gap, width = short * rng.uniform(0.05, 0.2), max(1.0, short * rng.uniform(0.003, 0.008))
    colour, ground = _line_ink(rng), paper(rng)
    for angle in (tilt, tilt + np.pi / 2):
        ground = mixed(lines(rng, cover.shape, gap, width, angle), colour, ground)
    return rough(rng, mixed(cover, ink(rng), ground))


def dark_lined(rng: Rng, digit: np.ndarray) -> Image.Image:
    """Lines as dark as the ink."""
    cover = coverage(rng, digit)
    short, pen, tilt = min(cover.shape), ink(rng), rng.uniform(-0.05, 0.05)
    gap, width = short * rng.uniform(0.1, 0.25), max(1.0, short * rng.uniform(0.004, 0.008))
    ground = mixed(lines(rng, cover.shape, gap, width, tilt), pen, paper(rng))
    return rough(rng, mixed(cover, pen, ground))


def framed(rng: Rng, digit: np.ndarray) -> Image.Image:
    """A black frame around: as the picture's edge, or drawn on the paper."""
    cover = coverage(rng, digit, share=(0.3, 0.55))
    image = mixed(cover, ink(rng), paper(rng))
    height, width = cover.shape
    short = min(cover.shape)
    thick = max(2, round(short * rng.uniform(0.01, 0.12)))
    inset = 0 if rng.random() < 0.6 else round(short * rng.uniform(0.02, 0.06))
    if inset:
        thick = max(2, round(short * rng.uniform(0.006, 0.03)))
    rows, columns = np.nonzero(cover > 0.5)
    thick = min(  # beside the digit, not over it
        thick,
        *(int(edge) - inset - 3 for edge in (rows.min(), columns.min())),
        *(int(edge) - inset - 3 for edge in (height - rows.max(), width - columns.max())),
    )
    if thick < 2:
        return framed(rng, digit)
    frame = np.zeros(cover.shape, np.float32)
    frame[inset : height - inset, inset : width - inset] = 1
    inner = inset + thick
    frame[inner : height - inner, inner : width - inner] = 0
    black = rng.uniform(0, 60)
    return rough(rng, mixed(frame, np.full(3, black), image))


def dark_edges(rng: Rng, digit: np.ndarray) -> Image.Image:
    """The table beside the paper, at one to four sides, a little aslant."""
    cover = coverage(rng, digit, share=(0.3, 0.55), centred=True)
    y, x = _grid(cover.shape)
    table = np.zeros(cover.shape, bool)
    for side in rng.permutation(4)[: rng.integers(1, 5)]:
        along, across = ((y, x), (x, y))[side % 2]
        away = across if side < 2 else -across
        table |= away + along * rng.uniform(-0.06, 0.06) > rng.uniform(0.72, 0.95)
    image = mixed(cover, ink(rng), paper(rng))
    image = mixed(table.astype(np.float32), rng.uniform(10, 90) + rng.uniform(0, 20, 3), image)
    picture = rough(rng, image)
    return picture.filter(ImageFilter.GaussianBlur(min(cover.shape) * 0.003))


def hairline(rng: Rng, digit: np.ndarray) -> Image.Image:
    return plain(rng, digit, pen=rng.uniform(0.008, 0.03))


def marker(rng: Rng, digit: np.ndarray) -> Image.Image:
    return plain(rng, digit, pen=rng.uniform(0.17, 0.21))


def on_transparent(rng: Rng, digit: np.ndarray, grey: int) -> Image.Image:
    cover = coverage(rng, digit)
    alpha = Image.fromarray((cover * 255).round().astype(np.uint8))
    picture = Image.new("RGBA", alpha.size, (grey, grey, grey, 0))
    if rng.random() < 0.5:  # programs leave any colour below what cannot be seen
        picture.paste((grey, grey, grey, 255), mask=alpha.point(lambda a: 255 * (a > 0)))
    picture.putalpha(alpha)
    return picture


def sixteen_bits(rng: Rng, digit: np.ndarray) -> Image.Image:
    grey = np.asarray(plain(rng, digit).convert("L"), np.float32)
    full = rng.choice([4095, 65535])  # a sensor of 12 bits fills a part of the range
    return Image.fromarray((grey / 255 * full).round().astype(np.uint16))


def floats(rng: Rng, digit: np.ndarray) -> Image.Image:
    grey = np.asarray(plain(rng, digit).convert("L"), np.float32)
    low, high = [(0, 1), (0, 255), (-3, 12), (0, 1e4)][rng.integers(4)]
    return Image.fromarray((low + grey / 255 * (high - low)).astype(np.float32))


def blackboard(rng: Rng, digit: np.ndarray) -> Image.Image:
    cover = coverage(rng, digit)
    board = rng.uniform(15, 70) + rng.uniform(0, 25, 3)
    chalk = np.full(3, rng.uniform(170, 250))
    image = mixed(cover * rng.uniform(0.75, 1, cover.shape), chalk, board)
    return rough(rng, image * light(rng, cover.shape) if rng.random() < 0.5 else image)


def coloured(rng: Rng, digit: np.ndarray) -> Image.Image:
    pens = [[200, 30, 40], [20, 90, 200], [10, 120, 60], [120, 30, 140], [230, 110, 20]]
    papers = [[250, 240, 150], [255, 200, 210], [190, 225, 250], [200, 245, 200], [240, 220, 190]]
    pen, ground = pens[rng.integers(5)], papers[rng.integers(5)]
    return rough(rng, mixed(coverage(rng, digit), np.array(pen), np.array(ground, float)))


def red_on_green(rng: Rng, digit: np.ndarray) -> Image.Image:
    """Colours that are equally bright."""
    cover = coverage(rng, digit)
    return rough(rng, mixed(cover, np.array([215, 60, 60]), np.array([60, 150, 70.0])))


def small_and_aside(rng: Rng, digit: np.ndarray) -> Image.Image:
    return plain(rng, digit, size=(600, 800), share=(0.12, 0.25))


def large(rng: Rng, digit: np.ndarray) -> Image.Image:
    return plain(rng, digit, share=(0.88, 0.97), centred=True)


def noisy(rng: Rng, digit: np.ndarray) -> Image.Image:
    image = mixed(coverage(rng, digit), ink(rng), paper(rng))
    return jpeg(rough(rng, image, rng.uniform(10, 25)), 30)


def pale(rng: Rng, digit: np.ndarray) -> Image.Image:
    """Of little contrast."""
    ground = rng.uniform(120, 220)
    pen = np.full(3, ground - rng.uniform(25, 50))
    return rough(rng, mixed(coverage(rng, digit), pen, np.full(3, ground)), rng.uniform(0, 3))


def blurred(rng: Rng, digit: np.ndarray) -> Image.Image:
    picture = plain(rng, digit)
    return picture.filter(ImageFilter.GaussianBlur(min(picture.size) * rng.uniform(0.005, 0.015)))


def specked(rng: Rng, digit: np.ndarray) -> Image.Image:
    """Dust and crumbs all over the paper."""
    cover = coverage(rng, digit)
    sheet = Image.fromarray(cover)
    draw = ImageDraw.Draw(sheet)
    for _ in range(rng.integers(15, 80)):
        x, y = rng.uniform(0, cover.shape[1]), rng.uniform(0, cover.shape[0])
        radius = min(cover.shape) * rng.uniform(0.001, 0.008)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=1.0)
    return rough(rng, mixed(np.asarray(sheet), ink(rng), paper(rng)))


def vignette(rng: Rng, digit: np.ndarray) -> Image.Image:
    cover = coverage(rng, digit)
    y, x = _grid(cover.shape)
    falling = 1 / (1 + rng.uniform(0.3, 0.8) * (y**2 + x**2)) ** 2
    return rough(rng, mixed(cover, ink(rng), paper(rng)) * falling[..., None])


def _hand(rng: Rng, shape: tuple[int, int]) -> np.ndarray:
    """The soft shadow (h, w, 1) of an arm that comes in over an edge, a hand and fingers."""
    small = [max(8, round(n * 200 / max(shape))) for n in shape]
    sheet = Image.new("L", (small[1], small[0]))
    draw = ImageDraw.Draw(sheet)
    turn, thick = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.5) * min(small)
    palm = np.array(small[::-1]) * rng.uniform(0.25, 0.75, 2)
    away = np.array([np.cos(turn), np.sin(turn)])
    draw.line([tuple(palm), tuple(palm + 300 * away)], fill=255, width=int(thick))
    draw.ellipse([*(palm - 0.6 * thick), *(palm + 0.6 * thick)], fill=255)
    for spread in np.linspace(-0.6, 0.6, int(rng.integers(0, 5))):
        finger = -np.array([np.cos(turn + spread), np.sin(turn + spread)]) * thick
        tip = palm + finger * rng.uniform(0.9, 1.5)
        draw.line([tuple(palm), tuple(tip)], fill=255, width=max(2, int(0.2 * thick)))
    soft = sheet.filter(ImageFilter.GaussianBlur(rng.uniform(6, 16)))
    large = np.asarray(soft.resize(shape[::-1], Image.BICUBIC), np.float32) / 255
    return (1 - rng.uniform(0.25, 0.6) * large)[..., None]


def hand(rng: Rng, digit: np.ndarray) -> Image.Image:
    cover = coverage(rng, digit)
    return rough(rng, mixed(cover, ink(rng), paper(rng)) * _hand(rng, cover.shape))


def two_lights(rng: Rng, digit: np.ndarray) -> Image.Image:
    """Lamps, or a lamp and a hand's shadow."""
    cover = coverage(rng, digit)
    second = light(rng, cover.shape) if rng.random() < 0.7 else _hand(rng, cover.shape)
    both = light(rng, cover.shape) * (0.4 + 0.6 * second)
    return rough(rng, mixed(cover, ink(rng), paper(rng)) * both)


def grainy_paper(rng: Rng, digit: np.ndarray) -> Image.Image:
    """Coarse paper in uneven light, as a JPEG."""
    cover = coverage(rng, digit)
    grain = np.zeros(cover.shape, np.float32)
    for size in (2, 4, 16, 64):
        spots = rng.normal(0, 1, [n // size + 2 for n in cover.shape]).astype(np.float32)
        grain += np.asarray(Image.fromarray(spots).resize(cover.shape[::-1], Image.BICUBIC))
    ground = paper(rng) + grain[..., None] * rng.uniform(1, 4)
    return jpeg(rough(rng, mixed(cover, ink(rng), ground) * light(rng, cover.shape)), 75)


def palette_gif(rng: Rng, digit: np.ndarray) -> Image.Image:
    file = io.BytesIO()
    plain(rng, digit).quantize(int(rng.integers(4, 64))).save(file, "GIF")
    return Image.open(file)


def cmyk(rng: Rng, digit: np.ndarray) -> Image.Image:
    return jpeg(plain(rng, digit).convert("CMYK"), 85)


def turned(rng: Rng, digit: np.ndarray) -> Image.Image:
    """As a camera held any way writes it: the pixels turned, and a note how to turn them back."""
    number = int(rng.integers(1, 9))
    moves = Image.Transpose
    undo = {
        2: moves.FLIP_LEFT_RIGHT,
        3: moves.ROTATE_180,
        4: moves.FLIP_TOP_BOTTOM,
        5: moves.TRANSPOSE,
        6: moves.ROTATE_90,
        7: moves.TRANSVERSE,
        8: moves.ROTATE_270,
    }
    picture = plain(rng, digit)
    if number in undo:
        picture = picture.transpose(undo[number])
    exif = Image.Exif()
    exif[0x0112] = number
    file = io.BytesIO()
    picture.save(file, "JPEG" if rng.random() < 0.7 else "PNG", exif=exif)
    return Image.open(file)


def photographed(rng: Rng, digit: np.ndarray) -> Image.Image:
    """Everything at once: shade, lines, a table's edge, noise, JPEG."""
    cover = coverage(rng, digit, share=(0.3, 0.6), centred=True)
    short = min(cover.shape)
    width, tilt = max(1.0, short * rng.uniform(0.003, 0.006)), rng.uniform(-0.05, 0.05)
    gap = short * rng.uniform(0.08, 0.2)
    image = mixed(lines(rng, cover.shape, gap, width, tilt), _line_ink(rng), paper(rng))
    image = mixed(cover, ink(rng), image)
    _, x = _grid(cover.shape)
    image = mixed((x > rng.uniform(0.8, 0.95)).astype(np.float32), np.full(3, 40.0), image)
    image = image * light(rng, cover.shape)
    blurry = rough(rng, image, 6).filter(ImageFilter.GaussianBlur(short * 0.003))
    return jpeg(blurry, 60)


KINDS: dict[str, Draw] = {
    "plain": plain,
    "shaded": shaded,
    "lined paper": lined,
    "squared paper": squared,
    "lines as dark as the ink": dark_lined,
    "black frame": framed,
    "dark edges": dark_edges,
    "hairline pen": hairline,
    "marker": marker,
    "turned (EXIF)": turned,
    "white on transparent": lambda rng, digit: on_transparent(rng, digit, 255),
    "black on transparent": lambda rng, digit: on_transparent(rng, digit, 0),
    "16 bits": sixteen_bits,
    "floats": floats,
    "blackboard": blackboard,
    "coloured": coloured,
    "equally bright colours": red_on_green,
    "small and aside": small_and_aside,
    "large": large,
    "noise and JPEG 30": noisy,
    "pale": pale,
    "blurred": blurred,
    "specks": specked,
    "vignette": vignette,
    "palette GIF": palette_gif,
    "CMYK JPEG": cmyk,
    "all at once": photographed,
    "shadow of a hand": hand,
    "two lights": two_lights,
    "grainy paper": grainy_paper,
}


# ---- no figure at all ----------------------------------------------------------------------------

NOTHING = np.pad(np.full((1, 1), 255, np.uint8), 14)  # a dot to be drawn where a digit should be


def _bare(rng: Rng) -> np.ndarray:
    return np.zeros((int(rng.integers(200, 800)), int(rng.integers(200, 800))), np.float32)


def blank(rng: Rng) -> Image.Image:
    cover = _bare(rng)
    return rough(rng, mixed(cover, ink(rng), paper(rng)) * light(rng, cover.shape))


def blank_in_shade(rng: Rng) -> Image.Image:
    """Two lamps, or a lamp and a shadow."""
    cover = _bare(rng)
    both = light(rng, cover.shape) * light(rng, cover.shape)
    return rough(rng, mixed(cover, ink(rng), paper(rng)) * both, 2.0)


def blank_under_a_hand(rng: Rng) -> Image.Image:
    cover = _bare(rng)
    return rough(rng, mixed(cover, ink(rng), paper(rng)) * _hand(rng, cover.shape))


def bare_lines(rng: Rng, most: float = 0.05) -> Image.Image:
    """most: radians that the paper lies askew by."""
    cover = _bare(rng)
    short, tilt = min(cover.shape), rng.uniform(-most, most)
    gap, width = short * rng.uniform(0.08, 0.25), max(1.0, short * rng.uniform(0.003, 0.008))
    ground = mixed(lines(rng, cover.shape, gap, width, tilt), _line_ink(rng), paper(rng))
    if rng.random() < 0.5:
        ground = mixed(
            lines(rng, cover.shape, gap, width, tilt + np.pi / 2), _line_ink(rng), ground
        )
    return rough(rng, ground)


def askew_lines(rng: Rng) -> Image.Image:
    """Some of them end at the sides."""
    return bare_lines(rng, 0.1)


def bare_frame(rng: Rng) -> Image.Image:
    cover = _bare(rng)
    short = min(cover.shape)
    thick = max(2, round(short * rng.uniform(0.01, 0.12)))
    cover[:] = 1
    cover[thick:-thick, thick:-thick] = 0
    return rough(rng, mixed(cover, np.full(3, 20.0), paper(rng)))


def noise(rng: Rng) -> Image.Image:
    grey = rng.normal(128, rng.uniform(10, 90), _bare(rng).shape)
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


def scribble(rng: Rng) -> Image.Image:
    """A pen that wanders about."""
    side = 500
    sheet = Image.new("F", (side, side), 0.0)
    draw = ImageDraw.Draw(sheet)
    points = rng.uniform(0.2, 0.8, (int(rng.integers(9, 16)), 2)) * side
    t = np.linspace(0, len(points) - 1, 400)
    i = np.minimum(t.astype(int), len(points) - 2)
    u = ((t - i) * (1 - np.cos(np.pi * (t - i))) / 2 / np.maximum(t - i, 1e-9))[:, None]
    way = points[i] * (1 - u) + points[i + 1] * u
    draw.line([tuple(p) for p in way], fill=1.0, width=int(rng.integers(8, 20)), joint="curve")
    return rough(rng, mixed(np.asarray(sheet), ink(rng), paper(rng)))


NO_FIGURE: dict[str, Callable[[Rng], Image.Image]] = {
    "blank paper": blank,
    "blank paper in shade": blank_in_shade,
    "blank paper under a hand": blank_under_a_hand,
    "bare lines": bare_lines,
    "askew lines": askew_lines,
    "bare frame": bare_frame,
    "noise": noise,
    "scribble": scribble,
}
