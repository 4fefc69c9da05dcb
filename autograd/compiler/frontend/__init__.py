"""From a call to a tape: arguments, symbols, the trace, the parameters."""
