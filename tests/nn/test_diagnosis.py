"""What is said of networks that are really ill, and that nothing is said of sound ones."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

import nn
from autograd import Stepper
from nn.callbacks.diagnosis import DEAD, EXPLODING, GROWTH, ROWS, SATURATED, VANISHING, diagnose
from nn.callbacks.units import Units

X, Y = nn.data.moons(60, noise=0.1, seed=0)
SIGNS = 2 * Y - 1
ADVICE = "try a smaller learning rate, smaller first weights, or inputs of about unit size"


def trained(model: nn.Module, **settings: Any) -> nn.GradientFlow:
    flow = nn.GradientFlow()
    chosen: dict[str, Any] = {
        "y": SIGNS, "loss": "hinge_loss", "optimizer": nn.SGD(lr=0.1), "epochs": 3,
        "batch_size": 10, "seed": 0, "verbose": 0,
    } | settings  # fmt: skip
    nn.fit(model, X, chosen.pop("y"), callbacks=[flow], **chosen)
    return flow


def scaled(model: nn.MLP, factor: float) -> nn.MLP:
    for p in model.parameters():
        p.data *= factor
    return model


def biased(model: nn.MLP, bias: float) -> nn.MLP:
    for layer in model.layers[:-1]:
        for neuron in layer.neurons:
            neuron.b.data = bias
    return model


# --- real networks -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("sizes", "activation", "settings"),
    [
        ([16, 16, 1], "relu", {"epochs": 12}),
        ([8, 8, 1], "tanh", {"epochs": 12}),
        ([8, 1], "relu", {"batch_size": 1, "optimizer": nn.SGD(lr=0.01)}),
        ([1], "relu", {}),
        ([8, 8, 1], "relu", {"optimizer": nn.SGD(lr=0.05, momentum=0.9), "batch_size": None}),
        ([6] * 6 + [1], "tanh", {"epochs": 5}),
        ([8, 1], "sigmoid", {"y": Y, "loss": "binary_cross_entropy_with_logits"}),
    ],
)
def test_nothing_is_said_of_a_sound_network(
    sizes: list[int], activation: str, settings: dict[str, Any], seed: int
) -> None:
    assert trained(nn.MLP(2, sizes, activation, seed=seed), **settings).diagnosis() == []


def test_eight_layers_of_sigmoids_vanish() -> None:
    flow = trained(nn.MLP(2, [6] * 8 + [1], "sigmoid", seed=0))
    (said,) = flow.diagnosis()
    assert said.startswith(
        "layers.0, layers.1, layers.2 and 2 more layers are vanishing: the gradient per weight of "
        "layers.0 is "
    )
    assert said.endswith(" of layers.8's; try relu, fewer layers, or larger first weights")


def test_eight_layers_of_relus_do_not_vanish() -> None:
    said = trained(nn.MLP(2, [12] * 8 + [1], "relu", seed=0)).diagnosis()
    assert [sentence for sentence in said if "vanishing" in sentence] == []


def test_far_too_large_steps_explode() -> None:
    with pytest.warns(nn.DivergenceWarning, match="the loss has grown from"):
        flow = trained(nn.MLP(2, [8, 8, 1], seed=0), loss="mse_loss", optimizer=nn.SGD(lr=5.0))
    assert flow.diagnosis()[0].startswith("layers.2 is exploding: its gradient has a norm of ")
    assert flow.diagnosis()[0].endswith(f"; {ADVICE}")


def test_a_training_that_ends_because_it_diverges_is_said_to_explode() -> None:
    with pytest.warns(nn.DivergenceWarning, match="the loss became inf in step"):
        flow = trained(nn.MLP(2, [1], seed=0), loss="mse_loss", optimizer=nn.SGD(lr=1e60))
    assert all(map(math.isfinite, flow.gradient_norms["layers.0"]))
    said = flow.diagnosis()[0]
    assert re.fullmatch(rf"layers.0 is exploding: its gradient has a norm of \S+; {ADVICE}", said)


def test_gradients_that_are_not_finite_are_said_to_explode_since_the_first_such_step() -> None:
    gradients = {"first": [1.0, 2.0, math.nan, math.nan], "last": [1.0, math.inf, 1.0, 1.0]}
    (said,) = diagnose({"first": 4, "last": 4}, [1, 11, 21, 31], gradients, {}, {}, 0)
    assert said == (
        f"first and last are exploding: inf or nan in the gradients at step 11; {ADVICE}"
    )


def test_large_first_weights_explode() -> None:
    model = scaled(nn.MLP(2, [8, 8, 8, 1], seed=0), 8.0)
    (said,) = trained(model, loss="mse_loss", optimizer=nn.SGD(lr=1e-8)).diagnosis()
    assert said.startswith("layers.0, layers.1, layers.2 and layers.3 are exploding: the gradient")


def test_relus_with_far_too_low_biases_are_dead_and_what_lies_before_is_not_told_twice() -> None:
    flow = trained(biased(nn.MLP(2, [16, 8, 1], seed=0), -10.0))
    assert flow.diagnosis() == [
        f"{n} of {n} units of {name} are dead: their slope is 0 on all 60 rows looked at; try a "
        "smaller learning rate, larger biases, or leaky_relu"
        for name, n in (("layers.0", 16), ("layers.1", 8))
    ]


def test_tanh_with_weights_twenty_times_too_large_is_saturated() -> None:
    flow = trained(scaled(nn.MLP(2, [8, 8, 1], "tanh", seed=0), 20.0))
    shares = [flow.saturated[name][-1] for name in ("layers.0", "layers.1")]
    assert flow.diagnosis() == [
        f"layers.{i} is saturated: its activations have less than 5% of their full slope in "
        f"{share:.0%} of all cases; try smaller first weights, inputs of about unit size, or relu"
        for i, share in enumerate(shares)
    ]


def test_an_output_that_is_sure_is_not_said_to_be_saturated() -> None:
    model = scaled(nn.MLP(2, [1], output="sigmoid", seed=0), 200.0)
    flow = trained(model, y=Y, loss="mse_loss", optimizer=nn.SGD(lr=0.01))
    assert (flow.saturated["layers.0"][-1] or 0.0) > SATURATED
    assert flow.diagnosis() == []


def test_steps_that_move_nothing_are_told() -> None:
    flow = trained(nn.MLP(2, [8, 1], "tanh", seed=0), optimizer=nn.SGD(lr=1e-9))
    (said,) = flow.diagnosis()
    assert said.startswith("the weights hardly move: no update was above ")
    assert said.endswith(" of a layer's weights; try a larger learning rate")


def test_steps_that_move_too_far_are_told() -> None:
    flow = trained(nn.MLP(2, [1], seed=0), optimizer=nn.SGD(lr=20.0))
    (said,) = flow.diagnosis()
    assert said.startswith("layers.0 is moved too far by each step: its update is ")
    assert said.endswith(" of the weights; try a smaller learning rate")


def test_a_flow_without_a_probe_or_without_a_step_is_diagnosed_by_what_there_is() -> None:
    assert nn.GradientFlow().diagnosis() == []
    flow = nn.GradientFlow(probe=0)
    nn.fit(
        nn.MLP(2, [6] * 8 + [1], "sigmoid", seed=0), X, SIGNS, loss="hinge_loss",
        optimizer=nn.SGD(lr=0.1), epochs=1, batch_size=10, callbacks=[flow], seed=0, verbose=0,
    )  # fmt: skip
    assert [sentence.split(": ")[0].split()[-1] for sentence in flow.diagnosis()] == ["vanishing"]


# --- where the limits are ------------------------------------------------------------------------


def say(
    gradients: dict[str, list[float]],
    sizes: dict[str, int] | None = None,
    ratios: dict[str, list[float]] | None = None,
    units: dict[str, Units] | None = None,
    rows: int = 60,
) -> list[str]:
    steps = list(range(1, 1 + max((len(norms) for norms in gradients.values()), default=0)))
    sizes = sizes or dict.fromkeys(gradients, 1)
    return diagnose(sizes, steps, gradients, ratios or {}, units or {}, rows)


def test_a_layer_vanishes_below_a_thousandth_of_a_later_one() -> None:
    assert say({"a": [1.01 * VANISHING], "b": [1.0]}) == []
    assert say({"a": [0.99 * VANISHING], "b": [1.0]}) == [
        "a is vanishing: its gradient per weight is 0.001 of b's; try relu, fewer layers, or "
        "larger first weights"
    ]


def test_gradients_are_compared_per_weight() -> None:
    norms = {"a": [2.0 * VANISHING], "b": [1.0]}
    assert say(norms, {"a": 100, "b": 100}) == []
    assert say(norms, {"a": 900, "b": 100}) != []
    assert say({"a": [0.5 * VANISHING], "b": [1.0]}, {"a": 1, "b": 9}) == []


def test_an_earlier_layer_does_not_make_a_later_one_vanish_nor_do_zeros_everywhere() -> None:
    assert say({"a": [1.0], "b": [1e-9]}) == []
    assert say({"a": [0.0], "b": [0.0]}) == []


def test_a_layer_after_a_dead_one_can_vanish_and_one_before_it_is_explained() -> None:
    dead = {"b": Units(4, 4)}
    (said,) = say({"a": [0.0], "b": [0.0], "c": [1e-9], "d": [1.0]}, units=dead, rows=ROWS - 1)
    assert said.startswith("c is vanishing")


def test_the_latest_ten_steps_count_and_an_odd_one_among_them_does_not() -> None:
    assert say({"a": [1e-9] * 90 + [1.0] * 10, "b": [1.0] * 100}) == []
    assert say({"a": [1.0] * 96 + [1e-9] * 4, "b": [1.0] * 100}) == []
    assert say({"a": [1.0] * 94 + [1e-9] * 6, "b": [1.0] * 100}) != []


def test_a_norm_explodes_beyond_a_thousand() -> None:
    assert say({"a": [0.99 * EXPLODING]}) == []
    assert say({"a": [1.01 * EXPLODING], "b": [9 * EXPLODING]}) == [
        f"a and b are exploding: the gradient of b has a norm of 9e+03; {ADVICE}"
    ]


def test_a_norm_that_grew_a_hundredfold_explodes_unless_it_is_small() -> None:
    assert say({"a": [0.02] * 10 + [1.01 * GROWTH * 0.02] * 10}) == [
        f"a is exploding: its gradient grew from 0.02 to 2; {ADVICE}"
    ]
    assert say({"a": [0.02] * 10 + [0.99 * GROWTH * 0.02] * 10}) == []
    assert say({"a": [1e-5] * 10 + [0.5] * 10}) == []
    assert say({"a": [0.0] * 10 + [5.0] * 10}) == []
    assert say({"a": [5.0]}) == []


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_what_is_not_finite_is_told_with_its_first_step(bad: float) -> None:
    assert say({"a": [1.0, 1.0, bad], "b": [1.0, bad, bad], "c": [1.0] * 3}) == [
        f"a and b are exploding: inf or nan in the gradients at step 2; {ADVICE}"
    ]


def test_half_of_the_units_may_be_dead_and_few_rows_tell_nothing() -> None:
    assert say({}, units={"a": Units(10, round(10 * DEAD))}) == []
    (said,) = say({}, units={"a": Units(10, round(10 * DEAD) + 1), "b": Units()})
    assert said.startswith("6 of 10 units of a are dead: their slope is 0 on all 60 rows")
    assert say({}, units={"a": Units(10, 10)}, rows=ROWS - 1) == []
    assert say({}, units={"a": Units(10, 10)}, rows=ROWS) != []


def test_a_layer_is_saturated_from_three_quarters_on_unless_it_is_the_output() -> None:
    assert say({}, units={"a": Units(4, 0, 100, 74)}) == []
    assert say({}, units={"a": Units(4, 0, 100, 75, are_outputs=True)}) == []
    (said,) = say({}, units={"a": Units(4, 0, 100, 75)})
    assert "less than 5% of their full slope in 75% of all cases" in said


def test_updates_are_too_large_beyond_a_tenth_and_too_small_below_a_millionth() -> None:
    one = {"a": [1.0], "b": [1.0]}
    assert say(one, ratios={"a": [0.099], "b": [1e-9]}) == []
    assert say(one, ratios={"a": [0.101], "b": [0.3]}) == [
        "a and b are moved too far by each step: the update of b is 0.3 of the weights; "
        "try a smaller learning rate"
    ]
    assert say(one, ratios={"a": [1.1e-6], "b": [1e-9]}) == []
    assert say(one, ratios={"a": [9e-7], "b": [1e-9]}) == [
        "the weights hardly move: no update was above 9e-07 of a layer's weights; "
        "try a larger learning rate"
    ]
    assert say({"a": [0.0]}, ratios={"a": [0.0]}) == []  # it has converged


# --- runs that say little -------------------------------------------------------------------------


class Never(nn.Callback):
    def on_start(self, run: Any) -> None:
        run.stop("not today")


def test_a_run_without_a_step_is_told_of_its_units_alone() -> None:
    def untrained(model: nn.MLP) -> nn.GradientFlow:
        flow = nn.GradientFlow()
        history = nn.fit(
            model, X, SIGNS, loss="hinge_loss", optimizer=nn.SGD(lr=0.1), epochs=1,
            callbacks=[flow, Never()], verbose=0,
        )  # fmt: skip
        assert history.stopped == "not today"
        assert flow.steps == []
        return flow

    assert untrained(nn.MLP(2, [4, 1], "tanh", seed=0)).diagnosis() == []
    flow = untrained(biased(nn.MLP(2, [4, 4, 1], seed=0), -50.0))
    assert [sentence.split(" are")[0] for sentence in flow.diagnosis()] == [
        "4 of 4 units of layers.0", "4 of 4 units of layers.1",
    ]  # fmt: skip
    nn.plots.gradient_flow(flow, what="dead")


def test_what_rounding_has_left_of_zeros_is_neither_vanishing_nor_too_large_an_update() -> None:
    zeros = scaled(nn.MLP(2, [4, 1], "tanh", seed=0), 0.0)
    flow = trained(zeros, batch_size=None)  # as many of each label: their gradients cancel
    assert 0.0 < max(flow.gradient_norms["layers.1"]) < 1e-12
    said = flow.diagnosis()
    assert not [sentence for sentence in said if "vanishing" in sentence or "too far" in sentence]


@pytest.mark.parametrize("key", ["$a_{b$", "\x1b[31m", "\ud800", "a\nb"])
def test_a_layer_of_any_name_is_told_of_and_drawn(key: str) -> None:
    class Keyed(nn.Module):
        def __init__(self) -> None:
            self.parts = {
                key: nn.Layer(2, 3, "tanh", rng=0),
                "last": nn.Layer(3, 1, "linear", rng=0),
            }

        def __call__(self, x: Any) -> Any:
            return self.parts["last"](self.parts[key](x))

    flow = trained(Keyed(), epochs=1)
    text = f"{flow}{flow.layers}"
    assert text.isprintable() or text.replace("\n", "").isprintable()
    ax = nn.plots.gradient_flow(flow)
    ax.figure.canvas.draw()
    model = Keyed()
    page = Stepper(model(X[0].tolist()), names={}, model=model).html(max_nodes=8)
    assert page.encode()
