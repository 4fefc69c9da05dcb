"""What ``fit`` calls while it trains, and those callbacks that come with the package."""

from nn.callbacks.base import Callback, Rows, Run
from nn.callbacks.early_stopping import EarlyStopping
from nn.callbacks.flow import GradientFlow
from nn.callbacks.recording import ParameterPath, WeightSizes

__all__ = [
    "Callback",
    "EarlyStopping",
    "GradientFlow",
    "ParameterPath",
    "Rows",
    "Run",
    "WeightSizes",
]
