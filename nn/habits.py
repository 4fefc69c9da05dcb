"""What users of PyTorch, Keras and scikit-learn look for, and what there is in its place."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any, NoReturn

import autograd
from autograd.functions.functions import FUNCTIONS

_TRAIN = "train with nn.fit(model, X, y, loss=..., optimizer=..., epochs=...)"
_OWN = "write it as a subclass of nn.Module, with a __call__ in scalars"
_VALUE = "use autograd.Value, which holds one number"
_STATE = "use model.parameters(), or model.state_dict() for arrays"
_COUNT = "use len(model.parameters()); model.summary() has them by layer"
_PARTS = "use model.named_parameters(), or model.summary()"
_MODE = "leave it out: a model does the same in training and after"
_DEVICE = "leave it out: numbers are float64, on the processor"


def _activations(*names: str) -> dict[str, str]:
    return {
        name: f'name it in the layer, such as nn.Layer(2, 3, "{name.lower()}")' for name in names
    }


_OF_NN = {
    **dict.fromkeys(("Linear", "Dense"), 'use nn.Layer(n_inputs, n_outputs, "linear")'),
    "Sequential": "use nn.MLP(n_inputs, [n_hidden, n_outputs]), or a subclass of nn.Module that "
    "calls its layers one after the other",
    **dict.fromkeys(("Parameter", "Tensor", "Variable"), _VALUE),
    **_activations("ReLU", "Tanh", "Sigmoid", "GELU", "ELU", "SiLU", "Softplus", "Softmax"),
    "MSELoss": "use nn.mse_loss",
    "L1Loss": "use nn.l1_loss",
    **dict.fromkeys(("HuberLoss", "SmoothL1Loss"), "use nn.huber_loss"),
    "BCELoss": "use nn.binary_cross_entropy",
    "BCEWithLogitsLoss": "use nn.binary_cross_entropy_with_logits",
    **dict.fromkeys(("CrossEntropyLoss", "NLLLoss"), "use nn.cross_entropy, on raw outputs"),
    "HingeEmbeddingLoss": "use nn.hinge_loss",
    "functional": "losses are in nn.losses, functions such as relu and softmax in autograd",
    **dict.fromkeys(("Dropout", "BatchNorm1d", "LayerNorm", "Conv2d", "Embedding", "LSTM"), _OWN),
    **dict.fromkeys(("train", "Trainer"), _TRAIN),
    **dict.fromkeys(("Model", "MLPClassifier", "MLPRegressor"), f"use nn.MLP; {_TRAIN}"),
    "StandardScaler": "use nn.data.Standardizer",
}

OF_MODELS = {
    **dict.fromkeys(("fit", "train_on_batch"), _TRAIN),
    "compile": f"leave it out: fit compiles; {_TRAIN}",
    **dict.fromkeys(("train", "eval"), _MODE),
    "forward": "call the model itself, model(x), or model.predict(X) for many rows",
    **dict.fromkeys(("evaluate", "score"), "use nn.accuracy(model.predict(X), y)"),
    "predict_proba": "use model.predict(X); with output='sigmoid' or 'softmax' it is probabilities",
    **dict.fromkeys(("to", "cuda", "cpu", "double", "half"), _DEVICE),
    "save": "use nn.save(model, path)",
    "load": "use nn.load(path)",
    "backward": "call it on the loss: loss.backward()",
    "grad": "each parameter has its own: [p.grad for p in model.parameters()]",
    **dict.fromkeys(("weights", "get_weights", "coefs_"), _STATE),
    "set_weights": "use model.load_state_dict(state)",
    **dict.fromkeys(("modules", "children", "named_modules"), _PARTS),
    **dict.fromkeys(("n_parameters", "num_parameters", "count_params"), _COUNT),
}

OF_OPTIMIZERS = {
    "zero_grad": "use model.zero_grad(); nn.fit does it by itself",
    **dict.fromkeys(("minimize", "apply_gradients"), "use optimizer.step(model.parameters())"),
    "param_groups": "settings are attributes, such as optimizer.lr",
    "learning_rate": "use optimizer.lr",
}


def refuse(thing: Any, name: str, habits: Mapping[str, str]) -> NoReturn:
    """Raise AttributeError for an attribute that is missing, and say what there is in its place."""
    if name not in habits or hasattr(type(thing), name):
        # Python's own message; where a property of the class has failed, it says what in it did
        object.__getattribute__(thing, name)
    raise AttributeError(f"{type(thing).__name__} has no {name}: {habits.get(name)}")


def missing_in_nn(name: str, nn: ModuleType) -> AttributeError:
    """The error for a name that ``nn`` has not, which may be elsewhere, or spelt otherwise.

    >>> import nn
    >>> print(missing_in_nn("Linear", nn))
    nn has no Linear: use nn.Layer(n_inputs, n_outputs, "linear")
    >>> print(missing_in_nn("adam", nn))
    nn has no adam: use nn.Adam
    """
    return AttributeError(f"nn has no {name}{_instead(name, nn)}", name=name, obj=nn)


def _instead(name: str, nn: ModuleType) -> str:
    if name in _OF_NN:
        return f": {_OF_NN[name]}"
    for known in nn.__all__:
        if known.lower() == name.lower():
            return f": use nn.{known}"
    for room in ("data", "optim", "losses", "plots", "callbacks"):
        if name in getattr(vars(nn)[room], "__all__", ()):
            return f": use nn.{room}.{name}"
    if name in autograd.__all__ or name in FUNCTIONS:
        return f": use autograd.{name}"
    return "; dir(nn) lists what it has"
