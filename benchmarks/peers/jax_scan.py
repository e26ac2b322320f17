"""JAX with the whole epoch compiled into one ``lax.scan``; a short last batch is one more step."""

from functools import partial

from peers import jax_step


class Peer(jax_step.Peer):
    def build(self, step) -> None:
        def epoch(state, x, y, order):
            batch = self.cell.rows(len(x))
            whole = len(x) // batch * batch

            def body(state, rows):
                return step(state, x[rows], y[rows]), None

            state, _ = self.jax.lax.scan(body, state, order[:whole].reshape(-1, batch))
            if whole < len(x):
                state, _ = body(state, order[whole:])
            return state

        jit = partial(self.jax.jit, donate_argnums=0)
        self.scanned, self.step = jit(epoch), jit(step)

    def train(self) -> None:
        if self.cell.batch:
            self.state = self.scanned(self.state, self.x, self.y, self.order())
        else:
            self.state = self.step(self.state, self.x, self.y)
