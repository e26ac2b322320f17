"""The page to draw on, in a real Chromium: it answers as Python does, and moves with the pen."""

import json
from itertools import count, pairwise

import numpy as np
import pytest
from network_cases import CASES, IMAGES, trained

from mlp_scratch import NeuralNet
from mlp_scratch.errors import ConfigError
from mlp_scratch.inference.draw_and_see import _pixels
from mlp_scratch.report.draw_page import network_as_json
from mlp_scratch.report.draw_page.draw_page import draw_page
from mlp_scratch.report.draw_page.inputs_as_json import Examples
from mlp_scratch.report.draw_page.network_as_json import ACTIVATIONS
from mlp_scratch.runs.saved_run import network_of

pytest.importorskip("selenium", reason="selenium is not installed (mlp-scratch[browser])")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028"
RNG = np.random.default_rng(1)
NUMBERS = RNG.normal(50, 20, (300, 3)).astype(np.float32)
OTHER_TASKS = [
    *({"task": "regression", "loss": loss} for loss in network_as_json.LOSSES["regression"]),
    {"task": "regression", "loss": {"name": "pinball", "quantiles": [0.1, 0.5, 0.9]}},
    {"task": "multilabel"},
    {"task": "autoencoder", "layers": [3, 8, 3]},
    {"loss": "focal"},
    {"normalize": "unit"},
]


@pytest.fixture
def page(quiet, tmp_path):
    """Opens the page of a network, and gives the browser."""
    numbers = count()

    def load(network, examples=Examples(), title="a run"):  # noqa: B008 (it is frozen)
        path = tmp_path / f"{next(numbers)}.html"
        path.write_bytes(draw_page(network, examples, title))
        return opened(quiet, path)

    return load


def opened(browser, path):
    browser.get(path.as_uri())
    assert browser.execute_script("return document.documentElement.dataset.ready") == "yes"
    return browser


def of(net):
    return network_of(net.checkpoint, "net")


def answers(browser, rows):
    script = "return arguments[0].map((row) => window.mlp.predict(row))"
    return np.array(browser.execute_script(script, np.asarray(rows, np.float64).tolist()))


# of all that there are these, in any hurry
EVERY_BEND = {"layers": [64, *[8] * len(ACTIVATIONS), 3], "activations": [*ACTIVATIONS]}
KEYS = ("norm", "residual", "base_width", "approximate", "beta", "alpha", "slope", "none")
QUICK = [EVERY_BEND, *(case for case in CASES if any(key in str(case) for key in KEYS))]
SLOW = [pytest.param(case, marks=pytest.mark.slow) for case in CASES if case not in QUICK]


@pytest.mark.mostly_slow(9)
@pytest.mark.parametrize("settings", [*QUICK, *SLOW], ids=str)
def test_it_answers_as_python_does(page, settings):
    net = trained(**settings)
    ours = net.predict_proba(IMAGES[:100])
    np.testing.assert_allclose(answers(page(of(net)), IMAGES[:100]), ours, atol=1e-5)


@pytest.mark.mostly_slow(4)
@pytest.mark.parametrize("settings", OTHER_TASKS, ids=str)
def test_other_tasks_are_answered_in_their_own_units(page, settings):
    a, b, c = NUMBERS.T
    y = {
        "regression": np.stack([1000 + a * 3 + b, 5 + c**2 / 90], axis=1),
        "multilabel": np.stack([a > 50, b > 60], axis=1).astype(int),
        "classification": (a > b).astype(int),
        "autoencoder": None,
    }[settings.get("task", "classification")]
    words = {"layers": [3, 16, None], "epochs": 5, "batch_size": 20, "lr": 0.01} | settings
    net = NeuralNet(**words).train(NUMBERS, y)
    ours = net.estimates(NUMBERS[:100]).reshape(100, -1)
    np.testing.assert_allclose(answers(page(of(net)), NUMBERS[:100]), ours, rtol=2e-6, atol=1e-5)


def digits_network():
    """The default network, and rows that it was not trained on, both of the built-in digits."""
    from mlp_scratch.data.builtin.digits import draw, label_of

    x, topologies = draw(np.random.default_rng(0), 2400)
    net = NeuralNet(layers=[784, 128, 64, 10], epochs=6, batch_size=50)
    return net.train(x[:2200].reshape(-1, 28, 28), label_of(topologies[:2200])), x[2200:]


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """The default network on the built-in digits: itself, its page's path, test rows."""
    net, rows = digits_network()
    path = tmp_path_factory.mktemp("digits") / "draw.html"
    truths = [str(k) for k in range(10)]
    examples = Examples(rows[:10], truths=truths, centred=True)
    path.write_bytes(draw_page(of(net), examples, "digits"))
    return net, path, rows


