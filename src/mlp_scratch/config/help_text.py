"""What ``train --help`` prints: the template of ``conf/config.yaml`` with the groups of ``conf/``.

Hydra can print it as well, but composes the whole config once for every group on the way, which
takes longer than anything else in this program's start.
"""

from pathlib import Path

import yaml

from mlp_scratch.config.paths import conf_dir


def help_text(config_dir: str | None) -> str:
    """The help, with the choices of the user's own folder among them."""
    folders = [conf_dir(), *([Path(config_dir)] if config_dir else [])]
    config = yaml.safe_load((conf_dir() / "config.yaml").read_text("utf-8"))
    return str(config["hydra"]["help"]["template"]).replace("$APP_CONFIG_GROUPS", _groups(folders))


def _groups(folders: list[Path]) -> str:
    """A line for each group: its name and its choices."""
    choices: dict[str, set[str]] = {}
    for folder in folders:
        for file in folder.glob("*/*.yaml"):
            choices.setdefault(file.parent.name, set()).add(file.stem)
    choices.pop("hydra", None)
    return "".join(f"{group}: {', '.join(sorted(choices[group]))}\n" for group in sorted(choices))
