"""Damage to YAML, JSON and tables that keeps them readable: values, keys, names and words."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import payloads
import yaml
from damage_files import Damage

MARK = "MLPMARKMLP"  # stands for the raw text until everything is written


def places(tree: Any, at: tuple = ()) -> Iterator[tuple]:
    """Where each value is in nested mappings and lists, of sections too."""
    if at:
        yield at
    if isinstance(tree, dict | list):
        inside = tree.items() if isinstance(tree, dict) else enumerate(tree)
        for key, value in inside:
            yield from places(value, (*at, key))


def put(tree: Any, at: tuple, value: Any) -> None:
    for key in at[:-1]:
        tree = tree[key]
    tree[at[-1]] = value


def _choice(rng: random.Random, raws: list[str], number: int) -> str:
    """All of them in turn, in an order that the kind's numbers give."""
    return raws[number % len(raws)]


def yaml_values(name: str, raws: list[str]) -> Damage:
    """One or more values of the file ``name`` become raw text."""

    def damage(rng: random.Random, folder: Path, number: int) -> None:
        path = folder / name
        tree = yaml.safe_load(path.read_text())
        chosen = rng.sample(list(places(tree)), rng.choice((1, 1, 1, 4)))
        for at in sorted(chosen, key=len):
            try:
                put(tree, at, MARK)
            except (TypeError, KeyError, IndexError):  # what it lay in was replaced before
                continue
        text = yaml.safe_dump(tree, sort_keys=False)
        raw = _choice(rng, raws, number)
        path.write_text(text.replace(MARK, raw), encoding="utf-8", errors="surrogatepass")

    return damage


def yaml_key(name: str) -> Damage:
    """A key more, or another name for one, of odd characters and values."""

    def damage(rng: random.Random, folder: Path, number: int) -> None:
        path = folder / name
        tree = yaml.safe_load(path.read_text())
        raws = [*payloads.YAML["texts"], *payloads.YAML["places"], *payloads.YAML["kinds"]]
        sections = [tree, *(value for value in tree.values() if isinstance(value, dict))]
        rng.choice(sections)[MARK] = rng.choice((1, None, "x", [1], {"a": 1}))
        raw = _choice(rng, raws, number)
        if len(raw) > 900:
            raw = raw[:900]
        path.write_text(yaml.safe_dump(tree).replace(MARK + ":", f"? {raw}\n:"), encoding="utf-8")

    return damage