def test_the_default_network_is_a_small_page_that_is_right(digits, quiet):
    net, path, rows = digits
    assert path.stat().st_size < 2_000_000
    browser = opened(quiet, path)
    np.testing.assert_allclose(
        answers(browser, rows[:100]), net.predict_proba(rows[:100]), atol=1e-5
    )


def draw(browser, strokes, sheet="#sheet"):
    """With the pen, in shares of the sheet's side."""
    element = browser.find_element(By.CSS_SELECTOR, sheet)
    width, height = element.size["width"], element.size["height"]
    pen = ActionChains(browser, duration=0)
    for stroke in strokes:
        way = [(int((x - 0.5) * width), int((y - 0.5) * height)) for x, y in stroke]
        pen.move_to_element_with_offset(element, *way[0]).click_and_hold()
        for place in way[1:]:
            pen.move_to_element_with_offset(element, *place)
        pen.release()
    pen.perform()
    next_frame(browser)


def next_frame(browser):
    browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")


def best(browser):
    return browser.execute_script("return document.querySelector('.best .name')?.textContent")


def layers(browser):
    script = "return [...document.querySelectorAll('#layer-list canvas')].map((c) => c.toDataURL())"
    return browser.execute_script(script)


SEVEN = [[(0.15, 0.15), (0.3, 0.14), (0.45, 0.15), (0.38, 0.3), (0.32, 0.42), (0.28, 0.55)]]
DRAWN = {
    "7": SEVEN,
    "1": [[(0.6, 0.2), (0.59, 0.5), (0.6, 0.9)]],
    "4": [[(0.4, 0.1), (0.3, 0.35), (0.2, 0.5), (0.4, 0.5), (0.7, 0.5)], [(0.6, 0.1), (0.59, 0.9)]],
}


@pytest.mark.slow
def test_what_is_drawn_moves_everything(digits, quiet):
    browser = opened(quiet, digits[1])
    assert best(browser) is None
    seen = [layers(browser)]
    for digit, strokes in DRAWN.items():
        draw(browser, strokes)
        assert best(browser) == digit
        assert browser.find_element(By.ID, "spoken").get_attribute("textContent").startswith(digit)
        seen.append(layers(browser))
        browser.find_element(By.ID, "clear").click()
        next_frame(browser)
        assert best(browser) is None
    assert len(seen[0]) == 2
    for first, second in pairwise(seen):
        assert all(a != b for a, b in zip(first, second, strict=True))


def pixels(browser, canvas):
    """(height, width, 3) bytes that a canvas shows."""
    shape, values = browser.execute_script("""
        const from = document.querySelector(arguments[0]), {width, height} = from;
        const pen = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
        pen.drawImage(from, 0, 0);
        return [[height, width, 4], [...pen.getImageData(0, 0, width, height).data]];
    """, canvas)  # fmt: skip
    return np.reshape(values, shape)[..., :3]


@pytest.mark.slow
def test_a_figure_is_placed_as_mnist_places_it(digits, quiet):
    """Twenty pixels large, with a pen of 0.115 of that, its mass in the middle."""
    from mlp_scratch.data.pictures.ink.strokes import USUAL

    browser, width = opened(quiet, digits[1]), 20 * USUAL
    for dx, dy in ((0.8, 0.4), (0.0, 0.5), (0.3, -0.3)):
        draw(browser, [[(0.1, 0.5), (0.1 + dx, 0.5 + dy)]])
        ink = pixels(browser, "#seen canvas")[..., 0] / 255
        at = np.arange(28) + 0.5
        centre = [(ink.sum(axis=k) * at).sum() / ink.sum() for k in (0, 1)]
        np.testing.assert_allclose(centre, 14.5, atol=0.05)
        length = (20 - width) * np.hypot(dx, dy) / max(abs(dx), abs(dy))
        np.testing.assert_allclose(ink.sum(), width * length + np.pi / 4 * width**2, rtol=0.03)
        browser.find_element(By.ID, "clear").click()


