"""Models in files, as JSON or safetensors: numbers and a description, and never code."""

from .models import load, save

__all__ = ["load", "save"]
