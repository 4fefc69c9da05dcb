"""Random networks: a batch is its rows one by one, and what is saved comes back to the bit."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value
from nn.losses import find
from nn.losses.registry import LOSSES
from tests.autograd.compiler.agreement import Expected, expected, mean_of
from tests.properties.architectures import SUITABLE, Case, cases
from tests.properties.programs import examples


def outputs_of(model: nn.MLP, row: list[float]) -> list[Value]:
    found = model(row)
    return found if isinstance(found, list) else [found]


@examples(60)
@given(cases(), st.sampled_from([1, 64]))
def test_the_predictions_of_a_batch_are_those_of_its_rows(case: Case, times: int) -> None:
    model, n, n_outputs = case.model(), len(case.X), case.sizes[-1]
    together = model.predict(np.array(case.X * times))  # compiled from 128 rows on
    assert together.shape == (n * times, n_outputs)[: 1 if n_outputs == 1 else 2]
    for i, row in enumerate(case.X):
        alone = model.predict(np.array([row]))[0]
        for slot, one in enumerate(outputs_of(model, row)):
            wanted, _ = expected(one, [])
            wanted.check(np.ravel(alone)[slot], "a row alone")
            for got in together[i::n]:
                wanted.check(np.ravel(got)[slot], "a row of the batch")


@examples(40)
@given(cases(), st.booleans())
def test_a_step_of_fit_goes_down_the_mean_of_the_rows_own_gradients(
    case: Case, compiled: bool
) -> None:
    model, loss = case.model(), find(case.loss)
    before = [p.data for p in model.parameters()]
    rows = [
        expected(loss(model(x), t), model.parameters()) for x, t in zip(case.X, case.y, strict=True)
    ]
    history = nn.fit(
        model, case.X, case.y, loss=case.loss, optimizer=nn.SGD(1.0), epochs=1, shuffle=False,
        verbose=0, compile=compiled,
    )  # fmt: skip
    mean_of([value for value, _ in rows], 1.0).check(history["loss"][0], "the loss")
    gradient = mean_of([slopes for _, slopes in rows], 1.0)
    after = Expected(np.array(before) - gradient.numbers, gradient.slack + 1e-14)
    after.check([p.data for p in model.parameters()], "the parameters")
    table = history.to_dict()
    assert json.loads(json.dumps(table, allow_nan=False)) == table


# --- saved and loaded -----------------------------------------------------------------------------

NUMBERS = st.floats()


@examples(60)
@given(cases(), st.data(), st.sampled_from([".json", ".safetensors"]))
def test_a_model_that_is_saved_comes_back_to_the_bit(case: Case, data: Any, end: str) -> None:
    model = case.model()
    one: nn.Module = data.draw(
        st.sampled_from([model, model.layers[0], model.layers[0].neurons[0]])
    )
    parameters = one.parameters()
    drawn = data.draw(st.lists(NUMBERS, max_size=len(parameters)), label="numbers")
    for p, x in zip(parameters, drawn, strict=False):
        p.data = x
    with tempfile.TemporaryDirectory() as folder:
        path, again = Path(folder) / f"model{end}", Path(folder) / f"again{end}"
        nn.save(one, path)
        loaded = nn.load(path)
        nn.save(loaded, again)
        assert again.read_bytes() == path.read_bytes()
    assert repr(loaded) == repr(one)
    names, others = dict(one.named_parameters()), dict(loaded.named_parameters())
    assert {n: p.data.hex() for n, p in others.items()} == {
        n: p.data.hex() for n, p in names.items()
    }


SHARES = st.integers(0, 9).map(lambda n: n / 10.0)
RATES = st.one_of(
    st.integers(1, 9).map(lambda n: n / 100.0),
    st.builds(nn.optim.StepDecay, st.just(0.1), st.integers(1, 3), SHARES),
    st.builds(nn.optim.Cosine, st.just(0.1), st.integers(1, 9)),
    st.builds(nn.optim.Linear, st.just(0.1), SHARES, st.integers(1, 9)),
)
LIMITS = st.sampled_from([None, 0.5, 3.0])
OPTIMIZERS = st.one_of(
    st.builds(nn.SGD, RATES, SHARES, weight_decay=SHARES, clip_norm=LIMITS),
    st.builds(nn.Adam, RATES, st.tuples(SHARES, SHARES), weight_decay=SHARES, clip_value=LIMITS),
    st.builds(nn.AdamW, RATES, st.tuples(SHARES, SHARES), weight_decay=SHARES),
    st.builds(nn.RMSprop, RATES, SHARES, momentum=SHARES, centered=st.booleans()),
)
GRADIENTS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=4)


@examples(100)
@given(OPTIMIZERS, GRADIENTS)
def test_an_optimiser_goes_on_from_json_to_the_bit(optimizer: Any, gradients: Any) -> None:
    theta = np.array([1.0, -2.0])
    with np.errstate(all="ignore"):
        for k, gradient in enumerate(gradients):
            optimizer.epoch = k / 2.0
            theta = optimizer.update(theta, np.array(gradient))
        text = json.dumps(optimizer.state_dict(), default=np.ndarray.tolist)
        other = type(optimizer)()
        other.load_state_dict(json.loads(text))
        assert repr(other) == repr(optimizer)
        assert json.dumps(other.state_dict(), default=np.ndarray.tolist) == text
        for gradient in ([0.5, -3.0], [1.0, 1.0]):
            optimizer.epoch = other.epoch = optimizer.epoch + 1.0
            one, two = (each.update(theta, np.array(gradient)) for each in (optimizer, other))
            assert one.tobytes() == two.tobytes()
            theta = one


def test_every_loss_that_has_a_gradient_is_drawn() -> None:
    assert {*SUITABLE, "zero_one_loss"} == {*LOSSES}, "add the loss to SUITABLE, with its targets"
