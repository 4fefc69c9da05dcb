"""What a wrong call is told: the type of the error, and its whole text."""

from __future__ import annotations

import math
import pickle
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Value, detect_anomaly, no_grad
from autograd.core.arithmetic import FLOATS
from autograd.core.table import TABLE
from tests.snapshots import internals


def a() -> Value:
    return Value(2.0, name="a")


def compiled(fn: Callable[..., Any], *batch: Any, **settings: Any) -> Any:
    return autograd.compile(fn, **settings).map(*batch)


def anomaly(work: Callable[[], Any]) -> Any:
    with detect_anomaly():
        return work()


def made_before() -> Any:
    y = Value(0.0, name="x").sqrt()
    return anomaly(y.backward)


def changed() -> Any:
    x = a()
    y = x * x * x
    x.data = 5.0
    return autograd.grad(y, [x])


def mutated(name: str, thing: Any) -> Any:
    setattr(a(), name, thing)


def row(name: str = "row_of_mine", **facts: Any) -> Any:
    given: dict[str, Any] = {
        "forward": lambda m, x: x * x, "partials": lambda m, y, x: (2.0 * x,), "points": [1.0, 2.0],
    } | facts  # fmt: skip
    return autograd.primitive(name, given.pop("forward"), given.pop("partials"), **given)


def row_twice() -> Any:
    row()
    try:
        row()
    finally:
        del TABLE["row_of_mine"], FLOATS.row_of_mine


def traced(asked: Callable[[Value], Any]) -> Callable[[], Any]:
    def fn(x: Value) -> Any:
        asked(x)
        return x

    return lambda: compiled(fn, [1.0])


def kept_symbol() -> Any:
    """The symbol of a trace that is over."""
    found: list[Any] = []
    compiled(lambda x: found.append(x) or x, [1.0])  # type: ignore[func-returns-value]
    return found[0]


def of_another(symbol: Any) -> Any:
    return compiled(lambda x: x + symbol, [1.0])


class Model:
    @autograd.compile
    def loss(self, x: Value) -> Value:
        return x


