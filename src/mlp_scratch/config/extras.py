"""Packages that only some people need: what to say when one is not there."""

from mlp_scratch.errors import ConfigError


def missing_extra(what: str, package: str, extra: str) -> ConfigError:
    """The error of ``what`` when ``package`` cannot be imported; ``extra`` installs it."""
    return ConfigError(f"{what} needs {package}: pip install 'mlp-scratch[{extra}]'")
