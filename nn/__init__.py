"""glassgrad's networks: neurons, layers and multi-layer perceptrons made of ``autograd`` Values.

>>> import nn
>>> model = nn.MLP(3, [4, 4, 1], seed=0)
>>> y = model([2.0, 3.0, -1.0])
>>> y.backward()
"""

import autograd as _autograd

# HIPS autograd has the same import name; it has no Value, and nothing below would say why
if not hasattr(_autograd, "Value"):
    raise ImportError(
        f"nn needs glassgrad's autograd, and found another package of that name in "
        f"{getattr(_autograd, '__file__', None)}, most likely HIPS autograd; run: "
        "pip uninstall autograd glassgrad, then install glassgrad"
    )

from nn import activations, callbacks, data, losses, optim, plots
from nn.callbacks import Callback, EarlyStopping, GradientFlow, ParameterPath, WeightSizes
from nn.fitting import DivergenceWarning, EagerWarning, fit
from nn.history import History
from nn.layers import MLP, Layer, Neuron
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    categorical_cross_entropy,
    cross_entropy,
    half_mse_loss,
    hinge_loss,
    huber_loss,
    l1_loss,
    logistic_loss,
    mse_loss,
    zero_one_loss,
)
from nn.metrics import accuracy, confusion_matrix
from nn.module import Module
from nn.optim import SGD, Adam, AdamW, Optimizer, RMSprop
from nn.saving import load, save

# a history draws itself; pictures are above it, so it does not know them
History.plot = plots.learning_curves

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "Callback",
    "DivergenceWarning",
    "EagerWarning",
    "EarlyStopping",
    "GradientFlow",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "Optimizer",
    "ParameterPath",
    "RMSprop",
    "WeightSizes",
    "accuracy",
    "activations",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "callbacks",
    "categorical_cross_entropy",
    "confusion_matrix",
    "cross_entropy",
    "data",
    "fit",
    "half_mse_loss",
    "hinge_loss",
    "huber_loss",
    "l1_loss",
    "load",
    "logistic_loss",
    "losses",
    "mse_loss",
    "optim",
    "plots",
    "save",
    "zero_one_loss",
]