W = Value(0.5, name="w")
MODEL = nn.MLP(2, [3, 1], seed=0)
X, Y = [[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0]


def fitted(**settings: Any) -> Any:
    given = {"loss": "mse_loss", "optimizer": nn.SGD(lr=0.1), "epochs": 1, "verbose": 0} | settings
    return nn.fit(nn.MLP(2, [3, 1], seed=0), given.pop("X", X), given.pop("y", Y), **given)


CALLS: dict[str, Callable[[], Any]] = {
    # what is no number
    "value of text": lambda: Value("2"),  # type: ignore[arg-type]
    "value of none": lambda: Value(None),  # type: ignore[arg-type]
    "value of a list": lambda: Value([1.0, 2.0]),  # type: ignore[arg-type]
    "value of an array": lambda: Value(np.ones(3)),  # type: ignore[arg-type]
    "value of a complex": lambda: Value(1j),  # type: ignore[arg-type]
    "value of a huge integer": lambda: Value(10**400),
    "value of an object": lambda: Value(object),  # type: ignore[arg-type]
    "name of a number": lambda: Value(1.0, name=2),  # type: ignore[arg-type]
    "data of text": lambda: mutated("data", "2"),
    "grad of none": lambda: mutated("grad", None),
    "grad of a huge integer": lambda: mutated("grad", 10**400),
    "plus text": lambda: a() + "2",  # type: ignore[operator]
    "none times": lambda: None * a(),  # type: ignore[operator]
    "power of text": lambda: a() ** "2",  # type: ignore[operator]
    "less than text": lambda: a() < "2",  # type: ignore[operator]
    "backward of text": lambda: a().backward("1"),  # type: ignore[arg-type]
    # functions
    "sum of a number": lambda: autograd.sum(2.0),
    "sum of text": lambda: autograd.sum("ab"),
    "sum of a set": lambda: autograd.sum({1.0}),
    "mean of nothing": lambda: autograd.mean([]),
    "dot of two lengths": lambda: autograd.dot([1.0], [1.0, 2.0]),
    "dist of two lengths": lambda: autograd.dist([1.0], [1.0, 2.0]),
    "hypot of nothing": lambda: autograd.hypot(),
    "maximum of one": lambda: autograd.maximum(a()),
    "exp of nothing": lambda: autograd.exp(),
    "exp with a base": lambda: a().exp(base=2.0),
    "exp of two": lambda: autograd.exp(a(), a()),
    "maximum of three": lambda: autograd.maximum(a(), a(), a()),
    "unknown setting": lambda: a().leaky_relu(slop=0.1),
    "setting of text": lambda: a().elu("x"),
    "too many settings": lambda: a().tanh(2.0),
    "polygamma of a half": lambda: a().polygamma(order=0.5),
    "missing function": lambda: autograd.cosinus,
    "numpy's ufunc": lambda: np.sinc(a()),
    "numpy's floor": lambda: np.floor(a()),
    "numpy's sum": lambda: np.sum(a()),  # type: ignore[call-overload]
    "numpy's exp with a dtype": lambda: np.exp(a(), dtype=float),  # type: ignore[call-overload]
    # grad, checks, pictures
    "grad of a number": lambda: autograd.grad(2.0, [a()]),  # type: ignore[arg-type]
    "grad by a number": lambda: autograd.grad(a() * 2, [2.0]),  # type: ignore[list-item]
    "grad by none": lambda: autograd.grad(a() * 2, None),  # type: ignore[arg-type]
    "grad of a list": lambda: autograd.grad([a()], [a()]),  # type: ignore[arg-type]
    "grad of changed data": changed,
    "check of a number": lambda: autograd.check_gradients(2.0, [1.0]),  # type: ignore[arg-type]
    "check of no graph": lambda: autograd.check_gradients(lambda x: 2.0, [1.0]),
    "check of one input": lambda: autograd.check_gradients(abs, a()),  # type: ignore[arg-type]
    "check at a result": lambda: autograd.check_gradients(abs, [1.0, a() * 2]),
    "check at infinity": lambda: autograd.check_gradients(abs, [math.inf]),
    "check without tolerance": lambda: autograd.check_gradients(abs, [1.0], tolerance=0.0),
    "check under no_grad": lambda: no_grad()(lambda: autograd.check_gradients(abs, [1.0]))(),
    "tree of a number": lambda: autograd.tree(2.0),  # type: ignore[arg-type]
    "tree of no lines": lambda: autograd.tree(a() * 2, max_lines=0),
    "draw of a list": lambda: autograd.draw([a()]),  # type: ignore[arg-type]
    "draw of half a node": lambda: autograd.draw(a() * 2, max_nodes=0.5),  # type: ignore[arg-type]
    "draw of no model": lambda: autograd.draw(a() * 2, model=3),
    "names of a list": lambda: autograd.draw(a() * 2, names=[1]),  # type: ignore[arg-type]
    "names the wrong way round": lambda: autograd.tree(a() * 2, names={a(): "a"}),  # type: ignore[dict-item]
    "save as text": lambda: autograd.draw(a() * 2).save("graph.txt"),
    "save to a number": lambda: autograd.draw(a() * 2).save(3),  # type: ignore[arg-type]
    "save under half a name": lambda: autograd.draw(a() * 2).save("a\0b.dot"),
    "save to no folder": lambda: autograd.draw(a() * 2).save("nowhere/graph.dot"),
    "stepper of none": lambda: autograd.Stepper(None),  # type: ignore[arg-type]
    "seek too far": lambda: autograd.Stepper(a() * 2).seek(99),
    "seek text": lambda: autograd.Stepper(a() * 2).seek("end"),  # type: ignore[arg-type]
    "back by a half": lambda: autograd.Stepper(a() * 2).back(0.5),  # type: ignore[arg-type]
    "next by nought": lambda: autograd.Stepper(a() * 2).next(0),
    "page to a number": lambda: autograd.Stepper(a() * 2).to_html(3),  # type: ignore[arg-type]
    "explain of a number": lambda: autograd.explain(2.0, a()),  # type: ignore[arg-type]
    "explain by a number": lambda: autograd.explain(a() * 2, 2.0),  # type: ignore[arg-type]
    "explain by a list": lambda: autograd.explain(a() * 2, [a(), a()]),  # type: ignore[arg-type]
    "explain by half a path": lambda: autograd.explain(a() * 2, a(), top=0.5),  # type: ignore[arg-type]
    "explain by no paths": lambda: autograd.explain(a() * a(), a(), top=0),
    "steps of a list": lambda: list(autograd.steps([a()])),  # type: ignore[arg-type]
    "forward steps of none": lambda: list(autograd.forward_steps(None)),  # type: ignore[arg-type]
    "wrong order of text": lambda: autograd.wrong_order("y"),  # type: ignore[arg-type]
    # modes
    "no_grad without brackets": lambda: no_grad(lambda: 1),
    "anomaly forward": lambda: anomaly(lambda: Value(-1.0, name="x").log()),
    "anomaly of what was nan": lambda: anomaly(lambda: Value(math.nan, name="x") * 2),
    "anomaly of overflow": lambda: anomaly(lambda: (a() * 1e300) * 1e300),
    "anomaly backward": lambda: anomaly(lambda: (Value(0.0, name="x") ** 0.5).backward()),
    "anomaly of the seed": lambda: anomaly(lambda: (a() * 2).backward(math.inf)),
    "anomaly of a named seed": lambda: anomaly(lambda: a().backward(math.nan)),
    "anomaly of a graph made before": made_before,
    # primitive
    "primitive of no name": lambda: row("not a name"),
    "primitive of a built-in name": lambda: row("tanh"),
    "primitive with a wrong derivative": lambda: row(partials=lambda m, y, x: (3.0 * x,)),
    "primitive with too many partials": lambda: row(partials=lambda m, y, x: (x, x)),
    "primitive with no tuple": lambda: row(partials=lambda m, y, x: 2.0 * x),
    "primitive without points": lambda: row(points=[]),
    "primitive of arity nought": lambda: row(arity=0),
    "primitive that is no function": lambda: row(forward=3),
    "primitive with a kink of text": lambda: row(kink="0"),
    "primitive with wrong points": lambda: row(points=[(1.0, 2.0)]),
    "primitive that raises": lambda: row(forward=lambda m, x: m.nothing(x)),
    "primitive given twice": row_twice,
    "primitive that gives none": lambda: row(forward=lambda m, x: None),
    "primitive with a domain of none": lambda: row(domain=[]),
    "primitive with a symbol in braces": lambda: row(symbol="{x}"),
    "primitive with settings of a number": lambda: row(settings=2.0),
    "primitive with a setting of no name": lambda: row(settings={"a b": 1.0}),
    "primitive with a setting of text": lambda: row(settings={"by": "2"}),
    "pickle of a row that is gone": lambda: pickle.loads(
        pickle.dumps(a().tanh()).replace(b"\x8c\x04tanh", b"\x8c\x04hant")
    ),
    # compile
    "compile of no function": lambda: autograd.compile(3),  # type: ignore[call-overload]
    "compile to float16": lambda: autograd.compile(abs, dtype="float16"),
    "text of a compiled function in no known form": lambda: autograd.compile(
        lambda: Value(1.0)
    ).text("cobol"),
    "compile for an unknown backend": lambda: autograd.compile(abs, backend="c"),
    "static that is not there": lambda: autograd.compile(lambda x: x, static="k"),
    "static that is an array": lambda: compiled(lambda x, k: x, [1.0], [np.zeros(2)], static="k"),
    "static that is a dictionary": lambda: compiled(lambda x, k: x, [1.0], {"a": 1}, static="k"),
    "compile of a built-in function": lambda: autograd.compile(max),
    "compile of any arguments": lambda: autograd.compile(lambda *xs: xs[0]),
    "compile of a method": lambda: Model().loss,
    "traced if": traced(lambda x: 1 if x > 0 else 2),
    "traced bool": traced(lambda x: 1 if x else 2),
    "traced float": traced(lambda x: float(x)),
    "traced int": traced(lambda x: [1, 2][int(x)]),
    "traced index": traced(lambda x: [1, 2][x]),  # type: ignore[call-overload]
    "traced data": traced(lambda x: x.data),
    "traced grad": traced(lambda x: x.grad),
    "traced set": traced(lambda x: setattr(x, "data", 1.0)),
    "traced set of grad": traced(lambda x: setattr(x, "grad", 1.0)),
    "traced backward": traced(lambda x: x.backward()),
    "traced no_grad": traced(lambda x: no_grad().__enter__()),
    "traced detect_anomaly": traced(lambda x: detect_anomaly().__enter__()),
    "traced slot": traced(lambda x: x._data),
    "traced equality": traced(lambda x: x == 1.0),
    "traced round": traced(lambda x: round(x)),
    "traced iteration": traced(lambda x: list(x)),  # type: ignore[call-overload]
    "traced item": traced(lambda x: x[0]),  # type: ignore[index]
    "traced format": traced(lambda x: f"{x:.2f}"),
    "traced pickle": traced(lambda x: pickle.dumps(x)),
    "traced parameter": traced(lambda _: W.data),
    "traced parameter in an if": traced(lambda _: 1 if W > 0 else 2),
    "traced math": traced(lambda x: math.exp(x)),
    "traced numpy": traced(lambda x: np.asarray([x], float)),
    "traced nothing": lambda: compiled(lambda x: None, [1.0]),
    "traced text": lambda: compiled(lambda x: "x", [1.0]),
    "traced nothing in a list": lambda: compiled(lambda x: [], [1.0]),
    "traced pair without has_aux": lambda: compiled(lambda x: (x, [x]), [1.0]),
    "traced value without aux": lambda: compiled(lambda x: x, [1.0], has_aux=True),
    "traced grad of a maximum": lambda: compiled(
        lambda x: autograd.grad(autograd.maximum(x, 1.0), [x])[0], [1.0]
    ),
    "symbol that was kept": lambda: float(kept_symbol()),
    "symbol of another trace": lambda: of_another(kept_symbol()),
    "too few arguments": lambda: compiled(lambda x, y: x * y, [1.0]),
    "too many arguments": lambda: compiled(lambda x: x, [1.0], [2.0]),
    "no examples": lambda: compiled(lambda x: x, []),
    "nothing in a dictionary": lambda: compiled(lambda x: x, {}),
    "half a key": lambda: compiled(lambda x: x, {0.5: [1.0]}),
    "value in a batch": lambda: compiled(lambda x: x, [a()]),
    "theta that is left out": lambda: autograd.compile(lambda x: W * x).value_and_grad(
        np.ones((2, 1)), [1.0]
    ),
    "theta of text": lambda: setattr(autograd.compile(lambda: W * 2), "theta", "abc"),
    "two lengths": lambda: compiled(lambda x, y: x * y, [1.0], [1.0, 2.0]),
    "one example": lambda: compiled(lambda x: x * 2, 1.0),
    "text in a batch": lambda: compiled(lambda x: x * 2, ["a"]),
    "ragged": lambda: compiled(lambda x: autograd.sum(x), [[1.0], [1.0, 2.0]]),
    "theta of the wrong length": lambda: autograd.compile(lambda x: W * x).value_and_grad(
        [1.0, 2.0], [1.0]
    ),
    "mean of two outputs": lambda: autograd.compile(lambda x: [W * x, x]).mean([1.0]),
    "source before a call": lambda: autograd.compile(lambda x: W * x).source,
    # nn
    "mlp of no layers": lambda: nn.MLP(2, []),
    "mlp of minus one": lambda: nn.MLP(2, [-1, 1]),
    "mlp of a sequence": lambda: nn.MLP([2, 3, 1]),  # type: ignore[arg-type, call-arg]
    "unknown activation": lambda: nn.MLP(2, [3, 1], activation="rleu"),
    "too few inputs": lambda: MODEL([1.0]),
    "one number for a vector": lambda: MODEL(1.0),
    "prediction of a row": lambda: MODEL.predict([1.0, 2.0]),
    "prediction of the wrong width": lambda: MODEL.predict([[1.0]]),
    "loss of the wrong length": lambda: nn.mse_loss([1.0, 2.0], [1.0]),
    "class out of range": lambda: nn.cross_entropy([1.0, 2.0], 5),
    "hinge of nought": lambda: nn.hinge_loss(1.0, 0.0),
    "unknown loss": lambda: fitted(loss="mse"),
    "unknown optimizer": lambda: fitted(optimizer="sgd"),
    "no epochs": lambda: fitted(epochs=-1),
    "half a batch": lambda: fitted(batch_size=0.5),
    "rows that differ": lambda: fitted(y=[0.0]),
    "labels of text": lambda: fitted(y=["a", "b"]),
    "nan in the data": lambda: fitted(X=[[1.0, math.nan], [3.0, 4.0]]),
    "unknown metric": lambda: fitted(metrics=["acc"]),
    "half a validation": lambda: fitted(validation=1.5),
    "fit under no_grad": no_grad()(fitted),
    "negative rate": lambda: nn.SGD(lr=-1.0),
    "missing name": lambda: nn.Linear,
    "state of another": lambda: MODEL.load_state_dict({}),
    "moons of none": lambda: nn.data.moons(0),
    "file that is not there": lambda: nn.load("nowhere.json"),
}


def texts() -> Iterator[tuple[str, str]]:
    """Type and text of what each call raises, and of what it warns of."""
    for name, call in (CALLS | internals.CALLS).items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                call()
                raise AssertionError(f"{name} raises nothing")
            except (autograd.GlassgradError, AttributeError, OSError) as error:
                said = f"{type(error).__name__}: {error}"
        warned = [f"{w.category.__name__}: {w.message}" for w in caught]
        yield name, "\n".join([said, *warned])
