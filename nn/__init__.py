"""glassgrad's networks: neurons, layers and multi-layer perceptrons made of ``autograd`` Values.

>>> import nn
>>> model = nn.MLP(3, [4, 4, 1], seed=0)
>>> y = model([2.0, 3.0, -1.0])
>>> y.backward()
"""

import sys as _sys
from typing import Any as _Any

from nn.clash import what_cannot_be_imported as _other
from nn.clash import what_stands_in_the_way as _clash

try:
    import autograd as _autograd
except ImportError as _error:
    if _other():
        raise ImportError(_other()) from _error
    raise
if _clash(_autograd):
    raise ImportError(_clash(_autograd))

from nn import activations, callbacks, data, losses, optim, plots
from nn.callbacks import Callback, EarlyStopping, GradientFlow, ParameterPath, WeightSizes
from nn.fitting import DivergenceWarning, EagerWarning, fit
from nn.habits import missing_in_nn as _missing
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


def __getattr__(name: str) -> _Any:
    raise _missing(name, _sys.modules[__name__])
