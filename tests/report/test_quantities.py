import pytest

from mlp_scratch.report.quantities import counts_most, quantity_of, title_of, unit_of


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("val_rmse", "rmse"),
        ("test_macro_f1", "macro_f1"),
        ("train_eval_loss", "loss"),
        ("train_loss", "loss"),
        ("lr", "lr"),
    ],
)
def test_a_quantity_is_a_name_without_its_rows(name: str, quantity: str) -> None:
    assert quantity_of(name) == quantity


@pytest.mark.parametrize(
    ("names", "wanted", "found"),
    [
        (["train_loss", "train_accuracy", "val_loss", "val_accuracy"], "val_loss", "accuracy"),
        (["train_loss", "val_loss", "val_r2", "val_mae", "val_rmse"], None, "rmse"),
        (["train_loss", "val_loss", "val_r2", "val_rmse"], "val_r2", "r2"),
        (["val_loss", "val_rmse", "val_r2"], "test_r2", "r2"),
        (["val_loss", "val_rmse"], "timings.total_seconds", "rmse"),
        (["val_loss", "val_my_own"], None, "my_own"),
        (["epoch", "lr", "train_loss"], "val_loss", None),
        ([], None, None),
    ],
)
def test_what_counts_most(names: list[str], wanted: str | None, found: str | None) -> None:
    assert counts_most(names, wanted) == found


def test_titles_and_units() -> None:
    assert [*map(title_of, ("loss", "accuracy", "rmse", "r2", "macro_f1", "roc_auc"))] == [
        *("Loss", "Accuracy", "RMSE", "R²", "Macro F1", "ROC AUC")
    ]
    assert unit_of("rmse") == "in the target's unit"
    assert unit_of("accuracy") == unit_of("r2") == unit_of("loss") == ""
