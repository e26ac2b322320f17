"""The one look that all pictures share: palette, text, axes, and how a file gets written.

Figures are built from matplotlib's objects alone (no pyplot), so nothing needs a display and a
picture can be drawn in a background thread while another figure is being drawn elsewhere.
"""

import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager, get_font
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator, NullLocator
from PIL import Image

from mlp_scratch.errors import ConfigError
from mlp_scratch.files import write_atomically

# Okabe & Ito (2008): told apart with every common colour blindness, and in grey.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, BLACK, YELLOW = "#56B4E9", "#CC79A7", "#000000", "#F0E442"
CYCLE = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK)  # yellow is too pale for a line
REGIONS = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY, YELLOW)

TRAIN, VALIDATION = BLUE, VERMILION
HEAT = "cividis"  # of numbers on a plane: even steps for every eye, dark where they are low
INK, FAINT, RULE = "#222222", "#6B6B6B", "#DDDDDD"
TITLE_SIZE, LABEL_SIZE, SMALL_SIZE = 11.0, 9.0, 8.0
DPI = 120
NO_VALUES = "no finite values"
KINDS = ("png", "pdf", "svg")

_BASE_FONT = "DejaVu Sans"  # comes with matplotlib
_WIDE_FONTS = (  # the first of these that is installed draws what DejaVu cannot
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Source Han Sans", "Arial Unicode MS"),
    *("Microsoft YaHei", "Yu Gothic", "Malgun Gothic", "PingFang SC", "Hiragino Sans"),
    "WenQuanYi Zen Hei",
)


_wide_text = threading.Event()  # set once some text needs more than the base font


@cache
def _fonts() -> tuple[str, ...]:
    installed = {font.name for font in fontManager.ttflist}
    return (_BASE_FONT, *[name for name in _WIDE_FONTS if name in installed][:1])


@cache
def _drawable() -> frozenset[int]:
    """Code points that at least one of our fonts can draw."""
    codes: set[int] = set()
    for family in _fonts():
        codes.update(get_font(findfont(family)).get_charmap())
    return frozenset(codes)


def plain(text: object, width: int | None = None) -> str:
    """``text`` as one line that matplotlib draws letter by letter.

    Dollar signs do not start mathematics, characters without a glyph become a box instead of a
    warning, and more than ``width`` characters are cut with an ellipsis.
    """
    line = " ".join(str(text).split())
    if width is not None and len(line) > width:
        line = line[: max(width - 1, 1)] + "…"
    if not line.isascii():
        line = "".join(c if ord(c) in _drawable() else "□" for c in line)
        _wide_text.set()
    line = "".join(c if c.isprintable() else "□" for c in line)
    return line.replace("$", r"\$")


def new_figure(width: float, height: float, title: str = "", note: str = "") -> Figure:
    """A white figure, ``width`` x ``height`` in inches, with an Agg canvas of its own: empty but
    for its title and, in grey below it, one line of explanation."""
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    left = 0.12
    room = (width - left - 0.05) * 72
    for text, size, weight, colour, down in (
        (title, TITLE_SIZE, "bold", INK, 0.10),
        (note, SMALL_SIZE, "normal", FAINT, 0.34),
    ):
        letters = int(room / (size * (0.68 if weight == "bold" else 0.58)))
        look: dict[str, Any] = {"fontsize": size, "color": colour, "fontweight": weight}
        figure.text(left / width, 1 - down / height, plain(text, letters), va="top", **look)
    return figure


def dress(ax: Axes, title: str = "", xlabel: str = "", ylabel: str = "") -> None:
    """Give ``ax`` the common look; strings are drawn as they are."""
    ax.set_facecolor("white")
    ax.set_axisbelow(True)
    ax.grid(True, color=RULE, linewidth=0.7, linestyle="-")
    look: dict[str, Any] = {"colors": FAINT, "labelcolor": INK, "labelsize": SMALL_SIZE}
    sides: dict[str, Any] = {"top": False, "right": False, "left": True, "bottom": True}
    ax.tick_params(which="both", length=3, width=0.7, direction="out", **look, **sides)
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(FAINT)
        spine.set_linewidth(0.7)
    ax.set_title(plain(title), fontsize=LABEL_SIZE + 1, color=INK, loc="left", pad=6)
    ax.set_xlabel(plain(xlabel), fontsize=LABEL_SIZE, color=INK)
    ax.set_ylabel(plain(ylabel), fontsize=LABEL_SIZE, color=INK)


