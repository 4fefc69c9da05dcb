"""Passes over a tape and over a program, each to a new one."""
