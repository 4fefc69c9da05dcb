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
from nn.callbacks import Callback
from nn.flow import GradientFlow
from nn.history import History
from nn.layers import MLP, Layer, Neuron
from nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    l1_loss,
    mse_loss,
    zero_one_loss,
)
from nn.metrics import accuracy
from nn.module import Module
from nn.optim import SGD, Optimizer
from nn.train import EagerWarning, fit

__all__ = [
    "MLP",
    "SGD",
    "Callback",
    "EagerWarning",
    "GradientFlow",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "Optimizer",
    "accuracy",
    "activations",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "callbacks",
    "cross_entropy",
    "data",
    "fit",
    "hinge_loss",
    "l1_loss",
    "losses",
    "mse_loss",
    "optim",
    "plots",
    "zero_one_loss",
]