def round_ticks(axis: Axis, bins: int, shown: Callable[[float], str] | None = None) -> None:
    """About ``bins`` round numbers along ``axis``, written as ``shown`` has it."""
    axis.set_major_locator(MaxNLocator(nbins=bins, steps=[1, 2, 5, 10]))
    if shown is not None:
        axis.set_major_formatter(lambda value, _: shown(value))


def six_digits(value: float) -> str:
    """A number as it is, whatever is common to all ticks of its axis."""
    return number(value, 6)


def plain_ticks(ax: Axes, across: int = 5) -> None:
    """Few numbers along both axes of ``ax``, each as it is."""
    round_ticks(ax.xaxis, across, six_digits)
    round_ticks(ax.yaxis, 5, six_digits)


def legend(ax: Axes, **options: Any) -> None:
    """A legend without a frame of its own colour, in the common text size."""
    text: dict[str, Any] = {"fontsize": SMALL_SIZE, "labelcolor": INK, "handlelength": 1.6}
    frame = {"framealpha": 0.85, "edgecolor": "none", "facecolor": "white", "borderpad": 0.3}
    ax.legend(**(text | {"frameon": True} | frame | options))


def legend_above(ax: Axes, columns: int, **options: Any) -> None:
    """The legend in the line of the title, to its right."""
    legend(ax, ncols=columns, loc="lower right", bbox_to_anchor=(1.01, 0.99), **options)


def nothing_to_draw(ax: Axes, why: str = NO_VALUES) -> None:
    """Say so in the middle of ``ax``, without ticks."""
    place: dict[str, Any] = {"transform": ax.transAxes, "ha": "center", "va": "center"}
    ax.text(0.5, 0.5, why, fontsize=LABEL_SIZE, color=FAINT, **place)
    ax.grid(False)
    ax.xaxis.set_major_locator(NullLocator())
    ax.yaxis.set_major_locator(NullLocator())


def number(value: float, digits: int = 4) -> str:
    """A number for people: 0.1271, 30,230, 2.5e+08."""
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e7 else f"{value:.{digits}g}"


def percent(value: float) -> str:
    """A share for people: 97.62 %; small distances from 100 % are never rounded away."""
    if value >= 1.0:
        return "100 %"
    return f"{100 * value:.2f} %" if value < 0.9999 else f"{100 * value:.4f} %"


def kind_of(path: Path) -> str:
    """One of KINDS, by the end of the name. Raises ConfigError for another one."""
    kind = path.suffix.lower().lstrip(".") or "png"
    if kind not in KINDS:
        raise ConfigError(f"{path}: a picture's name ends in .{', .'.join(KINDS)}")
    return kind


def write(figure: Figure, path: Path) -> Path:
    """Write ``figure`` to ``path`` (.png, .pdf or .svg) in one step: a reader never meets half.
    Raises OSError, or ConfigError for another kind of file.

    The text is drawn with our own fonts whatever the user's matplotlib settings say.
    """
    kind = kind_of(path)
    # no date inside: the same runs give the same bytes
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(kind)
    path.parent.mkdir(parents=True, exist_ok=True)

    def save(file: BinaryIO) -> None:
        if kind == "png":  # Pillow compresses in half the time of ``savefig``
            dpi = (figure.dpi, figure.dpi)
            drawn(figure).save(file, "png", compress_level=2, dpi=dpi)
        else:
            _settle_fonts(figure)
            figure.savefig(file, format=kind, metadata=undated)

    write_atomically(path, save, durable=False)
    return path


def _settle_fonts(figure: Figure) -> None:
    """Name our fonts in every text, where matplotlib's settings would not choose them anyway.

    (Asking a figure for its texts creates all its ticks, so it is not done without need.)
    """
    usual = rcParams["font.family"] == ["sans-serif"] and (
        rcParams["font.sans-serif"][:1] == [_BASE_FONT] and not rcParams["text.usetex"]
    )
    if usual and not (_wide_text.is_set() and len(_fonts()) > 1):
        return
    for text in figure.findobj(Text):
        text.set_fontfamily(list(_fonts()))
        text.set_usetex(False)


def drawn(figure: Figure) -> Image.Image:
    """The figure's pixels, without an alpha channel."""
    _settle_fonts(figure)
    canvas = figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    size, pixels = canvas.get_width_height(), canvas.buffer_rgba()
    return Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGB")
