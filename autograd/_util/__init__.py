"""What the packages above the engine share."""
