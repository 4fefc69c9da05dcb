"""Short programs that show glassgrad at work: ``python -m demos``."""
