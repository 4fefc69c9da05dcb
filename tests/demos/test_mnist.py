import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd.errors import DataError
from demos import __main__ as command
from demos import _mnist_answers as words
from demos import _mnist_training as bench
from demos import mnist
from demos._mnist_training import HEADER, NONE, Lab, NotTrainedError, Result


def a_result(
    layers: int = 2,
    activation: str = "relu",
    note: str = "",
    *,
    right: int = 90,
    training: float = 1.0,
    validation: float | None = 0.9,
    losses: tuple[float, ...] = (0.5, 0.3, 0.4),
) -> Result:
    """A network that reads the first so many of 100 test digits right."""
    model = nn.MLP(4, [3] * (layers - 1) + [10], activation, seed=0)
    sizes = nn.WeightSizes()
    sizes.layers = ["layers.0"]
    sizes._rows = [(epoch, {"layers.0": (0.5 + epoch, 0.1)}) for epoch in range(len(losses) + 1)]
    history = nn.History({"loss": [0.1] * len(losses), "validation_loss": list(losses)})
    network = "-".join(map(str, [4, *[3] * (layers - 1), 10]))
    return Result(
        network, activation if layers > 1 else NONE, note, model, history, sizes, 1.0,
        training, validation, np.arange(100) < right,
    )  # fmt: skip


def a_lab(*results: Result) -> Lab:
    rng = np.random.default_rng(0)
    digits = rng.uniform(size=(100, 4)), np.arange(100) % 10
    lab = Lab(digits, digits, digits, epochs=1, batch_size=50)
    lab.results.update({result.key: result for result in results})
    return lab


# --- what it must reach ---------------------------------------------------------------------------


def test_one_layer_reads_88_and_two_layers_94_percent_of_unseen_digits_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole, test = nn.data.digits(28)
    lab = Lab(whole, None, test, epochs=15, batch_size=32)
    lab.train(())
    lab.train(mnist.TWO)
    assert lab.result(1, NONE).test >= 0.88
    assert lab.result(2).test >= 0.94
    assert [line[:14].strip() for line in capsys.readouterr().out.splitlines()] == [
        "784-10", "784-128-10",
    ]  # fmt: skip


# --- the table ------------------------------------------------------------------------------------


def test_rows_stand_under_their_header_within_100_characters() -> None:
    model = nn.MLP(784, [128, 10], seed=0)
    result = replace(a_result(2, "relu", "early stopping"), network="784-128-64-10", model=model)
    assert len(HEADER) <= 100
    for row in (result.row, replace(result, validation=None, seconds=1234.5).row):
        assert len(row) == len(HEADER)
        assert re.match(r"784-128-64-10 relu, early stopping +101,770 ", row)
    assert re.search(r" 100\.0%   90\.0%  10\.0  90\.0%    3\.50$", result.row)


def test_the_gap_is_to_the_test_digits_where_none_were_held_out() -> None:
    assert a_result(right=80, validation=0.9).gap == pytest.approx(0.1)
    assert a_result(right=80, validation=None).gap == pytest.approx(0.2)


def test_what_was_not_trained_is_named() -> None:
    lab = a_lab(a_result())
    assert lab.result(2) is lab.results[2, "relu", ""]
    for said, given in {
        "1 layer": (1, NONE),
        "2 layers of no activation": (2, NONE),
        "2 layers of relu, weight decay": (2, "relu", "weight decay"),
    }.items():
        with pytest.raises(NotTrainedError, match=f"^{said}$"):
            lab.result(*given)


# --- the answers ----------------------------------------------------------------------------------


def test_a_difference_is_luck_if_few_digits_make_it() -> None:
    def gained_and_lost(gained: int, lost: int) -> bool:
        one, other = np.zeros((2, 50), dtype=bool)
        one[:gained] = other[gained : gained + lost] = True
        return words.more_than_chance(
            replace(a_result(), right=one), replace(a_result(), right=other)
        )

    assert not gained_and_lost(0, 0)
    assert not gained_and_lost(4, 0)
    assert gained_and_lost(5, 0)
    assert gained_and_lost(0, 5)
    assert not gained_and_lost(10, 5)


@pytest.mark.parametrize(("none", "said"), [(70, "matters"), (89, "has not shown to matter")])
def test_the_activation_matters_if_the_numbers_say_so(none: int, said: str) -> None:
    nets = [a_result(2, name, right=90) for name in ("relu", "tanh", "sigmoid")]
    lab = a_lab(a_result(1), *nets, a_result(2, NONE, right=none))
    answer = words.on_activation(lab)
    assert f"That there is one {said}: between relu and none lie {90 - none}.0 points" in answer
    assert re.search(r"differ by at most \de-1[5-7]\.", answer)


def test_layers_without_activation_are_their_product_and_others_are_not() -> None:
    lab = a_lab()
    for activation, least, most in ((NONE, 0.0, 1e-14), ("relu", 0.01, 100.0)):
        model = nn.MLP(4, [5, 6, 10], activation, seed=0)
        model.layers[1].neurons[2].b.data = 0.7
        assert least <= words.as_one_layer(model, lab) < most


