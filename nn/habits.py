"""What users of PyTorch, Keras and scikit-learn look for, and what it is called here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

_LAYER = 'nn.Layer(n_inputs, n_outputs, "linear")'
_ACTIVATION = 'an activation is a setting of a layer, such as nn.Layer(2, 3, "{}")'
_OWN = "there is none; write it as a subclass of nn.Module, whose __call__ is scalar code"
_FIT = "nn.fit(model, X, y, loss=..., optimizer=..., epochs=...)"
_DEVICE = "there is no device to choose: numbers are NumPy's float64, on the processor"
_MODE = "there is no mode to switch: a model does the same while it is trained and after"

OF_NN = {
    **dict.fromkeys(("Linear", "Dense"), _LAYER),
    "Sequential": "nn.MLP(n_inputs, [n_hidden, n_outputs]), or a subclass of nn.Module that calls "
    "one layer after the other",
    "Model": "nn.Module",
    "Parameter": "autograd.Value, in an attribute of an nn.Module",
    "Tensor": "autograd.Value, which holds one number",
    **{name: _ACTIVATION.format(name.lower())
       for name in ("ReLU", "Tanh", "Sigmoid", "GELU", "ELU", "SiLU", "Softplus", "Softmax")},
    "LeakyReLU": _ACTIVATION.format("leaky_relu"),
    "Identity": _ACTIVATION.format("linear"),
    "MSELoss": "nn.mse_loss",
    "L1Loss": "nn.l1_loss",
    "HuberLoss": "nn.huber_loss",
    "SmoothL1Loss": "nn.huber_loss",
    "BCELoss": "nn.binary_cross_entropy",
    "BCEWithLogitsLoss": "nn.binary_cross_entropy_with_logits",
    "CrossEntropyLoss": "nn.cross_entropy, which takes raw outputs, one for each class",
    "NLLLoss": "nn.cross_entropy, which takes raw outputs, one for each class",
    "HingeEmbeddingLoss": "nn.hinge_loss",
    "functional": "losses are in nn.losses, and functions such as relu and softmax in autograd",
    **dict.fromkeys(("Dropout", "BatchNorm1d", "LayerNorm", "Conv2d", "Embedding", "LSTM"), _OWN),
    **dict.fromkeys(("train", "trainer", "Trainer"), _FIT),
    **dict.fromkeys(("MLPClassifier", "MLPRegressor"), f"nn.MLP(...), trained by {_FIT}"),
    **dict.fromkeys(("StandardScaler", "normalize"), "nn.data.Standardizer"),
}  # fmt: skip

OF_MODELS = {
    **dict.fromkeys(("fit", "train_on_batch"), _FIT),
    "compile": f"{_FIT}, which compiles the model by itself",
    **dict.fromkeys(("train", "eval"), _MODE),
    "forward": "model(x) for one example, model.predict(X) for many",
    **dict.fromkeys(("evaluate", "score"), "nn.accuracy(model.predict(X), y)"),
    "predict_proba": "model.predict(X), which are probabilities with output='sigmoid' or 'softmax'",
    **dict.fromkeys(("to", "cuda", "cpu", "double", "half"), _DEVICE),
    "save": "nn.save(model, path)",
    "load": "nn.load(path)",
    "backward": "loss.backward(), of the loss",
    "grad": "each parameter has its own, p.grad for p in model.parameters()",
    **dict.fromkeys(("weights", "get_weights", "coefs_"), "model.parameters(), or as arrays "
                    "model.state_dict()"),
    "set_weights": "model.load_state_dict(state)",
    **dict.fromkeys(("modules", "children", "named_modules"), "model.named_parameters(), or "
                    "model.summary()"),
    **dict.fromkeys(("num_parameters", "n_parameters", "count_params"), "len(model.parameters())"),
}  # fmt: skip

OF_OPTIMIZERS = {
    "zero_grad": "model.zero_grad(); nn.fit does that by itself",
    **dict.fromkeys(("minimize", "apply_gradients"), "optimizer.step(model.parameters())"),
    "param_groups": "settings are attributes, such as optimizer.lr",
    "learning_rate": "optimizer.lr",
}


def refuse(thing: Any, name: str, habits: Mapping[str, str]) -> NoReturn:
    """Raise what Python says of an attribute that is missing, or what is used here in its place."""
    if name not in habits or hasattr(type(thing), name):
        # where a property of the class has failed, this says what in it did
        object.__getattribute__(thing, name)
    raise AttributeError(
        f"{type(thing).__name__} has no attribute {name!r} in glassgrad; use {habits[name]}"
        if not habits[name].startswith(("there is", "each", "settings"))
        else f"{type(thing).__name__} has no attribute {name!r} in glassgrad: {habits[name]}",
        name=name,
        obj=thing,
    )


def of_nn(name: str, rooms: Iterable[tuple[str, Any]]) -> str:
    """What is said of a name that ``nn`` has not; ``rooms`` are where else it may be."""
    return name