def test_a_test_picture_is_answered_as_it_is_and_drawn_upon(digits, quiet):
    net, path, rows = digits
    browser = opened(quiet, path)
    browser.find_elements(By.CSS_SELECTOR, "#example-list button")[4].click()
    next_frame(browser)
    assert best(browser) == str(net.predict(rows[4:5])[0])
    before = layers(browser)
    draw(browser, [[(0.1, 0.9), (0.9, 0.9)]])
    assert layers(browser) != before
    browser.find_element(By.ID, "undo").click()
    next_frame(browser)
    assert layers(browser) == before


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_phone_and_follows_the_system(digits, quiet, dark):
    media = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    quiet.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
    phone = {"width": 375, "height": 667, "deviceScaleFactor": 2, "mobile": True}
    quiet.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    browser = opened(quiet, digits[1])
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 375
    assert browser.execute_script("return document.documentElement.dataset.theme") == (
        "dark" if dark else "light"
    )
    touch = "return getComputedStyle(document.getElementById('sheet')).touchAction"
    assert browser.execute_script(touch) == "none"  # or a finger would scroll
    quiet.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    quiet.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_pictures_of_colour_are_painted(page):
    images = RNG.integers(0, 256, (60, 8, 8, 3), dtype=np.uint8)
    net = NeuralNet(layers=[192, 8, 2], epochs=2, batch_size=20).train(images, np.arange(60) % 2)
    rows = images.reshape(60, -1)
    browser = page(of(net), Examples(rows[:4], truths=["a", "b", "a", "b"], pixels=_pixels(rows)))
    ours = net.predict_proba(images[:1])[0].max()
    said = browser.find_element(By.CSS_SELECTOR, ".best .value").text
    assert said == f"{100 * ours:.1f} %"  # it starts from the first of them
    before = layers(browser)
    draw(browser, [[(0.2, 0.2), (0.8, 0.8)]])
    assert layers(browser) != before


@pytest.mark.slow
def test_two_features_are_a_map_to_click(page):
    x = RNG.uniform(-1, 1, (400, 2)).astype(np.float32)
    labels = np.where(x[:, 0] * x[:, 1] > 0, "same", "unlike")
    net = NeuralNet(layers=[2, 16, None], epochs=40, batch_size=20, lr=0.01).train(x, labels)
    some = [[*map(float, row)] for row in x[:100]]
    examples = Examples(
        rows=some[:3], truths=["", "", ""], some=some, targets=(labels[:100] == "unlike") * 1.0
    )
    browser = page(of(net), examples)
    for place, expected in (((0.2, 0.2), "unlike"), ((0.8, 0.2), "same"), ((0.2, 0.8), "same")):
        draw(browser, [[place, place]], "#plot-canvas")
        assert best(browser) == expected
    shown = pixels(browser, "#plot-canvas")
    corner = [shown[9, 9], shown[9, -9], shown[-9, 9], shown[-9, -9]]
    reds = [int(colour[0]) for colour in corner]  # "same" is blue, "unlike" orange
    assert min(reds[0], reds[3]) > max(reds[1], reds[2])


def test_names_from_a_run_are_never_markup(page):
    net = NeuralNet(layers=[64, 4, None], epochs=1).train(
        IMAGES, np.array([EVIL, "b"])[np.arange(1000) % 2]
    )
    browser = page(of(net), Examples(IMAGES[:2], truths=[EVIL, EVIL]), title=EVIL)
    assert browser.find_element(By.ID, "title").text.startswith("</script><script>")
    assert "</script>" in browser.find_element(By.CSS_SELECTOR, ".bars .name").text
    assert browser.execute_script("return document.querySelectorAll('script, img').length") == 2


REFUSED = [
    (
        {"layers": [64, 8, 3]},
        "activations",
        ({"name": "softsign"},),
        "activation=softsign: the page",
    ),
    (
        {"layers": [64, 8, 3]},
        "image_shape",
        None,
        "up to 40 columns; the network was trained on 64",
    ),
]


@pytest.mark.parametrize(("settings", "attribute", "value", "message"), REFUSED)
def test_what_has_no_form_on_a_page_is_refused(settings, attribute, value, message):
    network = of(trained(**settings, epochs=1))
    object.__setattr__(network, attribute, value)
    with pytest.raises(ConfigError, match=message):
        draw_page(network, Examples(), "a run")


def test_a_network_too_large_for_a_page(monkeypatch):
    monkeypatch.setattr(network_as_json, "MOST_PARAMETERS", 100)
    with pytest.raises(ConfigError, match="parameters; a page holds 100"):
        draw_page(of(trained(epochs=1)), Examples(), "a run")


def test_the_page_holds_its_data_as_json(tmp_path):
    text = draw_page(of(trained(epochs=1)), Examples(), "a run").decode()
    data = text.partition('id="data">')[2].partition("</script>")[0]
    assert json.loads(data)["network"]["sizes"] == [64, 32, 16, 3]
