"""What stands on Values: functions of them, NumPy's ufuncs, operations of a user's own."""
