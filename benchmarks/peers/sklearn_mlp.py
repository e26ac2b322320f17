"""scikit-learn's ``MLPClassifier``, an epoch at a time by ``partial_fit``, finite checks off."""

import warnings

import sklearn
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_info, threadpool_limits

from cells import BETA1, BETA2, EPS, MOMENTUM, Cell, Data, first_weights


class Peer:
    def __init__(self, cell: Cell, data: Data, threads: int):
        warnings.filterwarnings("ignore")
        sklearn.set_config(assume_finite=True)
        threadpool_limits(threads, user_api="blas")
        self.x, self.y = data.floats, data.y
        batch = cell.rows(len(self.x))
        self.model = MLPClassifier(
            cell.layers[1:-1],
            solver="adam" if cell.optimizer == "adam" else "sgd",
            alpha=0.0,
            batch_size=batch,
            learning_rate_init=cell.lr,
            momentum=MOMENTUM if cell.optimizer == "momentum" else 0.0,
            nesterovs_momentum=False,
            beta_1=BETA1,
            beta_2=BETA2,
            epsilon=EPS,
            random_state=0,
        )
        self.model.partial_fit(self.x[:batch], self.y[:batch], classes=range(cell.layers[-1]))
        for own_W, own_b, (W, b) in zip(
            self.model.coefs_, self.model.intercepts_, first_weights(cell.layers), strict=True
        ):
            own_W[...], own_b[...] = W, b

    def blas(self) -> str:
        names = {
            f"{i['internal_api']} {i['version']} {i['architecture']}, {i['num_threads']} threads"
            for i in threadpool_info()
            if i["user_api"] == "blas"
        }
        return f"scikit-learn {sklearn.__version__}, {'; '.join(sorted(names))}"

    def epoch(self) -> tuple[float, float]:
        self.model.partial_fit(self.x, self.y)
        return self.model.loss_, float("nan")  # it does not count what is right