def yaml_file(name: str) -> Damage:
    """The whole file is another; or has it at its end."""

    def damage(rng: random.Random, folder: Path, number: int) -> None:
        path = folder / name
        before = path.read_text() if number % 2 else ""
        text = payloads.YAML_FILES[number // 2 % len(payloads.YAML_FILES)]
        path.write_text(before + text, encoding="utf-8")

    return damage


def json_values(name: str, raws: list[str]) -> Damage:
    """One or more values of the file ``name`` become raw text."""

    def damage(rng: random.Random, folder: Path, number: int) -> None:
        path = folder / name
        tree = json.loads(path.read_text())
        for at in rng.sample(list(places(tree)), rng.choice((1, 2, 9))):
            try:
                put(tree, at, MARK)
            except (TypeError, KeyError, IndexError):
                continue
        raw = _choice(rng, raws, number)
        path.write_text(json.dumps(tree).replace(f'"{MARK}"', raw), encoding="utf-8")

    return damage


def json_at(name: str, keys: tuple[str, ...], raws: list[str]) -> Damage:
    """The value of one of the dotted ``keys``, there already or not, becomes raw text."""

    def damage(rng: random.Random, folder: Path, number: int) -> None:
        path = folder / name
        tree = json.loads(path.read_text())
        place = tree
        *parents, last = keys[number % len(keys)].split(".")
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = MARK
        raw = raws[(number // len(keys) + rng.randrange(len(raws))) % len(raws)]
        path.write_text(json.dumps(tree).replace(f'"{MARK}"', raw), encoding="utf-8")

    return damage


def json_keys(name: str) -> Damage:
    """More keys, at all levels: odd, many, or the same again."""

    def damage(rng: random.Random, folder: Path, number: int) -> None:
        path = folder / name
        text = path.read_text()
        raws = [raw for raw in payloads.JSON["texts"] if raw.startswith('"')]
        key = _choice(rng, raws, number)
        value = rng.choice(("0.5", "null", '"x"', "{}", "[]", '{"best": {"accuracy": 0.9}}'))
        at = rng.choice([i for i, c in enumerate(text) if c == "{"])
        path.write_text(f"{text[: at + 1]}{key}: {value}, {text[at + 1 :]}", encoding="utf-8")

    return damage


def cells(name: str) -> Damage:
    """Cells of a table, or names of its columns."""

    def damage(rng: random.Random, folder: Path, number: int) -> None:
        path = folder / name
        rows = [line.split(",") for line in path.read_text().splitlines()]
        cell = _choice(rng, payloads.CELLS, number)
        for _ in range(rng.choice((1, 1, 5))):
            row = rows[rng.choice((0, rng.randrange(len(rows))))]
            row[rng.randrange(len(row))] = cell
        text = "\n".join(map(",".join, rows)) + "\n"
        path.write_text(text, encoding="utf-8", errors="surrogatepass")

    return damage


def table(name: str) -> Damage:
    """The table has another shape: wide, long, ragged, headless, of one line."""

    def damage(rng: random.Random, folder: Path, number: int) -> None:
        path = folder / name
        head, *rows = path.read_text().splitlines()
        texts = (
            head,
            "\n".join(rows),
            "\n".join([head, head, *rows]),
            "\n".join([head, *rows * 20_000]),
            ",".join(f"c{i}" for i in range(100_000)) + "\n" + ",".join("1" * 100_000),
            head + "," + head + "\n" + "\n".join(f"{row},{row}" for row in rows),
            "\n".join([head, *(row[: rng.randrange(len(row))] for row in rows)]),
            "\n".join([head, *(f"{row},1,2,3" for row in rows)]),
            head + "\n" + "\r".join(rows),
            head + "\n" + "\n" * 100_000 + rows[0],
            "epoch\n" + "\n".join("1" for _ in range(1000)),
            "epoch,val_accuracy\n1e300,0.5\n-5,0.7\nnan,0.9\n",
            head + "\n" + ",".join(["0"] * (head.count(",") + 1)),
        )
        path.write_text(texts[number % len(texts)])

    return damage


def jobs(what: str) -> Damage:
    """The plan of a sweep: names of jobs, their overrides, or what was asked."""

    def damage(rng: random.Random, folder: Path, number: int) -> None:
        path = folder / "sweep.yaml"
        plan = yaml.safe_load(path.read_text())  # a YAMLError where it is damaged already
        word = payloads.WORDS[number % len(payloads.WORDS)]
        first = next(iter(plan["jobs"]))
        if what == "names":
            plan["jobs"][payloads.NAMES[number % len(payloads.NAMES)]] = plan["jobs"].pop(first)
        elif what == "words":
            words = plan["jobs"][first]["overrides"]
            words.insert(rng.randrange(len(words) + 1), word)
            plan["asked"][-1]["overrides"].append(word)
        elif what == "asked":
            key = ("launcher", "overrides")[number % 2]
            plan["asked"][-1][key] = [word, rng.choice(payloads.WORDS)]
            plan["asked"][-1]["config_dir"] = rng.choice((None, "cfg", str(folder / "cfg"), "/", 7))
            _evil_configs(folder)
        else:
            many = (500, 20)[number % 2]
            job = plan["jobs"][first]
            plan["jobs"] |= {f"{i}" + "x" * (number % 90): job for i in range(many)}
        text = yaml.safe_dump(plan, sort_keys=False, allow_unicode=False)
        path.write_text(text, encoding="utf-8", errors="surrogatepass")

    return damage


def _evil_configs(folder: Path) -> None:
    """Configs that would run something, where a search path might find them."""
    evil = "hydra:\n  callbacks:\n    x:\n      _target_: os.system\n      command: touch canary\n"
    for place in ("cfg/cluster/evil.yaml", "cfg/config.yaml", "cfg/hydra/launcher/evil.yaml"):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("# @package _global_\n" + evil)


def searched(rng: random.Random, folder: Path, number: int) -> None:
    """What a search was asked for says more than it may."""
    path = folder / "search.yaml"
    asked = yaml.safe_load(path.read_text())
    words = [*payloads.SEARCH_WORDS, *payloads.WORDS]
    asked["overrides"].append(words[number % len(words)])
    _evil_configs(folder)
    path.write_text(yaml.safe_dump(asked), encoding="utf-8")