@pytest.mark.parametrize(
    ("third", "said"),
    [
        ((96, 97), r"\+3\.0 points on average, needed for that: its worst seed beats"),
        ((95, 97), r"\+2\.5 points on average, not needed: not every seed beats"),
        ((80, 81), r"-13\.0 points on average, not needed"),
    ],
)
def test_a_layer_is_needed_if_every_seed_is_better_for_it(
    third: tuple[int, int], said: str
) -> None:
    shares = {1: (80, 80), 2: (92, 95), 3: third}
    exam = a_lab(
        *(
            a_result(layers, note=f"seed {seed}", right=right)
            for layers, both in shares.items()
            for seed, right in enumerate(both)
        )
    )
    one, two, three = words.on_layers(exam).splitlines()[1:]
    assert one == "One layer: 80.0%, 80.0% right, one number a seed."
    assert "Two: 92.0%, 95.0%" in two
    assert "needed for that" in two
    assert re.search(said, three)


@pytest.mark.parametrize(
    ("right", "said"),
    [(10, "learnt next to nothing"), (80, "not the best"), (95, "the deepest is the best")],
)
def test_what_depth_does_is_read_from_the_numbers(right: int, said: str) -> None:
    lab = a_lab(
        *(a_result(k, name) for k in (2, 3) for name in ("relu", "sigmoid")),
        *(a_result(6, name, right=right) for name in ("relu", "sigmoid")),
    )
    flows = {"sigmoid": lab.watch_gradients((3,) * 9, "sigmoid")}
    answer = words.on_depth(lab, flows)
    assert f"2 layers 90.0%, 3 layers 90.0%, 6 layers {right}.0%" in answer
    assert said in answer.splitlines()[0]
    assert flows["sigmoid"].diagnosis()[0] in answer.splitlines()[2]


def test_overfitting_is_told_where_it_begins_or_that_it_has_not() -> None:
    one = a_result(1, validation=0.98)
    turned = words.on_overfitting(a_lab(one, a_result(validation=0.8)))
    assert "largest gap is that of 4-3-10 relu, 20.0 points" in turned
    assert (
        "least after epoch 2, 0.300, and 0.400 after 3, when the training loss is 0.100" in turned
    )
    assert "max|w| goes from 0.50 to 3.50" in turned
    falling = words.on_overfitting(
        a_lab(
            replace(one, training=0.9),
            a_result(training=0.9, losses=(0.5, 0.4, 0.3)),
            a_result(note="9 digits", validation=0.6),
        )
    )
    assert "None is above a point: nothing overfits yet" in falling
    assert "is still falling in epoch 3" in falling
    assert "100.0% of the training" not in falling
    assert "With only 9 digits to learn from, the gap is 40.0 points." in falling


def test_remedies_are_compared_with_the_same_network_without() -> None:
    stopped = a_result(note="early stopping", right=90)
    stopped.history.best_epoch = 2
    decayed = a_result(note="weight decay", right=70, losses=(0.5, 0.3, 0.2))
    first, second = words.on_remedies(a_lab(a_result(right=90), stopped, decayed)).splitlines()
    assert first.startswith("Weight decay: validation loss 0.200 instead of 0.400")
    assert first.endswith("fewer test digits right by 20.0 points, more than chance.")
    assert second.startswith("Early stopping (epoch 2 of 3 kept): validation loss 0.300 instead")
    assert second.endswith("max|w| 2.50 instead of 3.50; as many test digits right.")


def test_a_question_that_cannot_be_answered_says_what_was_not_trained() -> None:
    said = dict(words.answers(a_lab(), a_lab(), {}))
    assert len(said) == 5
    missing = "No answer: what was not trained is a network of"
    assert said["What helps against it?"] == f"{missing} 2 layers of relu."
    assert said["Are two or three layers needed?"] == f"{missing} one layer in the exam."


# --- Ctrl-C, and all of MNIST ---------------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 1, 3])
def test_after_ctrl_c_what_was_trained_is_in_the_table_and_the_pictures(
    after: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = 0

    def interrupted(*given: Any, **options: Any) -> nn.History:
        nonlocal fitted
        fitted += 1
        return nn.fit(*given, **options | {"callbacks": [*options["callbacks"], press]})

    def press(run: nn.callbacks.Run) -> None:
        if fitted > after:
            raise KeyboardInterrupt

    fakes = {**vars(nn), "fit": interrupted}
    monkeypatch.setattr(bench, "nn", type("nn", (), fakes))
    pictures = mnist.main(tmp_path, quick=True)
    printed = capsys.readouterr().out
    rows = re.findall(r"^49-.*%.*$", printed, re.M)
    assert len(rows) == after + 1
    assert "interrupted" in rows[-1]
    assert "interrupted" not in "".join(rows[:-1])
    assert "Interrupted: what is trained so far is in the table." in printed
    assert "No answer: what was not trained" in printed
    assert {path.name for path in pictures} >= {"mnist_curves.png", "mnist_mistakes.png"}


def test_all_asks_for_the_whole_of_mnist_and_without_it_says_why_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(**options: Any) -> None:
        raise DataError("no network here")

    monkeypatch.setattr(nn.data, "mnist", none)
    with pytest.raises(SystemExit, match="no network here"):
        command.main(["mnist", "--all", "--quick", "--folder", str(tmp_path)])
    for others in (["moons", "--all"], ["--all"]):
        with pytest.raises(SystemExit):
            command.main(others)
        assert "--all is for the demo mnist" in capsys.readouterr().err
