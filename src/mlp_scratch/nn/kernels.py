"""Which classes do the computing: the plain ones, or the fast ones of ``nn.fast``.

Both give the same numbers within rounding, and a network is built from either. The plain ones are
there to be read, the fast ones to train with; without the folder ``nn/fast`` the plain ones work.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlp_scratch.nn.range_checks import HyperparameterError, one_of


@dataclass(frozen=True)
class Kernels:
    """What a network and its training are made of.

    counterparts: by plain class or function, what takes its place; see ``of``.
    """

    name: str
    counterparts: Mapping[Any, Any] = field(default_factory=dict)

    def of(self, plain: Any) -> Any:
        """What to use for the class of a layer, an activation, a loss, an optimizer or an average,
        or for a penalty.

        Itself where there is nothing else, as for a class of one's own, be it derived from one
        that has a counterpart.
        """
        return self.counterparts.get(plain, plain)


PLAIN = Kernels("plain")
KERNELS = ("fast", "plain")


def kernels(name: str) -> Kernels:
    """The kernels "fast" or "plain". Raises HyperparameterError."""
    if one_of("kernels", name, KERNELS) == "plain":
        return PLAIN
    try:
        from mlp_scratch.nn.fast import FAST  # only where it is wanted
    except ModuleNotFoundError as error:
        if error.name != "mlp_scratch.nn.fast":
            raise
        rule = "plain, for the folder nn/fast has been deleted"
        raise HyperparameterError("kernels", rule, name) from error
    return FAST
